"""The answer of a sweep and its picture, as a notebook shows them: a piece of HTML that runs no script."""

from base64 import b64encode
from collections.abc import Sequence

from markupsafe import Markup

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures import still
from steelyard.tasks.report.page.render import environment
from steelyard.tasks.report.page.view import View

WIDTH = 640
"""CSS pixels of the picture."""


def of(dossier: Dossier) -> str:
    """The card of a sweep with at least one trial that finished."""
    sweep = View(dossier)
    figure = sweep.figures["hero"][0]
    picture = b64encode(still.draw(figure, WIDTH)).decode()
    said = " ".join(plot.says for plot in figure.plots)
    return environment().get_template("card.html.jinja").render(sweep=sweep, picture=picture, said=said, width=WIDTH)


def of_words(words: Sequence[str]) -> str:
    """A card of sentences alone."""
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in words)
