"""The answer of a sweep and its picture, as a notebook shows them: a piece of HTML that runs no script."""

from base64 import b64encode
from collections.abc import Sequence

from markupsafe import Markup

from steelyard.models.report.dossier import Kept
from steelyard.tasks.report.figures import still
from steelyard.tasks.report.page.classes.view import ClassesView
from steelyard.tasks.report.page.kinds import view
from steelyard.tasks.report.page.render import environment

WIDTH = 640
"""CSS pixels of the picture."""


def of(dossier: Kept) -> str:
    """The card of a sweep with at least one trial that finished."""
    sweep = view(dossier)
    figure = sweep.figures.heroes[0] if isinstance(sweep, ClassesView) else sweep.figures.hero
    picture = b64encode(still.draw(figure, WIDTH)).decode()
    said = " ".join(plot.says for plot in figure.plots)
    return environment().get_template("card.html.jinja").render(sweep=sweep, picture=picture, said=said, width=WIDTH)


def of_words(words: Sequence[str]) -> str:
    """A card of sentences alone."""
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in words)
