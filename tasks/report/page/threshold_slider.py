"""Recall and precision at all thresholds, as a part of the page that a slider moves through."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from steelyard.models.objective.rates import Values
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import Steps, other_thresholds
from steelyard.models.words import report_captions as words
from steelyard.models.words.phrases import constraint

TICKS = 5
"""Thresholds below the axis."""

DRAWN = ("recall", "precision")
"""What may be limited by a line from left to right."""


class Step(NamedTuple):
    """What one threshold brings, in the digits that are shown: shares are of 100."""

    threshold: str
    recall: str
    precision: str
    false_alarms: str


@dataclass(frozen=True)
class Slider:
    """All thresholds of the recommended network.

    Attributes:
        chosen: place of the one that was chosen.
        paths: of recall, precision and false alarms in an SVG of ``last`` x 100.
        limit: share of 100 that the objective asks for, from below; None where it asks for another kind of thing.
        wish: what that is, in words.
        positive: what the class to find is called; ``negative`` likewise of the others.
        caution: on picking another threshold.
    """

    steps: tuple[Step, ...]
    chosen: int
    paths: tuple[str, str, str]
    limit: float | None
    wish: str
    positive: str
    negative: str
    caption: str
    caution: str

    @property
    def last(self) -> int:
        """Place of the highest threshold."""
        return len(self.steps) - 1

    @property
    def ticks(self) -> list[str]:
        """Thresholds at even distances, from the left end to the right."""
        return [self.steps[round(place)].threshold for place in np.linspace(0, self.last, TICKS).tolist()]


def slider(dossier: Dossier) -> Slider | None:
    """Of a sweep; None where no class has a threshold."""
    found, objective = other_thresholds(dossier), dossier.objective
    if found is None:
        return None
    positive, negative = words.classes(dossier)
    precision = np.where(found.at.alarms > 0, found.at.precision, np.nan)
    lines = found.at.recall, precision, found.at.false_positive_rate
    return Slider(
        steps=tuple(_steps(found, *lines)),
        chosen=found.chosen,
        paths=(_path(lines[0]), _path(lines[1]), _path(lines[2])),
        limit=100 * objective.limit if objective.constraint in DRAWN else None,
        wish=constraint(objective),
        positive=positive,
        negative=negative,
        caption=words.thresholds(dossier, found),
        caution=words.PICKED,
    )


def _steps(found: Steps, *lines: Values) -> list[Step]:
    # The last threshold is just above 1, where nothing is called.
    return [
        Step(f"{min(threshold, 1):.3g}", *("–" if np.isnan(share) else words.in_100(share) for share in shares))
        for threshold, *shares in zip(found.thresholds, *lines, strict=True)
    ]


def _path(values: Values) -> str:
    """Of a line through those that are numbers, 1 on top."""
    known = [(place, 100 - 100 * value) for place, value in enumerate(values.tolist()) if not np.isnan(value)]
    return "M" + "L".join(f"{place} {height:.1f}" for place, height in known)
