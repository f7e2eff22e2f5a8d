"""From dossiers to one HTML file that asks nothing of any network."""

import re
from collections.abc import Sequence
from functools import cache
from importlib.metadata import version

from jinja2 import Environment, PackageLoader, StrictUndefined

from steelyard.models.errors import BadInput
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.chosen import LEVEL
from steelyard.models.words import phrases, report_captions
from steelyard.models.words.report_captions import network
from steelyard.tasks.report.page.error_gallery import pictures
from steelyard.tasks.report.page.map_view import map_view
from steelyard.tasks.report.page.own_files import TEMPLATES, own_file
from steelyard.tasks.report.page.sweep_view import View
from steelyard.tasks.report.page.threshold_slider import slider
from steelyard.tasks.report.page.two_sweeps import Joined


def render(dossiers: Sequence[Dossier]) -> str:
    """The page of one sweep, or of two, an earlier and a later, which it compares.

    Raises:
        BadInput: one looks for a class, and in the other every class counts.
    """
    if len(dossiers) == 1:
        return _page([View(dossiers[0])], None)
    earlier, later = dossiers
    if earlier.every_class != later.every_class:
        raise BadInput(
            "sweep and other must be of one kind to be compared, got one that looks for a class and one in which every "
            "class counts; give each alone"
        )
    joined = Joined(View(earlier, "earlier-", "earlier"), View(later, "later-", "later"))
    return _page([joined.later, joined.earlier], joined)


def render_since(joined: Joined) -> str:
    """The page of one sweep that opens with what changed since an earlier one."""
    return _page([joined.later], joined)


def _page(views: Sequence[View], joined: Joined | None) -> str:
    return environment().get_template("page.html.jinja").render(
        title=f"{views[0].dossier.about.subject.title} · Steelyard",
        sweeps=views,
        joined=joined,
        version=version("steelyard"),
        style=own_file("style.css"),
        script=own_file("page.js") + own_file("pictures.js"),
    )  # fmt: skip


def compile_templates() -> None:
    """Compile all of them, so that no page of this process has to."""
    made = environment()
    for name in made.list_templates(extensions=["jinja"]):
        made.get_template(name)


@cache
def environment() -> Environment:
    """The templates of all pages, which escape whatever they are given; each is compiled once in a process."""
    made = Environment(
        loader=PackageLoader("steelyard.tasks.report.page", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "caption_of_pictures": report_captions.wrong_images,
        "caption_of_plane": report_captions.point,
        "caption_of_seen": report_captions.seen,
        "chance": phrases.chance,
        "constraint": phrases.constraint,
        "did": phrases.shape,
        "fixed": _fixed,
        "image_map": map_view,
        "is_shown": lambda difference: difference.p_holm <= LEVEL,
        "metric": phrases.name,
        "name": phrases.called,
        "network": network,
        "percent": lambda share: f"{100 * share:.3g} %",
        "pictures": pictures,
        "sentence": lambda words: f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?')) else '.'}",
        "signed": _signed,
        "slider": slider,
        "strip": strip,
        "thousands": lambda number: f"{number:,}",
        "typeset": typeset,
    }
    return made


def strip(found: Estimate, low: float, high: float) -> dict[str, str]:
    """Where an interval, its value and 0 lie between the two ends of a scale, in percent from the left."""
    places = {"low": found.low, "high": found.high, "value": found.value, "zero": 0.0}
    return {name: f"{100 * min(1.0, max(0.0, (at - low) / ((high - low) or 1))):.1f}%" for name, at in places.items()}


def typeset(words: str) -> str:
    """With the signs of what is at least and at most, and no line between a number and its per cent."""
    # Behind a number only: a name from outside stays as it is.
    return re.sub(r"(?<=\d) %", "\u00a0%", words.replace(">=", "≥").replace("<=", "≤"))


def _fixed(number: float, digits: int = 2) -> str:
    """With so many decimals; no sign where nothing but zeros is left."""
    rounded = f"{number:,.{digits}f}"
    return rounded if rounded.strip("-0.") else rounded.removeprefix("-")


def _signed(number: float) -> str:
    """``+0.012``; no sign where nothing but zeros is left."""
    rounded = f"{number:+.3f}"
    return rounded if float(rounded) else rounded[1:]
