"""What the page shows of one sweep, whatever its classes."""

from abc import ABC, abstractmethod
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from itertools import chain
from typing import ClassVar, Generic, TypeVar

from steelyard.models.comparison import Comparison
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.tried import Cell
from steelyard.models.words.phrases import called, counted
from steelyard.tasks.report.page.facts import Facts
from steelyard.tasks.report.page.networks import Networks
from steelyard.tasks.report.table import flagged

D = TypeVar("D", Dossier, Dossier)


@dataclass(frozen=True)
class SweepView(ABC, Generic[D]):
    """One sweep on the page.

    Attributes:
        dossier: what is shown.
        prefix: of its places' addresses, where a page shows two.
        role: ``earlier`` or ``later`` of two; "" alone.
    """

    template: ClassVar[str]

    dossier: D
    prefix: str = ""
    role: str = ""

    @property
    @abstractmethod
    def wish(self) -> str:
        """What is wanted, as people write it."""

    @property
    @abstractmethod
    def tested(self) -> str:
        """How much of what is in test."""

    @property
    def heading(self) -> str:
        """What the sweep is about."""
        said = f"{self.dossier.about.subject.title} · {self.wish}"
        return f"The {self.role} sweep · {said}" if self.role else said

    @property
    def size(self) -> str:
        """Which run, when, and how much of everything."""
        about, found = self.dossier.about, self.dossier.found
        cells, trials = counted(len(self.dossier.verdict.cells), "cell"), counted(len(found.trials), "trial")
        begun = f"{about.started:%d %B %Y at %H:%M} UTC"
        return f"Run {found.sweep_run_id}, begun {begun}: {cells}, {trials}, {self.tested} in test."

    @property
    def cautions(self) -> list[str]:
        """What to know before believing the answer."""
        found, verdict = self.dossier.found, self.dossier.verdict
        return list(chain(verdict.words[: int(verdict.optimistic)], _failed(found), map(upper, flagged(found))))

    @property
    def words(self) -> tuple[str, ...]:
        """The verdict, sentence by sentence."""
        return self.dossier.verdict.words[int(self.dossier.verdict.optimistic) :]

    @cached_property
    def ranks(self) -> Mapping[Cell, float]:
        """Rank on val of each cell, mean over seeds; 0 where none has one."""
        cells = self.dossier.found.cells
        return {
            (str(row["cell"]), float(row["weight_positive"] or 0)): float(row["operating/rank/mean"] or 0)
            for row in cells
        }

    @cached_property
    def networks(self) -> Networks:
        """The recipes, where there are several."""
        return Networks.of_sweep(self.dossier, self.dossier.verdict)

    @cached_property
    def facts(self) -> Facts:
        """Spec, versions and trials."""
        return Facts.of(self.dossier)


def _failed(found: Comparison) -> Iterator[str]:
    for of in found.failed:
        yield f"Failed: {called(of.cell)}{of.of_seed}: {of.reason}"


def upper(words: str) -> str:
    """The same with a capital at its head."""
    return f"{words[0].upper()}{words[1:]}"
