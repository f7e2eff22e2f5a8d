"""The answer of a sweep and its picture, as a notebook shows them: a piece of HTML that runs no script."""

from base64 import b64encode
from collections.abc import Sequence
from functools import partial
from itertools import accumulate

from markupsafe import Markup

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures import canvas, legend
from steelyard.tasks.report.figures.figure import WIDTHS, Figure
from steelyard.tasks.report.page.render import environment
from steelyard.tasks.report.page.sweep_view import View

SHARP = 2
"""Pixels of the picture to one of the page."""

TALL = 900
"""CSS pixels of a picture, beyond which it shows no other plot."""


def of(dossier: Dossier) -> str:
    """The card of a sweep with at least one trial that finished."""
    sweep = View(dossier)
    figure = sweep.figures["hero"][0]
    picture = b64encode(_png(figure)).decode()
    said = " ".join(plot.says for plot in figure.plots)
    template = environment().get_template("card.html.jinja")
    return template.render(sweep=sweep, picture=picture, said=said, width=WIDTHS["wide"])


def of_words(words: Sequence[str]) -> str:
    """A card of sentences alone."""
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in words)


def _png(figure: Figure) -> bytes:
    """The plots below each other, as many as are not too tall together, on white."""
    shown = sum(height <= TALL for height in accumulate(plot.height for plot in figure.plots))
    plots = figure.plots[: max(1, shown)]
    draws, heights = [plot.draw for plot in plots], [plot.height for plot in plots]
    if figure.legend:
        draws.append(partial(legend.draw, entries=figure.legend))
        heights.append(legend.height(figure.legend))
    return canvas.png(draws, WIDTHS["wide"], heights, SHARP)
