"""The planes in which networks are told apart: precision against recall, and recall against false alarms."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from steelyard.models.objective.rates import Rates, Values
from steelyard.models.report import threshold_curves as curves
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import Steps
from steelyard.models.report.threshold_curves import At, Curve
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.words.phrases import constraint
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.marks import area

AXES = {"recall": "recall", "precision": "precision", "false_positive_rate": "false-positive rate"}
"""What stands along an axis, and what people call it."""

FINE = np.linspace(0, 1, 401)

Line = tuple[Values, Values]


@dataclass(frozen=True)
class Plane:
    """A pair of axes that curves are drawn in.

    Attributes:
        x: what stands along the horizontal axis; one of ``AXES``.
        y: likewise, upwards.
        where: from recall and false-positive rate to both.
        edge: of where the constraint holds; empty without one.
        far: as many points on the other side of it.
    """

    x: str
    y: str
    where: Callable[[Values, Values], Line]
    edge: Line
    far: Line

    def curve(self, of: Curve) -> Line:
        """A curve in it."""
        return self.where(of.recall, of.false_positive_rate)

    def along(self, steps: Steps) -> Line:
        """A cell in it, at all thresholds, those of its networks moved together.

        Of precision but for those at which a network calls nothing, or finds no more than at a higher one.
        """
        shown = np.ones(len(steps.recall), bool)
        if self.y == "precision":
            shown = ~steps.silent & np.append(steps.recall[1:] < steps.recall[0], True)
        return getattr(steps, self.x)[shown], getattr(steps, self.y)[shown]

    def place(self, at: At) -> tuple[float, float]:
        """A point in it."""
        rates = at._asdict()
        return rates[self.x], rates[self.y]

    def shade(self, canvas: Canvas) -> None:
        """Where the constraint holds."""
        if len(self.edge[0]):
            x, y = (np.append(edge, far[::-1]) for edge, far in zip(self.edge, self.far, strict=True))
            area(canvas, x, y, palette.GREY, 0.14)


def about_false_alarms(dossier: Dossier) -> bool:
    """Whether the objective is read from the ROC curve."""
    return bool({dossier.objective.metric, dossier.objective.constraint} & {"false_positive_rate", "balanced_accuracy"})


def asked(dossier: Dossier) -> Plane:
    """The plane that the objective speaks of."""
    return of_false_alarms(dossier) if about_false_alarms(dossier) else of_precision(dossier)


def of_precision(dossier: Dossier) -> Plane:
    """Recall to the right, precision upwards."""
    prevalence = dossier.verdict.prevalence

    def where(recall: Values, wrong: Values) -> Line:
        # Where nothing is called there is no precision to draw.
        return recall, np.where(recall + wrong > 0, Rates(recall, wrong, prevalence).precision, np.nan)

    low = curves.edge(dossier.objective, prevalence, FINE)
    # At a recall of 0 there is no precision.
    inside = ~np.isnan(low) & (FINE > 0) & bool(dossier.objective.constraint)
    return Plane("recall", "precision", where, (FINE[inside], low[inside]), (FINE[inside], np.ones(inside.sum())))


def of_false_alarms(dossier: Dossier) -> Plane:
    """False-positive rate to the right, recall upwards: the ROC curve's."""
    most = curves.allowed(dossier.objective, dossier.verdict.prevalence, FINE)
    inside = ~np.isnan(most) & bool(dossier.objective.constraint)
    edge, far = (most[inside], FINE[inside]), (np.zeros(inside.sum()), FINE[inside])
    return Plane("false_positive_rate", "recall", lambda recall, wrong: (wrong, recall), edge, far)


def rates(at: dict[str, Estimate]) -> At:
    """A cell's rates, without their intervals."""
    return At(*(at[rate].value for rate in At._fields))


def limit_of(dossier: Dossier) -> str:
    """``precision ≥ 0.7``."""
    return constraint(dossier.objective).replace(">=", "≥").replace("<=", "≤")
