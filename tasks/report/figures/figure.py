"""A figure of one or more plots that a page lays out side by side, or one below the other where it is narrow."""

from dataclasses import dataclass, field

from markupsafe import Markup

from steelyard.models.names import cut, printable
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.tasks.report.figures import canvas
from steelyard.tasks.report.figures.legend import Entry

WIDTHS = {"wide": 560, "narrow": 344}
"""CSS pixels that a plot is drawn on; the page shows one of them, by the room that there is."""

LONGEST = 24
"""Characters of a name beside an axis."""


@dataclass(frozen=True)
class Plot:
    """One pair of axes.

    Attributes:
        title: above it; "" for none.
        says: the same in words, for whoever does not see it.
        draw: draws it.
        height: CSS pixels.
        small: whether it is drawn for the width of a phone alone, since several stand side by side.
        made: what was drawn, by its key.
    """

    title: str
    says: str
    draw: canvas.Draw
    height: int
    small: bool = False
    made: dict[str, list[Markup]] = field(default_factory=dict, compare=False, repr=False)

    def drawn(self, key: str) -> list[Markup]:
        """SVG at each width; ``key`` begins the ids in it and is no other plot's."""
        if key not in self.made:
            self.made[key] = [self._at(kind, key) for kind in (("small",) if self.small else WIDTHS)]
        return self.made[key]

    def _at(self, kind: str, key: str) -> Markup:
        width = WIDTHS.get(kind, WIDTHS["narrow"])
        # Made of our own elements, with every name escaped.
        return Markup(canvas.svg(self.draw, width, self.height, kind, f"{key}-{kind}"))  # noqa: S704


@dataclass(frozen=True)
class Figure:
    """Plots under one heading and a caption."""

    key: str
    title: str
    caption: str
    plots: tuple[Plot, ...]
    legend: tuple[Entry, ...] = ()

    def keys(self, prefix: str) -> list[str]:
        """Of each plot, as ``macros.html.jinja`` has them, on a page whose addresses begin with ``prefix``."""
        return [f"{prefix}{self.key}-{number}" for number in range(len(self.plots))]


def label(name: str, longest: int = LONGEST) -> str:
    """A name of users in one line that leaves room for the figure."""
    return cut(printable(name), longest)


def thresholds(cell: CellVerdict, folds: int) -> str:
    """``thresholds 0.41, 0.39``, one of each seed; that each fold has its own, where there are folds."""
    if folds > 1:
        return f"thresholds of {folds} folds"
    return f"thresholds {', '.join(f'{each.value:.3g}' for each in cell.thresholds)}"


def signed(number: float) -> str:
    """``+0.012``; no sign where nothing but zeros is left."""
    rounded = f"{number:+.3f}"
    return rounded if float(rounded) else rounded[1:]


def signed_with_interval(of: Estimate) -> str:
    """``+0.012 [-0.003, +0.027]``."""
    return f"{signed(of.value)} [{signed(of.low)}, {signed(of.high)}]"
