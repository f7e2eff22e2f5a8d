"""What each handling made of train, class by class."""

import numpy as np
import numpy.typing as npt

from steelyard.models.report.cells_shown import featured
from steelyard.models.report.dossier import Dossier, Effect
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot, label
from steelyard.tasks.report.figures.frame import Scale, frame
from steelyard.tasks.report.figures.marks import line

MANY = 40
"""Classes that have a mark each."""

NAMED = 12
"""Classes that are named below the axis."""

LONGEST = 10


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Draws of each class per epoch, and the share of each that the loss sees."""
    effects = featured_effects(dossier)
    draws = [[effect.after[place] for place in dossier.order] for effect in effects]
    shares = [[100 * effect.prior[place] for place in dossier.order] for effect in effects]
    return (
        _plot(dossier, effects, draws, "draws per epoch", ""),
        _plot(dossier, effects, shares, "share that the loss sees", " %"),
    )


def featured_effects(dossier: Dossier) -> list[Effect]:
    """Of the cells that stand out."""
    bold = {cell.key for cell in featured(dossier.cells)}
    return [effect for effect in dossier.about.effects if effect.key in bold]


def _plot(dossier: Dossier, effects: list[Effect], values: list[list[float]], title: str, unit: str) -> Plot:
    names, colours = [dossier.verdict.classes[place] for place in dossier.order], palette.colours(dossier.cells)
    # What is never drawn has no place on an axis of powers.
    powers = np.log10([[value if value > 0 else np.nan for value in own] for own in values])
    named = {place: label(name, LONGEST) for place, name in enumerate(names)} if len(names) <= NAMED else {}
    longest = max(map(len, named.values()), default=0)

    def draw(canvas: Canvas) -> None:
        upright = longest * len(names) > (60 if canvas.wide else 34)
        ends = -0.04 * len(names), 1.04 * len(names) - 1
        across = Scale(*ends, "class, most images in train first", named, upright=upright)
        frame(canvas, across, _powers(powers, title + (", %" if unit else "")))
        for effect, own in zip(effects, powers, strict=True):
            marker = {"marker": "o", "markersize": 5} if len(names) <= MANY else {}
            dash = palette.dash(effect, dossier.cells)
            line(canvas, range(len(names)), own, colours[effect.key], dash, **marker)

    told = [
        f"{called(effect.cell)} from {own[0]:.3g}{unit} to {own[-1]:.3g}{unit}"
        for effect, own in zip(effects, values, strict=True)
    ]
    said = f"{title}, from the most frequent class to the rarest: {'; '.join(told)}"
    return Plot(title, said, draw, height=320)


def _powers(of_ten: npt.NDArray[np.float64], title: str) -> Scale:
    """An axis of powers of ten, with a text at each."""
    there = of_ten[np.isfinite(of_ten)]
    low, high = (np.floor(there.min()), np.ceil(there.max())) if there.size else (0.0, 1.0)
    ticks = {power: f"{10.0**power:,g}" for power in np.arange(low, max(high, low + 1) + 1)}
    return Scale(low - 0.05, max(ticks) + 0.05, title, ticks)
