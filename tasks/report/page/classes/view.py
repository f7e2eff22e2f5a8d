"""What the page shows of one sweep in which every class counts, ready to be laid out."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import ClassVar

from models.classes.phrases import called, wanted
from models.classes.verdict import ClassCell, Published
from models.report.classes.answer import answer
from models.report.classes.dossier import ClassesDossier
from models.verdict.phrases import counted
from tasks.report.figures.every_class import recalls
from tasks.report.page.classes.errors import Errors
from tasks.report.page.classes.shown import Shown
from tasks.report.page.facts import Facts
from tasks.report.table import flagged


@dataclass(frozen=True)
class Row:
    """A cell with its rank on val, mean over seeds."""

    cell: ClassCell
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
class ClassesView:
    """One sweep on the page.

    Attributes:
        dossier: what is shown.
        prefix: of its places' addresses, where a page shows two.
        role: ``earlier`` or ``later`` of two; "" alone.
    """

    template: ClassVar[str] = "classes/sweep.html.jinja"

    dossier: ClassesDossier
    prefix: str = ""
    role: str = ""

    @property
    def heading(self) -> str:
        """What the sweep is about."""
        wish = self.dossier.objective
        name = wanted(wish) if wish.class_name else "every class"
        said = f"{self.dossier.about.subject.title} · {name}"
        return f"The {self.role} sweep · {said}" if self.role else said

    @property
    def size(self) -> str:
        """Which run, when, and how much of everything."""
        about, found, verdict = self.dossier.about, self.dossier.found, self.dossier.verdict
        cells, trials = counted(len(verdict.cells), "cell"), counted(len(found.trials), "trial")
        test = f"{counted(sum(verdict.sizes), 'image')} of {len(verdict.classes):,} classes in test"
        begun = f"{about.started:%d %B %Y at %H:%M} UTC"
        return f"Run {found.sweep_run_id}, begun {begun}: {cells}, {trials}, {test}."

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
            f"To decide with one network: {called(best.cell)} · seed {best.seed}, run {best.run_id}{how}; on test it "
            f"has balanced accuracy {at.test['balanced_accuracy']:.2f} and accuracy {at.test['accuracy']:.2f}."
        )

    @property
    def answer(self) -> str:
        """In two sentences."""
        return " ".join(answer(self.dossier))

    @property
    def cautions(self) -> list[str]:
        """What to know before believing the answer."""
        verdict, found = self.dossier.verdict, self.dossier.found
        failed = [f"Failed: {called(of.cell)} · seed {of.seed}: {of.reason}" for of in found.failed]
        flags = [f"{words[0].upper()}{words[1:]}" for words in flagged(found)]
        return [*verdict.words[: int(verdict.optimistic)], *failed, *flags]

    @property
    def words(self) -> tuple[str, ...]:
        """The verdict, sentence by sentence."""
        return self.dossier.verdict.words[int(self.dossier.verdict.optimistic) :]

    @property
    def cells(self) -> list[Row]:
        """All cells, best on val first."""
        ranks = {(row["cell"], row["weight_positive"]): row["operating/rank/mean"] for row in self.dossier.found.cells}
        return [Row(cell, float(ranks[cell.cell, cell.weight_positive] or 0)) for cell in self.dossier.cells]

    @property
    def wanted(self) -> int | None:
        """The place of the objective's class; None where it has none."""
        name = self.dossier.objective.class_name
        return self.dossier.verdict.classes.index(name) if name else None

    @property
    def compared(self) -> list[ClassCell]:
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

    @cached_property
    def facts(self) -> Facts:
        """Spec, versions and trials."""
        return Facts.of(self.dossier)
