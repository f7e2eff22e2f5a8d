"""How a figure of a report declares itself: what it is called, when it applies, where it stands, what it draws."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures.figure import Entry, Figure, Plot

Place = Literal["hero", "sure", "details", "images"]
"""Of a page: its head, how sure the answer is, the details, and what is told of the images."""


def _none(dossier: Dossier) -> tuple[Entry, ...]:
    return ()


@dataclass(frozen=True)
class Declaration:
    """A figure of a sweep, before it is drawn.

    Attributes:
        key: in the page's addresses.
        title: in a few words.
        place: where it stands on the page, which may depend on the sweep.
        applies: whether a sweep has such a figure.
        caption: what to see in it.
        plots: of about the same size.
        legend: of all plots; empty where each plot has its own.
    """

    key: str
    title: str
    place: Place | Callable[[Dossier], Place]
    applies: Callable[[Dossier], bool]
    caption: Callable[[Dossier], str]
    plots: Callable[[Dossier], tuple[Plot, ...]]
    legend: Callable[[Dossier], tuple[Entry, ...]] = _none

    def placed(self, dossier: Dossier) -> Place:
        """Where it stands on the page of a sweep."""
        return self.place(dossier) if callable(self.place) else self.place

    def drawn(self, dossier: Dossier) -> Figure:
        """The figure of a sweep that it applies to."""
        return Figure(self.key, self.title, self.caption(dossier), self.plots(dossier), self.legend(dossier))


def one_class(dossier: Dossier) -> bool:
    """Applies where there is a class to find."""
    return not dossier.every_class


def every_class(dossier: Dossier) -> bool:
    """Applies where every class counts."""
    return dossier.every_class
