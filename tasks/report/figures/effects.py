"""What each handling made of train, class by class."""

import plotly.graph_objects as go

from steelyard.models.report.about import Effect
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.selection import featured
from steelyard.models.words import captions
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.declaration import Declaration, every_class
from steelyard.tasks.report.figures.figure import Plot, figure, label
from steelyard.tasks.report.figures.learning import legend

MANY = 40
"""Classes that have a mark each."""

NAMED = 12
"""Classes that are named below the axis."""

LONGEST = 10


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """Draws of each class per epoch, and the share of each that the loss sees."""
    drawn = _drawn(dossier)
    draws = [[effect.after[place] for place in dossier.order] for effect in drawn]
    shares = [[100 * effect.prior[place] for place in dossier.order] for effect in drawn]
    return (
        _plot(dossier, drawn, draws, "draws per epoch", ""),
        _plot(dossier, drawn, shares, "share that the loss sees", " %"),
    )


def _drawn(dossier: Dossier) -> list[Effect]:
    """Of the cells that stand out."""
    bold = {palette.key(cell) for cell in featured(dossier.cells)}
    return [effect for effect in dossier.about.effects if palette.key(effect) in bold]


def _applies(dossier: Dossier) -> bool:
    return every_class(dossier) and bool(_drawn(dossier))


def _plot(dossier: Dossier, drawn: list[Effect], values: list[list[float]], title: str, unit: str) -> Plot:
    colours, order = palette.colours(dossier.cells), dossier.order
    names = [label(dossier.verdict.classes[place]) for place in order]
    traces = [
        go.Scatter(
            x=list(range(len(order))),
            # What is never drawn has no place on an axis of powers.
            y=[value if value > 0 else None for value in own],
            mode="lines+markers" if len(order) <= MANY else "lines",
            marker={"size": 6},
            line={
                "color": colours[effect.cell, effect.weight_positive],
                "width": 2.2,
                "dash": palette.dash(effect, dossier.cells),
            },
            text=[f"{name}, {label(effect.cell, 60)}: {of:.3g}{unit}" for name, of in zip(names, own, strict=True)],
            hovertemplate="%{text}<extra></extra>",
        )
        for effect, own in zip(drawn, values, strict=True)
    ]
    found = figure(traces, "class, most images in train first", title + (", %" if unit else ""))
    found.update_yaxes(type="log", dtick=1)
    if len(order) <= NAMED:
        short = [label(dossier.verdict.classes[place], LONGEST) for place in order]
        found.update_xaxes(tickvals=list(range(len(order))), ticktext=short, automargin=True)
    told = "; ".join(
        f"{called(effect.cell)} from {own[0]:.3g}{unit} to {own[-1]:.3g}{unit}"
        for effect, own in zip(drawn, values, strict=True)
    )
    return Plot(title, found, f"{title}, from the most frequent class to the rarest: {told}")


FIGURE = Declaration("effects", "What each handling did to train", "images", _applies, captions.effects, plots, legend)
