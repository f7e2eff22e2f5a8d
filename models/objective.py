"""The objective: what is wanted of a threshold, and the choice of one."""

import re
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

from models.errors import BadInput

GRAMMAR = "recall @ precision >= 0.7, recall @ false_positive_rate <= 0.1, f1, or recall"
CONSTRAINTS = {"precision": ">=", "false_positive_rate": "<="}
UPPER_END = float(np.nextafter(1, 2))

Labels = npt.NDArray[np.integer]
Values = npt.NDArray[np.float64]


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
    """

    metric: str
    constraint: str = ""
    bound: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an objective as people write it.

        Raises:
            BadInput: ``text`` is not of the grammar, which the message shows, or the bound is not in (0, 1).
        """
        if text.strip() in ("recall", "f1"):
            return cls(text.strip())
        match = re.fullmatch(r"\s*recall\s*@\s*(\w+)\s*(>=|<=)\s*([0-9.]+(?:e-?[0-9]+)?)\s*", text)
        if not match or CONSTRAINTS.get(match[1]) != match[2]:
            raise BadInput(f"objective must be one of: {GRAMMAR}; got {text!r}")
        bound = _bound(match[3], text)
        return cls("recall", match[1], bound)

    def __str__(self) -> str:
        if not self.constraint:
            return self.metric
        return f"{self.metric} @ {self.constraint} {CONSTRAINTS[self.constraint]} {self.bound:g}"

    @property
    def caution(self) -> str:
        """What to know before trusting it; "" where there is nothing."""
        return "objective recall alone is won by calling everything positive" if self == Objective("recall") else ""

    def choose(self, labels: Labels, scores: npt.NDArray[np.floating], fallback: float) -> Choice:
        """The best threshold by brute force over all that differ; of equals the highest.

        Args:
            labels: (n,) int in {0, 1}, both present.
            scores: (n,) float in [0, 1], probability of the positive.
            fallback: threshold to report where none is feasible.
        """
        thresholds = candidates(scores)
        rates = _rates(labels, scores, np.append(thresholds, fallback))
        values, violations = rates[self.metric], self._violations(rates)
        feasible = violations[:-1] <= 0
        if not feasible.any():
            return Choice(fallback, False, float(values[-1]), -float(violations[:-1].min()))
        best = np.where(feasible, values[:-1], -1.0)
        at = int(np.flatnonzero(best == best.max())[-1])
        return Choice(float(thresholds[at]), True, float(best[at]), float(best[at]))

    def _violations(self, rates: dict[str, Values]) -> Values:
        if not self.constraint:
            return np.zeros_like(rates[self.metric])
        excess = rates[self.constraint] - self.bound
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


def _rates(labels: Labels, scores: npt.NDArray[np.floating], thresholds: Values) -> dict[str, Values]:
    """Metrics at each threshold; 0/0 is 0."""
    found = np.float64(np.sum(labels == 1)) - np.searchsorted(np.sort(scores[labels == 1]), thresholds)
    false_alarms = np.float64(np.sum(labels == 0)) - np.searchsorted(np.sort(scores[labels == 0]), thresholds)
    positives, negatives, calls = np.sum(labels == 1), np.sum(labels == 0), found + false_alarms
    return {
        "recall": found / positives,
        "precision": np.divide(found, calls, out=np.zeros_like(found), where=calls > 0),
        "f1": 2 * found / (positives + calls),
        "false_positive_rate": false_alarms / negatives,
    }


def _bound(text: str, whole: str) -> float:
    try:
        bound = float(text)
    except ValueError:
        bound = -1.0
    if not 0 < bound < 1:
        raise BadInput(f"objective must have a bound strictly between 0 and 1, got {whole!r}; for example {GRAMMAR}")
    return bound
