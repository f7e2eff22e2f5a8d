"""What the page shows of one sweep, ready to be laid out."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import cached_property

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import Network
from steelyard.models.words.answer import Answer, answer
from steelyard.models.words.phrases import called, capitalised, counted, wanted
from steelyard.models.words.report_captions import other_curves
from steelyard.models.words.report_network import kept
from steelyard.models.words.verdict_of_cell import corrected
from steelyard.tasks.report.cells_table import flagged
from steelyard.tasks.report.figures.figure import Figure
from steelyard.tasks.report.figures.registry import Figures, drawn
from steelyard.tasks.report.page import tables
from steelyard.tasks.report.page.spec_and_trials import Facts


@dataclass(frozen=True)
class View:
    """One sweep on the page.

    Attributes:
        prefix: of its places' addresses, where a page shows two.
        role: ``earlier`` or ``later`` of two; "" alone.
        ahead: figures that are drawn already.
    """

    dossier: Dossier
    prefix: str = ""
    role: str = ""
    ahead: Figures | None = None

    @property
    def heading(self) -> str:
        """What the sweep is about, and what is wanted, as people write it."""
        asked, wish = self.dossier.objective, self.dossier.found.objective
        if self.dossier.every_class:
            wish = wanted(asked, self.dossier.verdict) if asked.class_name else "every class"
        said = f"{self.dossier.about.subject.title} · {wish}"
        return f"The {self.role} sweep · {said}" if self.role else said

    @property
    def size(self) -> str:
        """Which run, when, and how much of everything."""
        about, found, verdict = self.dossier.about, self.dossier.found, self.dossier.verdict
        cells, trials = counted(len(verdict.cells), "cell"), counted(len(found.trials), "trial")
        begun = f"{about.started:%d %B %Y at %H:%M} UTC"
        if self.dossier.every_class:
            tested = f"{counted(sum(verdict.sizes), 'image')} of {len(verdict.classes):,} classes"
        else:
            tested = f"{counted(verdict.positives, 'positive')} and {counted(verdict.negatives, 'negative')}"
        return f"Run {found.sweep_run_id}, begun {begun}: {cells}, {trials}, {tested} in test."

    @cached_property
    def answer(self) -> Answer:
        """What to use, what it brings, and what comes next."""
        found = answer(self.dossier.found)
        assert found is not None
        return found

    @property
    def cautions(self) -> list[str]:
        """What to know before believing the answer; of several flags how many trials have them."""
        found, verdict = self.dossier.found, self.dossier.verdict
        failed = [f"Failed: {called(of.cell)}{of.apart}: {of.reason}" for of in found.failed]
        trials = [trial for trial in found.trials if trial.flags]
        of_best = sum((trial.cell, trial.weight_positive) == self.dossier.best.key for trial in trials)
        counted_flags = (
            f"{len(trials):,} of {len(found.trials):,} trials are flagged, {of_best:,} of the recommended cell"
        )
        flags = [counted_flags] if len(self.flags) > 1 else self.flags
        return [*verdict.words[: int(verdict.optimistic)], *failed, *flags]

    @property
    def flags(self) -> list[str]:
        """What is wrong with some trials of a cell, a line each."""
        return [*map(capitalised, flagged(self.dossier.found))]

    @property
    def words(self) -> list[str]:
        """The verdict, sentence by sentence, then where the network to use is kept."""
        told = self.dossier.verdict.words[int(self.dossier.verdict.optimistic) :]
        return [words for words in (*told, kept(self.dossier)) if words]

    def words_of(self, cell: CellVerdict) -> list[str]:
        """What is said of a cell, without what the verdict says of the recommended one."""
        own = [words for words in cell.words if words not in self.dossier.verdict.words]
        return [*own, f"{self.calibration(cell)}."] if cell.calibration else own

    @property
    def columns(self) -> Mapping[str, list[tables.Column]]:
        """Of the tables of cells, of trials and of what handlings make of train."""
        of = {"cells": tables.of_cells, "trials": tables.of_trials, "effects": tables.of_effects}
        return {table: [*columns(self.dossier)] for table, columns in of.items()}

    @cached_property
    def ranks(self) -> Mapping[Cell, float]:
        """Rank on val of each cell by its key, mean over seeds; 0 where none has one."""
        rows = self.dossier.found.cells
        keys = [(str(row["cell"]), float(row["weight_positive"] or 0)) for row in rows]
        return dict(zip(keys, [float(row["operating/rank/mean"] or 0) for row in rows], strict=True))

    def calibration(self, cell: CellVerdict) -> str:
        """How far the scores of a cell with a class to find can be believed, without its name."""
        return capitalised(corrected(cell.cell, cell.calibration, cell.seeded).removeprefix(f"{cell.cell}: "))

    @property
    def networks(self) -> list[tuple[Network, CellVerdict | None]]:
        """The recipes, where there are several, with their baselines; None where no trial of that finished."""
        cells = {cell.cell: cell for cell in self.dossier.cells if cell.is_baseline}
        return [(network, cells.get(network.cell)) for network in self.dossier.verdict.networks]

    @cached_property
    def figures(self) -> Figures:
        """All figures, by their place; of those with equal captions the first has it."""
        told: dict[str, str] = {}
        return self.ahead or {
            place: [self._told_once(of, told.setdefault(of.caption, of.title)) for of in figures]
            for place, figures in drawn(self.dossier).items()
        }

    def _told_once(self, figure: Figure, first: str) -> Figure:
        return figure if figure.title == first else replace(figure, caption=other_curves(self.dossier, first))

    @property
    def confused(self) -> bool:
        """Whether the confusion of all classes is drawn."""
        return any(figure.key == "confusion" for figure in self.figures["hero"])

    @cached_property
    def facts(self) -> Facts:
        """Spec, versions and trials."""
        return Facts.of(self.dossier)
