"""What each handling made of train, class by class."""

import plotly.graph_objects as go

from steelyard.models.report.cells_shown import featured
from steelyard.models.report.dossier import Dossier, Effect
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, figure, label

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
    names = [dossier.verdict.classes[place] for place in dossier.order]
    traces = [_trace(dossier, effect, own, unit, names) for effect, own in zip(effects, values, strict=True)]
    drawn = figure(traces, "class, most images in train first", title + (", %" if unit else ""))
    drawn.update_yaxes(type="log", dtick=1)
    if len(names) <= NAMED:
        short = [label(name, LONGEST) for name in names]
        drawn.update_xaxes(tickvals=list(range(len(names))), ticktext=short, automargin=True)
    told = [
        f"{called(effect.cell)} from {own[0]:.3g}{unit} to {own[-1]:.3g}{unit}"
        for effect, own in zip(effects, values, strict=True)
    ]
    return Plot(title, drawn, f"{title}, from the most frequent class to the rarest: {'; '.join(told)}")


def _trace(dossier: Dossier, effect: Effect, values: list[float], unit: str, names: list[str]) -> go.Scatter:
    colour, dash = palette.colours(dossier.cells)[effect.key], palette.dash(effect, dossier.cells)
    cell = label(effect.cell, 60)
    return go.Scatter(
        x=list(range(len(names))),
        # What is never drawn has no place on an axis of powers.
        y=[value if value > 0 else None for value in values],
        mode="lines+markers" if len(names) <= MANY else "lines",
        marker={"size": 6},
        line={"color": colour, "width": 2.2, "dash": dash},
        text=[f"{label(name)}, {cell}: {value:.3g}{unit}" for name, value in zip(names, values, strict=True)],
        hovertemplate="%{text}<extra></extra>",
    )
