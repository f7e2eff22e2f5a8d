"""What the page shows of one sweep in which every class counts, ready to be laid out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from steelyard.models.report.classes.answer import answer, network
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict, Published
from steelyard.models.words.phrases import called, counted, wanted
from steelyard.tasks.report.figures.every_class import recalls
from steelyard.tasks.report.page.classes.errors import Errors
from steelyard.tasks.report.page.classes.shown import Shown
from steelyard.tasks.report.page.shared import SweepView


@dataclass(frozen=True)
class Row:
    """A cell with its rank on val, mean over seeds."""

    cell: CellVerdict
    rank: float


@dataclass(frozen=True)
class OfClass:
    """A class and its images of each part.

    Attributes:
        name: of the class.
        place: among the labels.
        counts: images of train, val and test.
    """

    name: str
    place: int
    counts: tuple[int, ...]


@dataclass(frozen=True)
class ClassesView(SweepView[Dossier]):
    """One sweep in which every class counts."""

    template: ClassVar[str] = "classes/sweep.html.jinja"

    @property
    def wish(self) -> str:
        """The class to find, or that every class counts."""
        asked = self.dossier.objective
        return wanted(asked, self.dossier.verdict) if asked.class_name else "every class"

    @property
    def tested(self) -> str:
        """Images and classes."""
        verdict = self.dossier.verdict
        return f"{counted(sum(verdict.sizes), 'image')} of {len(verdict.classes):,} classes"

    @property
    def network(self) -> str:
        """The best cell's, as sentences name it."""
        return network(self.dossier.best, bool(self.dossier.verdict.networks))

    @property
    def take(self) -> str:
        """The one network to take, and what that gives on test."""
        found = self.dossier.found
        best = next((trial for trial in found.trials if trial.trial_id == found.best), None)
        if best is None or best.operating is None:
            return ""
        at, name = best.operating, self.dossier.objective.class_name
        how = f", {called(name)} from a score of {at.threshold:.4g} on" if name and at.threshold >= 0 else ""
        return (
            f"To decide with one network: {called(best.cell)}{best.of_seed}, run {best.run_id}{how}; on test it "
            f"has balanced accuracy {at.test['balanced_accuracy']:.2f} and accuracy {at.test['accuracy']:.2f}."
        )

    @property
    def answer(self) -> str:
        """In two sentences."""
        return " ".join(answer(self.dossier))

    @property
    def cells(self) -> list[Row]:
        """All cells, best on val first."""
        return [Row(cell, self.ranks[cell.cell, cell.weight_positive]) for cell in self.dossier.cells]

    @property
    def wanted(self) -> int | None:
        """The place of the objective's class; None where it has none."""
        name = self.dossier.objective.class_name
        return self.dossier.verdict.classes.index(name) if name else None

    @property
    def compared(self) -> list[CellVerdict]:
        """The cells whose classes are told one by one."""
        return recalls.compared(self.dossier)

    @cached_property
    def classes(self) -> list[OfClass]:
        """All classes, most images in train first."""
        return list(self._classes())

    def _classes(self) -> Iterator[OfClass]:
        counts = self.dossier.about.counts
        for place in self.dossier.order:
            own = tuple(counts[part][place] for part in ("train", "val", "test"))
            yield OfClass(called(self.dossier.verdict.classes[place]), place, own)

    @property
    def published(self) -> tuple[Published, ...]:
        """Pairs of cells whose order is published."""
        return self.dossier.verdict.published

    @cached_property
    def figures(self) -> Shown:
        """All figures."""
        return Shown.of(self.dossier)

    @cached_property
    def errors(self) -> Errors:
        """What is wrong on test."""
        return Errors.of(self.dossier)
