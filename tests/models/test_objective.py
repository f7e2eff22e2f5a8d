"""The objective: how it reads, and that its threshold is the one a search over all thresholds finds."""

import itertools
import math
from fractions import Fraction

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from models import metrics
from models.errors import BadInput
from models.objective import GRAMMAR, Objective, candidates

PRECISE, CAREFUL = "recall @ precision >= 0.7", "recall @ false_positive_rate <= 0.1"
OBJECTIVES = ("recall", "f1", PRECISE, "recall @ precision >= 0.25", CAREFUL)
AT_PREVALENCE = tuple(f"{text} at prevalence {share}" for text in OBJECTIVES for share in (0.05, 0.3, 0.5))
NOWHERE = 0.123

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
Rates = dict[str, Fraction]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """Up to 24 labelled scores, both classes, with many ties, ends and neighbours one ulp apart."""
    ulp = float(np.nextafter(np.float32(0.4), np.float32(1)))
    few = st.sampled_from([0.0, 0.25, float(np.float32(0.4)), ulp, 0.5, 0.75, 1.0])
    score = st.one_of(few, st.floats(0, 1, width=32))
    rows = draw(st.lists(st.tuples(st.integers(0, 1), score), min_size=0, max_size=22))
    rows += [(0, draw(score)), (1, draw(score))]
    return np.array([label for label, _ in rows]), np.array([value for _, value in rows], dtype=np.float32)


def exact(share: float) -> Fraction:
    """The decimal that was written, not the binary number next to it."""
    return Fraction(str(share))


def rates(
    labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float32], threshold: float, objective: Objective
) -> Rates:
    """Exact metrics of one threshold, counted image by image; each weighs what makes positives the stated share."""
    positives, negatives = int((labels == 1).sum()), int((labels == 0).sum())
    share = Fraction(positives, len(labels)) if objective.prevalence is None else exact(objective.prevalence)
    weight = {1: share / positives, 0: (1 - share) / negatives}
    called = [int(label) for label, score in zip(labels, scores, strict=True) if float(score) >= threshold]
    hits, calls = called.count(1) * weight[1], sum((weight[label] for label in called), Fraction(0))
    recall, precision = hits / share, hits / calls if calls else Fraction(0)
    f1 = 2 * precision * recall / (precision + recall) if recall else Fraction(0)
    false_alarms = Fraction(called.count(0), negatives)
    return {"recall": recall, "precision": precision, "f1": f1, "false_positive_rate": false_alarms}


def meets(objective: Objective, at: Rates) -> bool:
    if objective.constraint == "precision":
        return at["precision"] >= exact(objective.bound)
    return not objective.constraint or at["false_positive_rate"] <= exact(objective.bound)


def every_threshold(scores: npt.NDArray[np.float32]) -> list[float]:
    ordered = sorted({float(score) for score in scores})
    return [0.0, *((low + high) / 2 for low, high in itertools.pairwise(ordered)), math.nextafter(1, 2)]


@pytest.mark.parametrize("text", OBJECTIVES + AT_PREVALENCE)
@given(data=scored())
def test_the_choice_is_that_of_a_search_over_all_thresholds(text: str, data: Scored) -> None:
    objective, found = Objective.parse(text), Objective.parse(text).choose(*data, fallback=NOWHERE)
    at = {threshold: rates(*data, threshold, objective) for threshold in every_threshold(data[1])}
    feasible = [(values[objective.metric], threshold) for threshold, values in at.items() if meets(objective, values)]
    assert found.feasible == bool(feasible)
    if feasible:
        value, threshold = max(feasible)
        assert found.threshold == threshold, "of equals the highest"
        assert found.value == pytest.approx(float(value), rel=1e-12)
        assert found.rank == found.value
    else:
        violation = min(exact(objective.bound) - values["precision"] for values in at.values())
        assert found.threshold == NOWHERE
        assert found.rank == pytest.approx(-float(violation))


@pytest.mark.parametrize("text", OBJECTIVES)
@given(data=scored())
def test_the_threshold_gives_the_value_it_promises(text: str, data: Scored) -> None:
    objective = Objective.parse(text)
    choice = objective.choose(*data, fallback=metrics.ARGMAX)
    assert metrics.at_threshold(*data, choice.threshold)[objective.metric] == pytest.approx(choice.value, abs=1e-15)


@given(scored())
def test_candidates_are_both_ends_and_between_all_neighbours(data: Scored) -> None:
    thresholds = candidates(data[1])
    calls = [int((data[1].astype(np.float64) >= threshold).sum()) for threshold in thresholds]
    assert thresholds.tolist() == every_threshold(data[1])
    assert len(set(calls)) == len(calls) == len(np.unique(data[1])) + 1
    assert (calls[0], calls[-1]) == (len(data[1]), 0)


def test_torcheval_example_at_precision_half_gives_recall_one_at_the_highest_of_equals() -> None:
    scores, labels = np.array([0.1, 0.4, 0.6, 0.6, 0.6, 0.35, 0.8]), np.array([0, 0, 1, 1, 1, 1, 1])
    choice = Objective.parse("recall @ precision >= 0.5").choose(labels, scores, NOWHERE)
    assert choice.threshold == pytest.approx(0.225)
    assert (choice.feasible, choice.value) == (True, 1.0)


def test_a_bound_met_exactly_is_met() -> None:
    labels, scores = np.array([1] * 7 + [0] * 3), np.full(10, 0.6)
    assert Objective.parse(PRECISE).choose(labels, scores, NOWHERE).feasible
    falling, second = np.arange(11)[::-1] / 20, np.array([0, 1, *[0] * 9])
    assert Objective.parse(CAREFUL).choose(second, falling, NOWHERE).value == 1, "one false alarm in ten"


def test_scores_one_ulp_apart_are_told_apart() -> None:
    low = np.float32(0.7)
    scores, labels = np.array([low, np.nextafter(low, np.float32(1))], dtype=np.float32), np.array([0, 1])
    choice = Objective.parse("recall @ precision >= 0.9").choose(labels, scores, NOWHERE)
    assert (choice.value, metrics.at_threshold(labels, scores, choice.threshold)["precision"]) == (1.0, 1.0)


def test_an_infeasible_bound_falls_back_and_ranks_by_its_violation() -> None:
    labels, scores = np.array([1, 0, 0, 0]), np.array([0.2, 0.9, 0.9, 0.9])
    choice = Objective.parse("recall @ precision >= 0.75").choose(labels, scores, metrics.ARGMAX)
    assert (choice.threshold, choice.feasible, choice.value) == (metrics.ARGMAX, False, 0.0)
    assert choice.rank == -0.5, "the best precision is 1 in 4"


def test_an_infeasible_trial_ranks_below_every_feasible_one() -> None:
    objective, scores = Objective.parse("recall @ precision >= 0.7"), np.array([0.9, 0.9, 0.1])
    assert objective.choose(np.array([0, 1, 1]), scores, NOWHERE).rank < 0
    assert objective.choose(np.array([1, 1, 0]), scores, NOWHERE).rank > 0


@pytest.mark.parametrize("text", [*OBJECTIVES, *AT_PREVALENCE, "recall @ precision >= 1e-05"])
def test_an_objective_reads_back_as_it_is_written(text: str) -> None:
    assert str(Objective.parse(text)) == text
    assert Objective.parse(str(Objective.parse(text))) == Objective.parse(text)


@given(st.floats(0, 1, exclude_min=True, exclude_max=True), st.floats(0, 1, exclude_min=True, exclude_max=True))
def test_bound_and_prevalence_read_back_to_the_last_digit(bound: float, prevalence: float) -> None:
    objective = Objective("recall", "precision", bound, prevalence)
    assert Objective.parse(str(objective)) == objective


def test_blanks_around_the_signs_do_not_matter() -> None:
    assert Objective.parse(" recall@precision>=0.70 ") == Objective("recall", "precision", 0.7)
    assert Objective.parse(" f1  at  prevalence 0.050 ") == Objective("f1", prevalence=0.05)


@pytest.mark.parametrize(
    "text",
    [
        *("", "precision", "f1 @ precision >= 0.7", "recall @ precision <= 0.7", "recall @ fpr <= 0.1", f"{PRECISE} x"),
        *("f1 at prevalence", "f1 at prevalence 5 %", "f1 prevalence 0.5", f"f1 at prevalence 0.5 {PRECISE}"),
    ],
)
def test_what_does_not_parse_is_answered_with_the_grammar(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Objective.parse(text)
    assert str(caught.value) == f"objective must be one of: {GRAMMAR}; got {text!r}"


@pytest.mark.parametrize("bound", ["0", "1", "1.5", "0.5.5", "."])
def test_a_bound_outside_zero_and_one_is_refused(bound: str) -> None:
    text = f"recall @ precision >= {bound}"
    with pytest.raises(BadInput) as caught:
        Objective.parse(text)
    told = f"objective must have a bound strictly between 0 and 1, got '{text}'; for example {GRAMMAR}"
    assert str(caught.value) == told


@pytest.mark.parametrize("share", ["0", "1", "20", "0.5.5"])
@pytest.mark.parametrize("text", OBJECTIVES)
def test_a_prevalence_outside_zero_and_one_is_refused(text: str, share: str) -> None:
    whole = f"{text} at prevalence {share}"
    with pytest.raises(BadInput) as caught:
        Objective.parse(whole)
    told = f"objective must have a prevalence strictly between 0 and 1, got '{whole}'; for example {GRAMMAR}"
    assert str(caught.value) == told


def test_precision_and_f1_depend_on_the_share_of_positives_stated_or_not() -> None:
    assert [Objective.parse(text).needs_prevalence for text in OBJECTIVES] == [False, True, True, True, False]
    assert [Objective.parse(text).needs_prevalence for text in AT_PREVALENCE[::3]] == [False, True, True, True, False]


def test_only_recall_alone_comes_with_a_caution() -> None:
    assert [bool(Objective.parse(text).caution) for text in OBJECTIVES] == [True, False, False, False, False]
    assert Objective.parse("recall at prevalence 0.05").caution == Objective.parse("recall").caution


def test_a_prevalence_at_or_above_the_bound_on_precision_comes_with_a_caution() -> None:
    text = "recall @ precision >= 0.3 at prevalence 0.3"
    told = f"objective {text} is won by calling everything positive: its precision is then 0.3"
    assert Objective.parse(text).caution == told
    assert Objective.parse(text).choose(np.array([1, 0, 0]), np.array([0.1, 0.5, 0.9]), NOWHERE).threshold == 0
    assert not Objective.parse("recall @ precision >= 0.3 at prevalence 0.29").caution
    assert not Objective.parse("recall @ false_positive_rate <= 0.1 at prevalence 0.5").caution
