"""Whether the constraint of an objective holds on test, and what would be near or needed where it does not."""

import math
from dataclasses import replace

import numpy as np

from steelyard.models.objective import Objective, Rates, candidates, rates
from steelyard.models.objective.objective import EDGE
from steelyard.models.objective.rates import ROUNDING, Labels, Scores, Values
from steelyard.models.objective.threshold_choice import last_of_the_best
from steelyard.models.statistics.intervals import IntervalName
from steelyard.models.statistics.power import factor_needed
from steelyard.models.statistics.resampled_rates import RATES
from steelyard.models.statistics.spread import Spread
from steelyard.models.statistics.variance_parts import MANY
from steelyard.models.verdict.cell_verdict import Deciding, Feasibility, Nearest, Status
from steelyard.models.verdict.estimates import Interval
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.one_class_metrics import Point
from steelyard.models.verdict.scored_trials import Cell


def feasibility(evidence: Evidence, cell: Cell, point: Point) -> Feasibility | None:
    """Judge a cell's operating point; None where the objective has no constraint."""
    objective = evidence.objective
    if not objective.constraint:
        return None
    missed = sum(not evidence.trials[column].operating.feasible for column in evidence.cells[cell])
    near = None
    # With a margin the operating point is the nearest one already.
    if objective.margin <= EDGE and (missed or misses(point.bounds(objective.constraint), objective)):
        near = _nearest(evidence, cell)
    judged = near[1] if near and missed else point
    decided_by, more_positives = _deciding(judged, objective, missed)
    return Feasibility(
        status=_status(judged, objective, missed),
        metric=objective.constraint,
        limit=objective.limit,
        at=judged.estimate(objective.constraint),
        out_of_reach_on_val=missed,
        decided_by=decided_by,
        more_positives=more_positives,
        nearest=near[0] if near else None,
    )


def _status(point: Point, objective: Objective, missed: int) -> Status:
    bounds = point.bounds(objective.constraint)
    if misses(bounds, objective):
        return "INFEASIBLE"
    return "FEASIBLE" if clears(bounds, objective) and not missed else "UNDECIDED"


def _deciding(point: Point, objective: Objective, missed: int) -> tuple[Deciding | None, int | None]:
    """What would decide a point whose interval holds the limit, if its estimates stayed; and the positives it takes."""
    metric, seedless, mean = objective.constraint, point.without_seeds(), point.spreads[objective.constraint].mean
    # What nothing in test can make FEASIBLE, for val misses it, and a precision of no calls: neither is near the limit.
    if (missed and clears((mean, mean), objective)) or (metric == "precision" and not point.calls):
        return None, None

    def decided(bounds: Interval) -> bool:
        return clears(bounds, objective) or misses(bounds, objective)

    if decided(point.bounds(metric)):
        return None, None
    factor = factor_needed(lambda factor: point.bounds(metric, factor), objective.limit)
    if factor is not None:
        return "images", math.ceil(round((factor - 1) * point.positives, 6))
    alone, both = decided(seedless.bounds(metric)), decided(seedless.bounds(metric, 1000))
    return "seeds" if alone else "both" if both else "nothing", None


def clears(bounds: Interval, objective: Objective) -> bool:
    """Whether all of the interval keeps to the objective's limit."""
    return bounds[0] >= objective.limit if objective.at_least else bounds[1] <= objective.limit


def misses(bounds: Interval, objective: Objective) -> bool:
    """Whether none of the interval keeps to the objective's limit."""
    return bounds[1] < objective.limit if objective.at_least else bounds[0] > objective.limit


def _nearest(evidence: Evidence, cell: Cell) -> tuple[Nearest, Point]:
    """The point that val would have chosen had its bound, not its estimate, to keep to the limit; told on test."""
    columns, objective = evidence.cells[cell], evidence.objective
    choices = [_cautious_of_folds(evidence, column) for column in columns]
    alone = replace(evidence, trials=[evidence.trials[column] for column in columns])
    thresholds = np.stack([of_images for of_images, _ in choices])
    sampled = alone.resampled({"nearest": alone.test.scores.astype(np.float64) >= thresholds})
    point = Point.of_each(alone, "nearest", sampled)[cell]
    nearest = Nearest(
        cleared_on_val=sum(cleared for _, cleared in choices),
        constrained=point.estimate(objective.constraint),
        optimised=point.estimate(objective.metric),
    )
    return nearest, point


def _cautious_of_folds(evidence: Evidence, column: int) -> tuple[Values, bool]:
    """What ``cautious`` gives each image of test, by its fold, and whether the limit is cleared in all of them."""
    val, objective, interval = evidence.val, evidence.objective, evidence.interval
    each = [cautious(val.own[rows], val.scores[column][rows], objective, interval) for rows in val.turns]
    thresholds = [threshold for threshold, _ in each]
    return evidence.test.decided_by(thresholds, thresholds[0]), all(cleared for _, cleared in each)


def cautious(labels: Labels, scores: Scores, objective: Objective, interval: IntervalName) -> tuple[float, bool]:
    """The best threshold whose interval clears the limit, or else the one whose interval comes nearest to it.

    Args:
        labels: (v,) int in {0, 1}, of val.
        scores: (v,) float of one trial.
        objective: with a constraint.
        interval: of shares.

    Returns:
        The threshold, the highest of equals, and whether its interval clears the limit, each image taken alone.
    """
    thresholds = candidates(scores)
    at = rates(labels, scores, thresholds, objective.prevalence)
    sizes = int(np.sum(labels == 1)), int(np.sum(labels == 0))
    bounds = [
        _counted(at, number, sizes, objective, interval).bounds(objective.constraint)
        for number in range(len(thresholds))
    ]
    cleared = np.array([clears(each, objective) for each in bounds])
    worst = np.array([low if objective.at_least else -high for low, high in bounds])
    allowed = cleared if cleared.any() else worst >= worst.max() - ROUNDING
    return float(thresholds[last_of_the_best(np.where(allowed, objective.merit(at), -np.inf))]), bool(cleared.any())


def _counted(at: Rates, number: int, sizes: tuple[int, int], objective: Objective, interval: IntervalName) -> Point:
    """One trial at one of its thresholds: counts alone, nothing known of other seeds."""
    values = {name: float(objective.measure(name, at)[number]) for name in (*RATES, objective.constraint)}
    calls = values["recall"] * sizes[0] + values["false_positive_rate"] * sizes[1]
    spreads = {name: Spread(value, 0.0, 1, 0.0, 0.0, MANY) for name, value in values.items()}
    return Point(spreads, *sizes, calls, objective, interval)
