"""The tutorial's claims beside hand-made metrics: what each needs, and when a verdict is one."""

import statistics
from collections.abc import Mapping

import numpy as np
import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from sklearn.metrics import precision_score, recall_score

from steelyard.models.tutorial.chapters import MORE, WEIGHT
from steelyard.models.tutorial.claims import CLAIMS, MIDDLE, SHOWN, Reading, Readings, Row, judge

PLAIN = {"recall": 0.6, "precision": 0.6, "accuracy": 0.6, "roc_auc": 0.6, "train_accuracy": 0.6}
Numbers = dict[str, float]


def reading(end: Mapping[str, float], middle: Mapping[str, float] | None = None) -> Reading:
    return Reading(middle=PLAIN | dict(end if middle is None else middle), end=PLAIN | dict(end))


def judged(chapter: str, cell: str, readings: Readings, middle: bool = False) -> Row:
    [row] = [
        row for row in judge(readings) if (row.chapter, row.cell, row.epoch) == (chapter, cell, MIDDLE if middle else 0)
    ]
    return row


def held(chapter: str, cell: str, metrics: Numbers, middle: bool = False) -> bool:
    """Whether the claim about a cell holds in two seeds with these metrics; it holds in both or in neither."""
    one = reading(PLAIN, metrics) if middle else reading(metrics, PLAIN)
    row = judged(chapter, cell, {(chapter, cell): {1: one, 2: one}}, middle)
    assert (row.n, row.verdict) == (2, "confirmed" if row.held else "not confirmed")
    return row.held == 2


def all_cat(**other: float) -> Numbers:
    return {"recall": 0.0, "precision": 0.0, "accuracy": 0.5, "train_accuracy": 0.8} | other


def all_dog(**other: float) -> Numbers:
    return {"recall": 1.0, "precision": 0.5, "accuracy": 0.5, "train_accuracy": 0.2} | other


@pytest.mark.parametrize("cell", ["constant", "none"])
@pytest.mark.parametrize(
    "edge", [{}, {"recall": 0.05}, {"accuracy": 0.48}, {"accuracy": 0.52}, {"train_accuracy": 0.82}]
)
def test_a_mock_model_calls_everything_a_cat(cell: str, edge: Numbers) -> None:
    assert held("tutorial", cell, all_cat(**edge))


@pytest.mark.parametrize("cell", ["constant", "none"])
@pytest.mark.parametrize(
    "beside",
    [{"recall": 0.051}, {"accuracy": 0.479}, {"accuracy": 0.521}, {"train_accuracy": 0.779}, {"train_accuracy": 0.821}],
)
def test_a_run_that_finds_dogs_or_scores_otherwise_is_no_mock_model(cell: str, beside: Numbers) -> None:
    assert not held("tutorial", cell, all_cat(**beside))


@pytest.mark.parametrize(
    "edge", [{}, {"recall": 0.99}, {"precision": 0.51}, {"accuracy": 0.49}, {"train_accuracy": 0.22}]
)
def test_all_the_weight_on_dogs_calls_everything_a_dog(edge: Numbers) -> None:
    assert held("tutorial", "weights 1", all_dog(**edge))


@pytest.mark.parametrize(
    "beside",
    [{"recall": 0.989}, {"precision": 0.511}, {"precision": 0.489}, {"accuracy": 0.511}, {"train_accuracy": 0.221}],
)
def test_a_run_that_calls_some_cats_is_not_all_dog(beside: Numbers) -> None:
    assert not held("tutorial", "weights 1", all_dog(**beside))


@pytest.mark.parametrize(
    ("accuracy", "recall", "holds"),
    [(0.65, 0.7, True), (0.64, 0.65, True), (0.7, 0.75, True), (0.639, 0.7, False), (0.701, 0.7, False),
     (0.67, 0.649, False), (0.67, 0.751, False)],
)  # fmt: skip
def test_the_published_weights_are_near_both_numbers_or_not(accuracy: float, recall: float, holds: bool) -> None:
    assert held("tutorial", WEIGHT, {"accuracy": accuracy, "recall": recall}) is holds


@pytest.mark.parametrize("chapter", ["balanced", "balanced, smaller"])
@pytest.mark.parametrize(
    ("accuracy", "recall", "holds"),
    [(0.701, 0.499, True), (0.9, 0.0, True), (0.7, 0.4, False), (0.71, 0.5, False), (0.6, 0.6, False)],
)
def test_at_epoch_5_the_balanced_runs_are_over_and_under_their_bounds_or_not(
    chapter: str, accuracy: float, recall: float, holds: bool
) -> None:
    assert held(chapter, "none", {"accuracy": accuracy, "recall": recall}, middle=True) is holds


@pytest.mark.parametrize("chapter", ["balanced", "balanced, smaller"])
@given(st.integers(0, 40), st.integers(0, 40), st.integers(0, 40), st.integers(0, 40))
def test_recall_over_precision_is_more_false_positives_than_false_negatives(
    chapter: str, hits: int, misses: int, false_positives: int, true_negatives: int
) -> None:
    assume(hits + misses > 0 and false_positives + true_negatives > 0)
    # Without a hit both are 0; as many cats as dogs, as the tutorial tests on, then never has more false positives.
    assume(hits or false_positives + true_negatives <= misses)
    labels = np.repeat([1, 1, 0, 0], [hits, misses, false_positives, true_negatives])
    called = np.repeat([1, 0, 1, 0], [hits, misses, false_positives, true_negatives])
    metrics = {
        "recall": float(recall_score(labels, called)),
        "precision": float(precision_score(labels, called, zero_division=0.0)),
    }
    assert held(chapter, "none", metrics) is (false_positives > misses)


def of_seeds(*recalls: float) -> Readings:
    """The 3,000 : 3,000 control at precision 0.6; its claim on the last epoch holds where recall is above that."""
    return {("balanced, smaller", "none"): {seed: reading({"recall": recall}) for seed, recall in enumerate(recalls)}}


@pytest.mark.parametrize(
    ("recalls", "verdict"),
    [
        ((0.7, 0.7), "confirmed"), ((0.7, 0.8, 0.9), "confirmed"),
        ((0.5, 0.5), "not confirmed"), ((0.5, 0.4, 0.3), "not confirmed"),
        ((0.7, 0.5), "cannot tell"), ((0.5, 0.8, 0.9), "cannot tell"), ((0.7,), "cannot tell"), ((0.5,), "cannot tell"),
        ((), "cannot tell"),
    ],
)  # fmt: skip
def test_a_verdict_needs_two_seeds_that_agree(recalls: tuple[float, ...], verdict: str) -> None:
    row = judged("balanced, smaller", "none", of_seeds(*recalls))
    assert (row.verdict, row.n, row.held) == (verdict, len(recalls), sum(recall > 0.6 for recall in recalls))


@given(st.lists(st.booleans(), max_size=5))
def test_confirmed_and_not_confirmed_are_unanimous_and_everything_else_cannot_be_told(holds: list[bool]) -> None:
    row = judged("balanced, smaller", "none", of_seeds(*(0.7 if hold else 0.5 for hold in holds)))
    assert (row.verdict == "confirmed") == (len(holds) > 1 and all(holds))
    assert (row.verdict == "not confirmed") == (len(holds) > 1 and not any(holds))


def test_rows_about_the_middle_read_the_middle_and_the_others_the_end() -> None:
    one = reading({"recall": 0.9, "precision": 0.2}, middle={"recall": 0.3, "accuracy": 0.8})
    readings = {("balanced", "none"): {1: one, 2: one}}
    middle, end = judged("balanced", "none", readings, middle=True), judged("balanced", "none", readings)
    assert (middle.epoch, middle.mean["recall"], middle.mean["accuracy"], middle.verdict) == (5, 0.3, 0.8, "confirmed")
    assert (end.epoch, end.mean["recall"], end.mean["precision"], end.verdict) == (0, 0.9, 0.2, "confirmed")


def balanced(weighted: Mapping[int, float], plain: Mapping[int, float]) -> Row:
    """The closing claim, from recalls by seed."""
    cells = {WEIGHT: weighted, "none": plain}
    return judged(
        "balanced",
        WEIGHT,
        {
            ("balanced", cell): {seed: reading({"recall": recall}) for seed, recall in recalls.items()}
            for cell, recalls in cells.items()
        },
    )


def test_a_claim_beside_another_cell_compares_seed_by_seed() -> None:
    assert balanced({1: 0.5, 2: 0.9}, {2: 0.8, 1: 0.4}).verdict == "confirmed"
    assert balanced({1: 0.5, 2: 0.9}, {2: 0.4, 1: 0.8}).verdict == "cannot tell"
    assert balanced({1: 0.5, 2: 0.9}, {1: 0.5, 2: 0.9}).verdict == "not confirmed"


def test_a_seed_that_only_one_of_two_cells_has_is_left_out() -> None:
    row = balanced({1: 0.5, 2: 0.9, 3: 0.1}, {2: 0.8, 1: 0.4, 4: 0.9})
    assert (row.n, row.held, row.verdict) == (2, 2, "confirmed")
    assert row.mean["recall"] == pytest.approx(0.7)
    assert balanced({1: 0.5}, {2: 0.4}).n == 0


def test_further_seeds_count_for_the_claim_and_for_no_other_cell() -> None:
    cat, dog = reading(all_cat()), reading(all_dog())
    first = {("tutorial", "none"): {1: cat, 2: cat}, ("tutorial", "weights 1"): {1: dog, 2: dog}}
    told = first | {("tutorial" + MORE, "none"): {3: cat, 4: dog}}
    assert judged("tutorial", "none", first).verdict == "confirmed"
    more = judged("tutorial", "none", told)
    assert (more.n, more.held, more.verdict, more.mean["recall"]) == (4, 3, "cannot tell", 0.25)
    assert judged("tutorial", "weights 1", told) == judged("tutorial", "weights 1", first)


def test_what_the_tutorial_describes_and_never_runs_is_measured_and_has_no_verdict() -> None:
    one = reading(all_cat())
    for row in judge({("tutorial", cell): {1: one, 2: one} for cell in ("downsample", "upsample")}):
        if row.cell in ("downsample", "upsample"):
            assert (row.says, row.verdict, row.n, row.mean["recall"]) == ("", "", 2, 0)


def test_every_claim_has_a_row_in_its_order_though_nothing_was_measured() -> None:
    rows = judge({})
    assert [(row.run, row.says, row.chapter, row.cell) for row in rows] == [
        (claim.run, claim.says, claim.chapter, claim.cell) for claim in CLAIMS
    ]
    assert {row.verdict for row in rows if row.says} == {"cannot tell"}
    assert all((row.n, row.held, row.mean, row.figure("recall")) == (0, 0, {}, "-") for row in rows)


@given(st.lists(st.tuples(*[st.floats(0, 1)] * len(SHOWN)), min_size=2, max_size=5))
def test_mean_and_deviation_over_seeds_equal_the_standard_library(values: list[tuple[float, ...]]) -> None:
    seeds = {seed: reading(dict(zip(SHOWN, of_seed, strict=True))) for seed, of_seed in enumerate(values)}
    row = judged("tutorial", "none", {("tutorial", "none"): seeds})
    for name, measured in zip(SHOWN, zip(*values, strict=True), strict=True):
        assert row.mean[name] == pytest.approx(statistics.mean(measured), abs=1e-12)
        assert row.deviation[name] == pytest.approx(statistics.stdev(measured), abs=1e-7)


def test_one_seed_has_a_mean_and_no_deviation() -> None:
    row = judged("tutorial", "none", {("tutorial", "none"): {1: reading({"recall": 0.25})}})
    assert (row.mean["recall"], row.deviation["recall"], row.figure("recall")) == (0.25, None, "0.25")


def test_a_figure_is_mean_and_deviation_to_two_digits() -> None:
    row = judged("tutorial", "none", {("tutorial", "none"): {1: reading({"recall": 0.5}), 2: reading({"recall": 0.6})}})
    assert row.figure("recall") == "0.55 ±0.07"
