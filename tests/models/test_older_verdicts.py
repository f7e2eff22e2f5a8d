"""What a sweep over K classes kept before there was one form of verdict reads as one of today."""

import json
from pathlib import Path

from steelyard.models.comparison.comparison import Comparison

KEPT = Path(__file__).parents[1] / "support" / "older_classes.json"
"""A ``comparison.json`` of November 2026, of its first cell alone; the slice was put in by hand."""


def test_a_verdict_over_classes_keeps_its_numbers_and_words() -> None:
    found, older = Comparison.model_validate_json(KEPT.read_bytes()).verdict, json.loads(KEPT.read_text())["classes"]
    assert found is not None and found.every_class
    [cell], [before] = found.cells, older["cells"]
    assert (found.sizes, found.train, found.words) == tuple(
        map(tuple, (older["sizes"], older["train"], older["words"]))
    )
    assert [(of.seed, of.value, of.feasible) for of in cell.thresholds] == [
        (of["seed"], of["threshold"], of["feasible"]) for of in before["thresholds"]
    ]
    [part] = cell.slices
    assert (part.images, part.metric, part.at.model_dump()) == (12, "accuracy", before["slices"][0]["accuracy"])
    of_cat = next(of for of in before["classes"] if of["name"] == "cat")
    assert cell.metric("class/recall").model_dump() == of_cat["recall"]


def test_reading_it_again_as_written_now_changes_nothing() -> None:
    found = Comparison.model_validate_json(KEPT.read_bytes())
    assert Comparison.model_validate_json(found.model_dump_json()) == found
