"""What to know before trusting an objective on given images."""

from collections.abc import Sequence
from dataclasses import replace
from fractions import Fraction

import numpy as np

from steelyard.models.metrics.registry import METRICS
from steelyard.models.objective.grammar import write_number
from steelyard.models.objective.objective import Objective
from steelyard.models.objective.rates import Rates

Counts = dict[str, tuple[int, ...]]
"""Part -> (negatives, positives)."""

SHIFT = Fraction(5, 100)
"""Shares of positives in val and test that differ by more are worth a warning."""

RARE = 0.02
"""A share of positives to propose where none can be guessed."""


def shifted(counts: Counts, objective: Objective) -> str:
    """What to know where the shares of positives in val and test differ by more than 5 points.

    One line with both shares and an objective that states one; "" where they agree, the objective does not depend on
    them, or it states a prevalence. ``counts`` are of val and test at least, both classes present.
    """
    val, test = _share(counts, "val"), _share(counts, "test")
    if abs(val - test) <= SHIFT or not objective.needs_prevalence or objective.prevalence is not None:
        return ""
    told = next(of for key in (objective.constraint, objective.metric) if key and (of := METRICS[key]).needs_prevalence)
    # Two digits are enough for an expectation; from 0.995 they would round to 1, which is no prevalence.
    proposal = replace(objective, prevalence=min(float(f"{float(test):.2g}"), 0.99), as_test=False)
    return (
        f"val holds {100 * float(val):.3g} % positives and test {100 * float(test):.3g} %, so val says little about "
        f"{told.label} on test; state what you expect in use: --objective '{proposal}'"
    )


def out_of_reach(counts: Counts, objective: Objective) -> str:
    """What to know where the constraint caps recall even without a false alarm:  a TPR >= c  with a < 0.

    One line with the highest recall that any model can have at the share of positives that the objective states, or
    val's; "" where that is 1, to two digits. With alarms the cap is  alarms / prevalence.
    """
    stated = objective.prevalence
    share = float(_share(counts, "val")) if stated is None else stated
    plane = objective.half_plane(share)
    reach = float(plane.c / plane.a) if plane is not None and plane.a < 0 else 1.0
    if reach >= 0.995:
        return ""
    proposal = write_number(min(RARE, objective.limit))
    todo = f"; state what you expect in use: add 'at prevalence {proposal}'" if stated is None else ""
    return (
        f"objective {objective} can find at most {reach:.2g} of the positives where {100 * share:.3g} % of images are "
        f"positive{todo}"
    )


def met_by_all(counts: Counts, objective: Objective) -> str:
    """What to know where calling every image positive meets the constraint, and so has the highest recall.

    One line with the constrained metric at the share of positives that the objective states, or at the better of val's
    and test's, and constraints that ask for something; "" where it does not.
    """
    stated = objective.prevalence
    shares = [float(_share(counts, part)) for part in ("val", "test")] if stated is None else [stated]
    planes = [objective.half_plane(share) for share in shares]
    if objective.metric != "recall" or not any(plane is not None and plane.allows(1.0, 1.0) for plane in planes):
        return ""
    of, all_called = METRICS[objective.constraint], np.ones(len(shares))
    values = objective.constrained(Rates(all_called, all_called, np.array(shares)))
    best = float(values.max() if objective.at_least else values.min())
    harder = min(0.99, round((1 + best) / 2, 2)) if objective.at_least else float(f"{best / 2:.2g}")
    proposals = [replace(objective, bound=harder), replace(objective, constraint="false_positive_rate", bound=0.1)]
    own = f" of {objective.class_name}" * bool(objective.class_name)
    return (
        f"objective {objective} asks for nothing: calling every image positive finds all{own}, with {of.label} "
        f"{best:.3g}; ask for more, as in --objective '{proposals[0]}' or '{proposals[1]}'"
    )


def beside(counts: Sequence[int], names: Sequence[str], name: str) -> tuple[int, ...]:
    """Images of all other classes, and of the one of this name; "" for none."""
    own = counts[names.index(name)] if name else 0
    return sum(counts) - own, own


def _share(counts: Counts, part: str) -> Fraction:
    negatives, positives = counts[part]
    return Fraction(int(positives), int(negatives + positives))
