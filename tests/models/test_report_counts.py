"""The counts and the faults that a report shows, against the rates of its verdict and a sort by hand."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.error_counts import Confusion, Thousand
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.words import report_captions

Make = Callable[..., Dossier]


@given(*[st.floats(0, 1)] * 2, st.floats(1e-4, 1 - 1e-4))
def test_a_thousand_dots_are_a_thousand_images_at_the_rates_of_the_cell(
    recall: float, wrong: float, prevalence: float
) -> None:
    at = {
        name: Estimate(value=value, low=value / 2, high=(1 + value) / 2, deviation=None, seeds=1)
        for name, value in (("recall", recall), ("false_positive_rate", wrong), ("alarms", 0.1))
    }
    of = Confusion.of(at)
    counts = Thousand(
        cell="",
        positives=1000 * prevalence,
        alarms=of.found,
        misses=of.missed._replace(value=1000 * prevalence * (1 - recall)),
        false_alarms=of.found._replace(value=1000 * (1 - prevalence) * wrong),
    )
    dots = counts.dots()
    assert sum(dots) == 1000 and min(dots) >= 0
    shares = np.array([recall * prevalence, (1 - recall) * prevalence, wrong * (1 - prevalence)])
    assert dots[:3] == pytest.approx(1000 * shares, abs=1.01)
    for both in ((of.found, of.missed), (of.false_alarms, of.quiet)):
        assert sum(each.value for each in both) == pytest.approx(1)
        assert both[0].low + both[1].high == pytest.approx(1) and both[0].low <= both[0].value <= both[0].high


@pytest.mark.parametrize("wish", ["recall @ precision >= 0.5", "f1 at prevalence 0.02"])
def test_the_counts_of_a_thousand_are_the_rates_of_each_cell(judged: Make, wish: str) -> None:
    found = judged(wish)
    share = found.verdict.prevalence
    for cell in found.verdict.cells:
        of = Thousand.of(cell, share)
        assert of.cell == cell.cell and of.positives == pytest.approx(1000 * share)
        assert of.misses.value == pytest.approx(1000 * share * (1 - cell.point["recall"].value))
        right = of.positives - of.misses.value
        assert of.alarms.value == pytest.approx(right + of.false_alarms.value)
        assert of.misses.low <= of.misses.value <= of.misses.high


@pytest.mark.parametrize("seeds", [[1], [1, 2], [1, 2, 3, 4]])
@pytest.mark.parametrize("shown", [3, 12])
def test_the_worst_faults_are_those_of_a_sort_by_hand(judged: Make, seeds: list[int], shown: int) -> None:
    found = judged(seeds=seeds, noise=1.0)
    table = found.scores[(found.scores["split"] == "test") & (found.scores["cell"] == found.best.cell)]
    thresholds = {each.seed: each.value for each in found.best.thresholds}
    by_hand = {"miss": [], "false alarm": []}
    for image, rows in table.groupby("id"):
        label = rows["label"].iloc[0]
        off = sum((score >= thresholds[seed]) != label for score, seed in zip(rows["score"], rows["seed"], strict=True))
        if off >= len(seeds) / 2:
            scores = rows["score"].astype(float)
            by_hand["miss" if label else "false alarm"].append((scores.mean(), image, scores.min(), scores.max()))
    expected = [(kind, *row) for kind, rows in by_hand.items() for row in sorted(rows, reverse=kind != "miss")[:shown]]
    worst = wrong_images.Decided.best(found).worst(shown)
    assert len(expected) > 3
    assert worst[["kind", "id"]].to_numpy().tolist() == [[kind, image] for kind, _, image, *_ in expected]
    numbers = [[mean, low, high] for _, mean, _, low, high in expected]
    assert worst[["score", "low", "high"]].to_numpy() == pytest.approx(np.array(numbers))


def test_a_cell_without_faults_shows_none(judged: Make) -> None:
    labels = np.repeat(np.array([1, 0]), 100)
    found = judged(cells={"none": 0.0}, scores=lambda part, cell, seed: (labels, 0.1 + 0.8 * labels))
    assert len(found.gallery) == 0 and list(found.gallery) == ["kind", "id", "score", "low", "high", "note", "picture"]
    assert (
        report_captions.wrong_images(found)
        == "More than half of the seeds of none get each image of test right: no picture to show."
    )
