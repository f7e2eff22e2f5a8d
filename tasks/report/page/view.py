"""What the page shows of one sweep, ready to be laid out."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from steelyard.models.calibration import sentence
from steelyard.models.report.answer import answer
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.phrases import constraint, counted
from steelyard.tasks.report.page.errors import Errors
from steelyard.tasks.report.page.shared import SweepView, upper
from steelyard.tasks.report.page.shown import Shown

TAKEN = ("recall", "precision")


@dataclass(frozen=True)
class Row:
    """A cell with its rank on val, mean over seeds, and how far its scores can be believed."""

    cell: CellVerdict
    rank: float
    calibration: str


@dataclass(frozen=True)
class View(SweepView[Dossier]):
    """One sweep that looks for one class."""

    template: ClassVar[str] = "sweep.html.jinja"

    @property
    def wish(self) -> str:
        """The objective as it was given."""
        return self.dossier.found.objective

    @property
    def tested(self) -> str:
        """Positives and negatives."""
        verdict = self.dossier.verdict
        return f"{counted(verdict.positives, 'positive')} and {counted(verdict.negatives, 'negative')}"

    @property
    def take(self) -> str:
        """The one network to take, with its own threshold and what that gives on test."""
        found = self.dossier.found
        best = next((trial for trial in found.trials if trial.trial_id == found.best), None)
        if best is None or best.operating is None:
            return ""
        metrics = [(metric, self.dossier.measured(best, best.operating.threshold, metric)) for metric in TAKEN]
        gives = " and ".join(f"{metric} {value:.2f}" for metric, value in metrics)
        return (
            f"To decide with one network: {best.cell}{best.of_seed}, run {best.run_id}, scores from "
            f"{best.operating.threshold:.4g} on; on test it has {gives}."
        )

    @property
    def answer(self) -> str:
        """In two sentences."""
        return " ".join(answer(self.dossier))

    @property
    def cells(self) -> list[Row]:
        """All cells, best on val first."""
        return [
            Row(cell, self.ranks[cell.cell, cell.weight_positive], _calibration(cell))
            for cell in self.dossier.verdict.cells
        ]

    @property
    def constraint(self) -> str:
        """As people write it; "" where there is none."""
        return constraint(self.dossier.objective) if self.dossier.objective.constraint else ""

    @cached_property
    def figures(self) -> Shown:
        """All figures."""
        return Shown.of(self.dossier)

    @cached_property
    def errors(self) -> Errors:
        """Right and wrong on test."""
        return Errors.of(self.dossier)


def _calibration(cell: CellVerdict) -> str:
    """Without the cell's name, which stands above it."""
    return upper(sentence(cell.cell, cell.calibration, cell.seeded).removeprefix(f"{cell.cell}: "))
