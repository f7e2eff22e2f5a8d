"""The objective: what is wanted of a threshold, and the choice of one."""

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import Self

import numpy as np
import numpy.typing as npt

from models.errors import BadInput
from models.prevalence import Labels, Values, rates

GRAMMAR = (
    "recall @ precision >= 0.7, recall @ false_positive_rate <= 0.1, f1, or recall, "
    "each optionally followed by: at prevalence 0.05"
)
NUMBER = r"([0-9.]+(?:e-?[0-9]+)?)"
PATTERN = re.compile(rf"\s*(recall|f1)(?:\s*@\s*(\w+)\s*(>=|<=)\s*{NUMBER})?(?:\s+at\s+prevalence\s+{NUMBER})?\s*")
CONSTRAINTS = {"precision": ">=", "false_positive_rate": "<="}
UPPER_END = float(np.nextafter(1, 2))

ROUNDING = 1e-12
"""What metrics at a prevalence may be off by, so that a bound met exactly is met and equals stay equal."""

SHIFT = Fraction(5, 100)
"""Shares of positives in val and test that differ by more are worth a warning."""


@dataclass(frozen=True)
class Choice:
    """A threshold chosen on one part.

    Attributes:
        threshold: scores at or above it are called positive; the argmax threshold where nothing is feasible.
        feasible: whether the constraint holds at the threshold.
        value: the maximised metric at the threshold.
        rank: higher is better: the value if feasible, minus the smallest violation if not.
    """

    threshold: float
    feasible: bool
    value: float
    rank: float


@dataclass(frozen=True)
class Objective:
    """A metric to maximise and, optionally, a metric that must keep to a bound.

    Attributes:
        metric: ``recall`` or ``f1``.
        constraint: ``precision`` (at least the bound) or ``false_positive_rate`` (at most the bound); "" for none.
        bound: in (0, 1); 0 without a constraint.
        prevalence: share of positives expected in use, in (0, 1), for which precision and F1 are computed; None for
            that of the sample.
    """

    metric: str
    constraint: str = ""
    bound: float = 0.0
    prevalence: float | None = None

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an objective as people write it.

        Raises:
            BadInput: ``text`` is not of the grammar, which the message shows, or the bound or the prevalence is not in
                (0, 1).
        """
        match = PATTERN.fullmatch(text)
        if not match or (match[2] and (match[1] != "recall" or CONSTRAINTS.get(match[2]) != match[3])):
            raise BadInput(f"objective must be one of: {GRAMMAR}; got {text!r}")
        bound = _share(match[4], "bound", text) if match[4] else 0.0
        prevalence = _share(match[5], "prevalence", text) if match[5] else None
        return cls(match[1], match[2] or "", bound, prevalence)

    def __str__(self) -> str:
        constraint = f" @ {self.constraint} {CONSTRAINTS[self.constraint]} {self.bound}" if self.constraint else ""
        prevalence = f" at prevalence {self.prevalence}" if self.prevalence is not None else ""
        return f"{self.metric}{constraint}{prevalence}"

    @property
    def needs_prevalence(self) -> bool:
        """Whether the same rates would be judged otherwise where another share is positive."""
        return self.metric == "f1" or self.constraint == "precision"

    @property
    def caution(self) -> str:
        """What to know before trusting it; "" where there is nothing."""
        if self.metric == "recall" and not self.constraint:
            return "objective recall alone is won by calling everything positive"
        if self.constraint == "precision" and self.prevalence is not None and self.prevalence >= self.bound:
            return f"objective {self} is won by calling everything positive: its precision is then {self.prevalence}"
        return ""

    def choose(self, labels: Labels, scores: npt.NDArray[np.floating], fallback: float) -> Choice:
        """The best threshold by brute force over all that differ; of equals the highest.

        Args:
            labels: (n,) int in {0, 1}, both present.
            scores: (n,) float in [0, 1], probability of the positive.
            fallback: threshold to report where none is feasible.
        """
        thresholds = candidates(scores)
        at = rates(labels, scores, np.append(thresholds, fallback), self.prevalence)
        values, violations = at[self.metric], self._violations(at)
        slack = 0.0 if self.prevalence is None else ROUNDING
        feasible = violations[:-1] <= slack
        if not feasible.any():
            return Choice(fallback, False, float(values[-1]), -float(violations[:-1].min()))
        best = np.where(feasible, values[:-1], -1.0)
        chosen = int(np.flatnonzero(best >= best.max() - slack)[-1])
        return Choice(float(thresholds[chosen]), True, float(best[chosen]), float(best[chosen]))

    def _violations(self, at: dict[str, Values]) -> Values:
        if not self.constraint:
            return np.zeros_like(at[self.metric])
        excess = at[self.constraint] - self.bound
        return -excess if CONSTRAINTS[self.constraint] == ">=" else excess


def candidates(scores: npt.NDArray[np.floating]) -> Values:
    """Thresholds that split the scores differently, ascending.

    Args:
        scores: (n,) float in [0, 1].

    Returns:
        (d + 1,) float64 for d distinct scores: 0 (everything is positive), midway between neighbours, and just
        above 1 (nothing is).
    """
    distinct = np.unique(scores).astype(np.float64)
    return np.concatenate([[0.0], (distinct[:-1] + distinct[1:]) / 2, [UPPER_END]])


def shifted(counts: dict[str, tuple[int, int]], objective: Objective) -> str:
    """What to know where the shares of positives in val and test differ by more than 5 points.

    Args:
        counts: part -> (negatives, positives), of val and test at least, both classes present.
        objective: what the threshold is chosen for.

    Returns:
        One line with both shares and an objective that states one; "" where they agree, the objective does not depend
        on them, or it states a prevalence.
    """
    val, test = (Fraction(int(counts[part][1]), int(sum(counts[part]))) for part in ("val", "test"))
    if abs(val - test) <= SHIFT or not objective.needs_prevalence or objective.prevalence is not None:
        return ""
    # Two digits are enough for an expectation; from 0.995 they would round to 1, which is no prevalence.
    proposal = replace(objective, prevalence=min(float(f"{float(test):.2g}"), 0.99))
    return (
        f"val holds {100 * float(val):.3g} % positives and test {100 * float(test):.3g} %, so "
        f"{objective.constraint or objective.metric} on val says little about test; "
        f"state what you expect in use: --objective '{proposal}'"
    )


def _share(text: str, what: str, whole: str) -> float:
    try:
        share = float(text)
    except ValueError:
        share = -1.0
    if not 0 < share < 1:
        raise BadInput(f"objective must have a {what} strictly between 0 and 1, got {whole!r}; for example {GRAMMAR}")
    return share
