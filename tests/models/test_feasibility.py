"""Whether a constraint holds on test: said exactly where the interval of its counts clears or misses the limit."""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
from scipy.stats import binomtest

from steelyard.models.objective import Objective
from steelyard.models.statistics.combined_intervals import alarms_interval, precision_interval
from steelyard.models.statistics.intervals import Share
from steelyard.models.verdict.cell_verdict import Feasibility
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.feasibility import cautious, feasibility
from steelyard.models.verdict.one_class_metrics import Point
from steelyard.models.verdict.scored_trials import ScoredTrial

BASELINE = ("none", 0.5)
STATED = " at prevalence 0.05"

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.floating]]
Counts = tuple[int, int]
Make = Callable[..., ScoredTrial]


def counted(hits: int, positives: int, misfires: int, negatives: int) -> Scored:
    """Images that are called positive score 0.9, others 0.1."""
    called = np.repeat([True, False, True, False], [hits, positives - hits, misfires, negatives - misfires])
    return np.repeat([1, 0], [positives, negatives]), np.where(called, 0.9, 0.1)


VAL = counted(30, 30, 0, 170)


def wilson(part: int, whole: int) -> tuple[float, float]:
    """As scipy has it."""
    low, high = binomtest(part, whole).proportion_ci(method="wilson")
    return float(low), float(high)


def judged(scored_trial: Make, text: str, *tests: Scored, val: Scored = VAL) -> tuple[Feasibility, Point, Evidence]:
    """The baseline's verdict, a seed for each test; val is told apart perfectly, so that the threshold is 0.5."""
    objective = Objective.parse(text)
    evidence = Evidence(
        [scored_trial("none", seed, val, test, objective) for seed, test in enumerate(tests)], objective, samples=200
    )
    point = Point.of_each(evidence, "operating")[BASELINE]
    found = feasibility(evidence, BASELINE, point)
    assert found is not None
    return found, point, evidence


@pytest.mark.parametrize(
    ("constraint", "counts"),
    [
        ("recall @ precision >= 0.7", lambda h, f: (h, h + f)),
        ("precision @ recall >= 0.7", lambda h, f: (h, 80)),
        ("recall @ false_positive_rate <= 0.1", lambda h, f: (f, 240)),
        ("recall @ alarms <= 200 per 1000", lambda h, f: (h + f, 320)),
    ],
)
@pytest.mark.parametrize("hits", [30, 47, 55, 63, 79])
@pytest.mark.parametrize("misfires", [2, 12, 20, 24, 30, 45, 90])
def test_the_status_is_that_of_wilsons_interval_of_the_counts(
    scored_trial: Make, constraint: str, counts: Callable[[int, int], Counts], hits: int, misfires: int
) -> None:
    found, _, _ = judged(scored_trial, constraint, counted(hits, 80, misfires, 240))
    low, high = wilson(*counts(hits, misfires))
    assert (found.at.low, found.at.high) == pytest.approx((low, high), abs=1e-7)
    above, below = low >= found.limit, high <= found.limit
    cleared, missed = (above, below) if ">=" in constraint else (below, above)
    assert found.status == ("FEASIBLE" if cleared else "INFEASIBLE" if missed else "UNDECIDED")
    assert (found.nearest is not None) == (found.status == "INFEASIBLE")
    assert found.out_of_reach_on_val == 0


@pytest.mark.parametrize("text", ["precision @ recall >= 0.7", "recall @ false_positive_rate <= 0.7"])
@pytest.mark.parametrize("around", [(256, 268), (292, 304)])
def test_one_image_turns_the_status_where_a_bound_passes_the_limit(
    scored_trial: Make, text: str, around: Counts
) -> None:
    statuses = []
    for count in range(*around):
        low, high = wilson(count, 400)
        test = counted(count, 400, 10, 400) if ">=" in text else counted(10, 400, count, 400)
        found, _, _ = judged(scored_trial, text, test)
        cleared, missed = (low >= 0.7, high < 0.7) if ">=" in text else (high <= 0.7, low > 0.7)
        assert found.status == ("FEASIBLE" if cleared else "INFEASIBLE" if missed else "UNDECIDED"), count
        statuses.append(found.status)
    assert len(set(statuses)) == 2


@pytest.mark.parametrize(("text", "interval"), [("precision", precision_interval), ("alarms", alarms_interval)])
def test_at_a_stated_prevalence_the_interval_combines_both_classes(
    scored_trial: Make, text: str, interval: Callable[..., tuple[float, float]]
) -> None:
    limit = ">= 0.3" if text == "precision" else "<= 60 per 1000"
    found, _, _ = judged(scored_trial, f"recall @ {text} {limit}{STATED}", counted(60, 80, 12, 240))
    assert (found.at.low, found.at.high) == pytest.approx(interval(Share(0.75, 80), Share(0.05, 240), 0.05), rel=1e-6)


def test_seeds_that_differ_widen_the_interval_and_can_leave_undecided_what_one_would_decide(scored_trial: Make) -> None:
    text, tests = "precision @ recall >= 0.6", [counted(hits, 80, 10, 240) for hits in (40, 58, 76)]
    (same, _, _), (spread, _, _) = judged(scored_trial, text, *[tests[1]] * 3), judged(scored_trial, text, *tests)
    assert (same.status, spread.status) == ("FEASIBLE", "UNDECIDED")
    assert same.at.value == pytest.approx(spread.at.value)


def test_without_a_constraint_there_is_nothing_to_judge(scored_trial: Make) -> None:
    objective = Objective.parse("f1")
    evidence = Evidence([scored_trial("none", 1, VAL, VAL, objective)], objective)
    assert feasibility(evidence, BASELINE, Point.of_each(evidence, "operating")[BASELINE]) is None


def test_seeds_without_a_feasible_threshold_on_val_are_counted(scored_trial: Make) -> None:
    hopeless = counted(10, 30, 100, 170)
    found, _, _ = judged(scored_trial, "recall @ precision >= 0.7", VAL, VAL, val=hopeless)
    assert found.out_of_reach_on_val == 2


@pytest.mark.parametrize(
    ("text", "counts"),
    [
        ("recall @ precision >= 0.7", (600, 800, 240, 2400)),
        ("precision @ recall >= 0.7", (570, 800, 100, 2400)),
        ("recall @ false_positive_rate <= 0.1", (570, 800, 225, 2400)),
        ("recall @ alarms <= 200 per 1000", (500, 800, 120, 2400)),
        (f"recall @ precision >= 0.3{STATED}", (600, 800, 210, 2400)),
    ],
)
def test_so_many_more_positives_decide_and_2_percent_fewer_images_do_not(
    scored_trial: Make, text: str, counts: tuple[int, int, int, int]
) -> None:
    found, point, _ = judged(scored_trial, text, counted(*counts))
    assert found.status == "UNDECIDED" and found.more_positives and found.more_positives > 20
    enough = (800 + found.more_positives) / 800
    low, high = point.bounds(found.metric, enough)
    assert not low <= found.limit <= high
    low, high = point.bounds(found.metric, 0.98 * enough)
    assert low <= found.limit <= high


@pytest.mark.parametrize(("hits", "status"), [(790, "FEASIBLE"), (100, "INFEASIBLE")])
def test_what_is_decided_needs_no_more_positives(scored_trial: Make, hits: int, status: str) -> None:
    found, _, _ = judged(scored_trial, "precision @ recall >= 0.7", counted(hits, 800, 10, 2400))
    assert (found.status, found.more_positives) == (status, None)


def test_where_the_estimate_is_the_limit_no_number_of_positives_decides(scored_trial: Make) -> None:
    found, _, _ = judged(scored_trial, "precision @ recall >= 0.75", counted(600, 800, 10, 2400))
    assert (found.status, found.more_positives) == ("UNDECIDED", None)


def test_the_nearest_point_has_the_threshold_that_is_cautious_on_val(scored_trial: Make) -> None:
    rng = np.random.default_rng(1)
    labels = np.repeat([1, 0], [200, 400])
    val, test = ((labels, np.clip(rng.normal(0.35 + 0.3 * labels, 0.15), 0, 1)) for _ in range(2))
    shifted = (labels, np.clip(test[1] + 0.25 * (1 - labels), 0, 1))
    found, _, evidence = judged(scored_trial, "recall @ precision >= 0.8", shifted, val=val)
    threshold, cleared = cautious(evidence.val.labels, evidence.val.scores[0], evidence.objective, "wilson")
    assert found.status == "INFEASIBLE" and found.nearest and cleared and found.nearest.cleared_on_val == 1
    called = evidence.test.scores[0].astype(float) >= threshold
    assert found.nearest.optimised.value == pytest.approx(called[labels == 1].mean())
    assert found.nearest.constrained.value == pytest.approx(labels[called].mean())
    assert threshold > evidence.trials[0].operating.threshold


def test_the_nearest_point_counts_the_seeds_that_clear_the_limit_on_val(scored_trial: Make) -> None:
    hopeless, bad = counted(10, 30, 100, 170), counted(20, 80, 200, 240)
    objective = Objective.parse("recall @ precision >= 0.7")
    vals = (VAL, hopeless, VAL)
    evidence = Evidence([scored_trial("none", seed, val, bad, objective) for seed, val in enumerate(vals)], objective)
    found = feasibility(evidence, BASELINE, Point.of_each(evidence, "operating")[BASELINE])
    assert found and found.nearest
    assert (found.nearest.cleared_on_val, found.out_of_reach_on_val) == (2, 1)
