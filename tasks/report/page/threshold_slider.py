"""Recall and precision at all thresholds, as a part of the page that a slider moves through."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from steelyard.models.objective.rates import Values
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import Steps, other_thresholds
from steelyard.models.words import report_pictures as words
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
    """All thresholds of a sweep's recommended cell.

    Attributes:
        chosen: place of the one that was chosen.
        paths: of recall, precision and false alarms in an SVG of ``last`` x 100.
        limit: share of 100 that the objective asks for, from below; None where it asks for another kind of thing.
        wish: what that is, in words.
        positive: what the class to find is called.
        negative: likewise of the others.
    """

    steps: tuple[Step, ...]
    chosen: int
    paths: tuple[str, str, str]
    limit: float | None
    wish: str
    positive: str
    negative: str
    caption: str
    optimistic: str

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
    return Slider(
        steps=tuple(_steps(found)),
        chosen=found.chosen,
        paths=(_path(found.recall), _path(found.precision), _path(found.false_positive_rate)),
        limit=100 * objective.limit if objective.constraint in DRAWN else None,
        wish=constraint(objective) if objective.constraint else "",
        positive=positive,
        negative=negative,
        caption=words.thresholds(dossier, found),
        optimistic=words.optimistic(dossier),
    )


def _steps(found: Steps) -> list[Step]:
    return [
        Step(
            # The last one is just above 1, where nothing is called.
            f"{min(threshold, 1):.3g}",
            words.in_100(recall),
            "–" if np.isnan(precision) else words.in_100(precision),
            words.in_100(alarms),
        )
        for threshold, recall, precision, alarms in zip(
            found.thresholds, found.recall, found.precision, found.false_positive_rate, strict=True
        )
    ]


def _path(values: Values) -> str:
    """Of a line through those that are numbers, 1 on top."""
    known = [(place, 100 - 100 * value) for place, value in enumerate(values.tolist()) if not np.isnan(value)]
    return "M" + "L".join(f"{place} {height:.1f}" for place, height in known)
