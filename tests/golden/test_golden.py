"""What sweeps of known scores are told as, kept word for word and number for number: tables, verdicts and reports.

A change that means to change them writes them anew and says why::

    STEELYARD_WRITE_GOLDEN=1 pytest tests/golden
"""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import kept_classes
import numpy as np
import pytest
import reading
import synthetic

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.page import render

HERE = Path(__file__).parent
DIGITS = 9
"""Significant ones that are compared: the last few differ between processors."""

PAIR = {"none": 0.0, "weights 0.8": 0.4}
TWO_RECIPES = {f"{recipe} · {cell}": lift for recipe, lift in (("features", 1.0), ("sound", 0.0)) for cell in PAIR}
MANY = {"none": 0.0} | {f"weights {weight}": weight / 2 for weight in (0.6, 0.7, 0.8, 0.9, 0.95)}
FEW = {"none": 0.0, "balanced": 0.8}

LIFTED = {"none": 0.0, "weights 0.8": 3.0, "upsample": 3.0, "focal:gamma=2": 3.0, "weights 0.9": 3.0}
BOTH_WAYS = {"none": 1.0, "weights 0.8": -1.0, "upsample": 4.0}

Make = Callable[[], Dossier]


def one(wish: str = "recall @ precision >= 0.5", **given: Any) -> Make:
    return lambda: synthetic.judged(wish, **given)


def every(wish: str = "balanced_accuracy", **given: Any) -> Make:
    return lambda: kept_classes.kept(wish=wish, **given)


def apart(part: str, seed: int, val: float, test: float) -> synthetic.Scored:
    """Positives this far above negatives, in log odds."""
    labels = np.repeat(np.array([1, 0]), synthetic.SIZES[part])
    noise = np.random.default_rng([seed, len(part)]).standard_normal(len(labels))
    return labels, 1 / (1 + np.exp(-noise - (val if part == "val" else test) * labels))


def otherwise(part: str, cell: str, seed: int) -> synthetic.Scored:
    """Test is nothing like val."""
    return apart(part, seed, 5.0, -1.0)


def silent(part: str, cell: str, seed: int) -> synthetic.Scored:
    """Every image scores the same with seed 2, so that no threshold finds anything."""
    labels, scores = apart(part, seed, 2.0, 2.0)
    return labels, np.full_like(scores, 0.3) if seed == 2 else scores


CASES: dict[str, Make] = {
    "recall": one(),
    "recall-of-a-lift": one(cells=PAIR, noise=0.2),
    "recall-at-prevalence": one("recall @ precision >= 0.5 at prevalence 0.05", cells=PAIR),
    "recall-out-of-reach": one("recall @ precision >= 0.99", cells=PAIR),
    "recall-missed-on-test": one(cells=PAIR, scores=otherwise),
    "recall-out-of-reach-once": one(scores=silent),
    "recall-out-of-reach-of-all": one(scores=silent, seeds=(2,)),
    "recall-alone": one("recall", cells=PAIR),
    "recall-alarms": one("recall @ alarms <= 200 per 1000", cells=PAIR),
    "precision": one("precision @ recall >= 0.8", cells=PAIR),
    "f1": one("f1", cells=PAIR),
    "fbeta": one("fbeta 2", cells=PAIR),
    "cost": one("cost fn=10 fp=1", cells=PAIR),
    "balanced-accuracy": one("balanced_accuracy", cells=PAIR),
    "average-precision": one("average_precision", cells=PAIR),
    "many-weights": one(cells=MANY),
    "four-lifted": one(cells=LIFTED),
    "lifted-and-lowered": one(cells=BOTH_WAYS),
    "one-seed": one(cells=PAIR, seeds=(1,)),
    "failed": one(cells=PAIR, failed=[("weights 0.8", 2)]),
    "all-of-a-cell-failed": one(cells=PAIR, failed=[("weights 0.8", 1), ("weights 0.8", 2)]),
    "no-baseline": one(failed=[("none", 1), ("none", 2)]),
    "no-shared-seed": one(cells=PAIR, failed=[("none", 1), ("weights 0.8", 2)]),
    "optimistic": one(cells=PAIR, validate_on="test"),
    "slices": one(cells=PAIR, ward=lambda number: "north" if number % 3 else "south"),
    "two-recipes": one(cells=TWO_RECIPES),
    "network-without-baseline": one(cells=TWO_RECIPES, failed=[("features · none", 1)]),
    "features-alone": one(cells={name: lift for name, lift in TWO_RECIPES.items() if name.startswith("features")}),
    "classes": every(),
    "classes-pair": every(cells=FEW),
    "classes-recall-of-one": every("recall of cat @ precision >= 0.5", cells=FEW),
    "classes-out-of-reach": every("recall of dog @ precision >= 0.99", cells=FEW),
    "classes-one-seed": every(cells=FEW, seeds=(1,)),
    "classes-failed": every(cells=FEW, failed=[("balanced", 2)]),
    "classes-without-images": every(cells=FEW, train=(1000, 300, 100, 0), sizes=(30, 30, 0, 30)),
    "classes-three": every(cells=FEW, names=("ant", "bee", "cat"), train=(500, 100, 20), sizes=(40, 30, 20)),
    "classes-two-recipes": every(cells={f"{recipe} · {name}": 0.5 for recipe in ("features", "sound") for name in FEW}),
}


@pytest.mark.parametrize("name", CASES)
def test_it_is_told_as_it_was(name: str) -> None:
    dossier, file = CASES[name](), HERE / f"{name}.json"
    told = {
        "found": rounded(json.loads(dossier.found.model_dump_json(exclude={"trials", "registered"}))),
        "page": list(page(dossier)),
    }
    if os.environ.get("STEELYARD_WRITE_GOLDEN"):
        file.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    assert told == json.loads(file.read_text(encoding="utf-8"))


def page(dossier: Dossier) -> Iterator[str]:
    """What the report says, line by line."""
    read = reading.Reading(render.render([dossier]))
    yield from (" ".join(line.split()) for line in read.text.splitlines() if line.strip())
    for figure in read.figures:
        if figure.kind == "wide":
            yield f"figure: {', '.join(figure.texts)}; {'; '.join(figure.told)}"


def rounded(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: rounded(of) for key, of in value.items()}
    if isinstance(value, list):
        return [rounded(of) for of in value]
    return float(f"{value:.{DIGITS}g}") if isinstance(value, float) else value
