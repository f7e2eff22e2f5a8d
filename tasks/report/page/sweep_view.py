"""What the page shows of one sweep, ready to be laid out."""

import shlex
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import numpy as np

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.words.answer import Answer, answer
from steelyard.models.words.phrases import called, capitalised, counted, name, rests_on, wanted
from steelyard.models.words.report_captions import kept
from steelyard.tasks.report.cells_table import flagged
from steelyard.tasks.report.dossier_files import SALIENCY
from steelyard.tasks.report.figures.roc_plane import Picture, picture
from steelyard.tasks.report.page import tables
from steelyard.tasks.tracking.saved_views import SHOWN

FEW, MATRIX = 12, 20
"""Classes whose recalls open the page; classes up to which the confusion of all is shown, and pairs of them."""


@dataclass(frozen=True)
class View:
    """One sweep on the page.

    Attributes:
        prefix: of its places' addresses, where a page shows two.
        role: ``earlier`` or ``later`` of two; "" alone.
    """

    dossier: Dossier
    prefix: str = ""
    role: str = ""

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
        return f"Run {found.sweep_run_id}, begun {begun}: {cells}, {trials}, {rests_on(verdict)}."

    @cached_property
    def answer(self) -> Answer:
        """What to use, what it brings, and what comes next."""
        found = answer(self.dossier.found)
        assert found is not None
        return found

    @cached_property
    def picture(self) -> Picture | None:
        """The ROC plane; None where no class has a threshold."""
        return picture(self.dossier)

    @property
    def cautions(self) -> list[str]:
        """What to know before believing the answer."""
        found = self.dossier.found
        failed = [f"Failed: {called(of.cell)}{of.apart}: {of.reason}" for of in found.failed]
        return [*failed, *map(capitalised, flagged(found))]

    @property
    def words(self) -> list[str]:
        """The verdict, sentence by sentence, then where the network to use is kept."""
        return [words for words in (*self.dossier.verdict.words, kept(self.dossier)) if words]

    def words_of(self, cell: CellVerdict) -> list[str]:
        """What is said of a cell, without what the verdict says of the recommended one."""
        return [words for words in cell.words if words not in self.dossier.verdict.words]

    @property
    def columns(self) -> Mapping[str, list[tables.Column]]:
        """Of the tables of cells and of trials."""
        return {"cells": [*tables.of_cells(self.dossier)], "trials": [*tables.of_trials(self.dossier)]}

    @cached_property
    def ranks(self) -> Mapping[Cell, float]:
        """Rank of each cell's network by the cell's key."""
        of = {cell.key: self.dossier.finished[self.dossier.network(cell)].operating for cell in self.dossier.cells}
        return {key: point.rank if point else 0.0 for key, point in of.items()}

    @property
    def differing(self) -> list[CellVerdict]:
        """The cells that are compared with the baseline."""
        return [cell for cell in self.dossier.cells if cell.differences]

    @cached_property
    def scales(self) -> dict[str, tuple[str, float, float]]:
        """Metric -> what people call it, and the ends of a scale that holds 0 and all of its differences."""
        metrics = self.differing[0].differences if self.differing else {}
        each = {metric: [cell.differences[metric] for cell in self.differing] for metric in metrics}
        return {
            metric: (name(metric), min(0.0, *(of.low for of in found)), max(0.0, *(of.high for of in found)))
            for metric, found in each.items()
        }

    @property
    def extremes(self) -> tuple[int, ...]:
        """Of the classes with images, all where they are few, else those with the most images in train and the fewest.

        By their place, most images first.
        """
        there = [place for place in self.dossier.order if self.dossier.verdict.sizes[place]]
        return tuple(there if len(there) <= FEW else there[: FEW // 2] + there[-FEW // 2 :])

    @property
    def matrix(self) -> list[tuple[str, list[tuple[int, float]]]]:
        """Of each class its name, and how many of its images, and what share, are called each; none of many."""
        counts, order = np.array(self.dossier.best.confusion), list(self.dossier.order)
        if len(order) > MATRIX:
            return []
        shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
        return [
            (self.dossier.verdict.classes[row], [(round(counts[row, of]), float(shares[row, of])) for of in order])
            for row in order
        ]

    @property
    def mistaken(self) -> list[tuple[str, str, int, int]]:
        """The pairs of classes of which one is taken for the other most: is, called, images, and of how many."""
        counts, verdict = np.array(self.dossier.best.confusion), self.dossier.verdict
        np.fill_diagonal(counts, 0)
        places = (divmod(int(place), len(counts)) for place in np.argsort(-counts, axis=None, kind="stable")[:MATRIX])
        return [
            (verdict.classes[row], verdict.classes[of], round(counts[row, of]), verdict.sizes[row])
            for row, of in places
            if counts[row, of]
        ]

    @property
    def seen(self) -> bool:
        """Whether it is known what the network looks at in some picture of the gallery."""
        return any(self.dossier.gallery.get(SALIENCY, ()))

    @property
    def command(self) -> str:
        """What asks for the same sweep."""
        return " ".join(["steelyard sweep", *(_option(name, value) for name, value in self._given)])

    @property
    def asked(self) -> list[tuple[str, Any]]:
        """Options that are not the defaults."""
        return self._given or [("everything", "by default")]

    @property
    def _given(self) -> list[tuple[str, Any]]:
        defaults, spec = Sweep(), self.dossier.spec.model_dump()
        return [(name.replace("_", "-"), value) for name, value in spec.items() if value != getattr(defaults, name)]

    @property
    def resolved(self) -> list[tuple[str, Any]]:
        """What every trial had in common."""
        about = self.dossier.about
        held = about.partition.model_dump() | about.recipe.model_dump() | about.compute.model_dump()
        for other in about.other_recipes:
            held |= {f"{other.name} · {name}": value for name, value in other.model_dump(exclude={"name"}).items()}
        if about.embedding:
            held |= {f"features · {name}": value for name, value in about.embedding.model_dump().items()}
            held |= {"features · licence of the weights": about.licence or "not known"}
        return [(name, value) for name, value in held.items() if not (value is None or value is False or value == "")]

    @property
    def trials(self) -> list[Outcome]:
        """Best on val first, the failed ones last."""
        return sorted(self.dossier.found.trials, key=lambda of: -of.operating.rank if of.operating else float("inf"))

    @property
    def where(self) -> str:
        """Where trials can be compared."""
        many, command = len(self.dossier.found.trials), f"steelyard ui {self.dossier.found.sweep_run_id}"
        if many <= SHOWN:
            return f"Compare them in MLflow: {command}"
        return f"All {many} are here; MLflow's page shows the best {SHOWN} first: {command}"


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--{name}=false"
    # What begins like an option is only taken for a value behind an equals sign.
    return f"--{name}{'=' if str(value).startswith('-') else ' '}{shlex.quote(str(value))}"
