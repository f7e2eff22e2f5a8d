"""What the page shows of one sweep, ready to be laid out."""

from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from models.calibration import sentence
from models.report.answer import answer
from models.report.dossier import Dossier
from models.verdict.phrases import constraint, counted
from models.verdict.verdict import CellVerdict
from tasks.report.page.errors import Errors
from tasks.report.page.facts import Facts
from tasks.report.page.shown import Shown
from tasks.report.table import flagged

TAKEN = ("recall", "precision")


@dataclass(frozen=True)
class Row:
    """A cell with its rank on val, mean over seeds, and how far its scores can be believed."""

    cell: CellVerdict
    rank: float
    calibration: str


@dataclass(frozen=True)
class View:
    """One sweep on the page.

    Attributes:
        dossier: what is shown.
        prefix: of its places' addresses, where a page shows two.
        role: ``earlier`` or ``later`` of two; "" alone.
    """

    template: ClassVar[str] = "sweep.html.jinja"

    dossier: Dossier
    prefix: str = ""
    role: str = ""

    @property
    def heading(self) -> str:
        """What the sweep is about."""
        said = f"{self.dossier.about.subject.title} · {self.dossier.found.objective}"
        return f"The {self.role} sweep · {said}" if self.role else said

    @property
    def size(self) -> str:
        """Which run, when, and how much of everything."""
        about, found, verdict = self.dossier.about, self.dossier.found, self.dossier.verdict
        cells, trials = counted(len(verdict.cells), "cell"), counted(len(found.trials), "trial")
        test = f"{counted(verdict.positives, 'positive')} and {counted(verdict.negatives, 'negative')} in test"
        begun = f"{about.started:%d %B %Y at %H:%M} UTC"
        return f"Run {found.sweep_run_id}, begun {begun}: {cells}, {trials}, {test}."

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
            f"To decide with one network: {best.cell} · seed {best.seed}, run {best.run_id}, scores from "
            f"{best.operating.threshold:.4g} on; on test it has {gives}."
        )

    @property
    def answer(self) -> str:
        """In two sentences."""
        return " ".join(answer(self.dossier))

    @property
    def cautions(self) -> list[str]:
        """What to know before believing the answer."""
        verdict, found = self.dossier.verdict, self.dossier.found
        failed = [f"Failed: {of.cell} · seed {of.seed}: {of.reason}" for of in found.failed]
        return [*verdict.words[: int(verdict.optimistic)], *failed, *map(_upper, flagged(found))]

    @property
    def words(self) -> tuple[str, ...]:
        """The verdict, sentence by sentence."""
        return self.dossier.verdict.words[int(self.dossier.verdict.optimistic) :]

    @property
    def cells(self) -> list[Row]:
        """All cells, best on val first."""
        ranks = {(row["cell"], row["weight_positive"]): row["operating/rank/mean"] for row in self.dossier.found.cells}
        return [
            Row(cell, float(ranks[cell.cell, cell.weight_positive] or 0), _calibration(cell))
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

    @cached_property
    def facts(self) -> Facts:
        """Spec, versions and trials."""
        return Facts.of(self.dossier)


def _calibration(cell: CellVerdict) -> str:
    """Without the cell's name, which stands above it."""
    return _upper(sentence(cell.cell, cell.calibration).removeprefix(f"{cell.cell}: "))


def _upper(words: str) -> str:
    return f"{words[0].upper()}{words[1:]}"
