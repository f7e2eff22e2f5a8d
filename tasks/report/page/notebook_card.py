"""The answer of a sweep and its picture, as a notebook shows them: a piece of HTML that runs no script."""

from base64 import b64encode
from collections.abc import Sequence

from markupsafe import Markup

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report.figures.roc_plane import WIDTHS
from steelyard.tasks.report.page.render import environment
from steelyard.tasks.report.page.sweep_view import View


def of(dossier: Dossier) -> str:
    """The card of a sweep with at least one trial that finished."""
    sweep = View(dossier)
    png = b64encode(sweep.picture.file("png")).decode() if sweep.picture else ""
    template = environment().get_template("card.html.jinja")
    return template.render(sweep=sweep, png=png, width=WIDTHS["wide"])


def of_words(words: Sequence[str]) -> str:
    """A card of sentences alone."""
    return Markup("").join(Markup("<p>{}</p>").format(sentence) for sentence in words)
