"""From dossiers to one HTML file that asks nothing of any network."""

from collections.abc import Sequence
from importlib.metadata import version

from jinja2 import BytecodeCache, Environment, PackageLoader, StrictUndefined
from jinja2.bccache import Bucket

from steelyard.models.errors import BadInput
from steelyard.models.report.cells_shown import side_by_side
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.error_counts import Confusion, pairs, thousands
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.words import report_captions, report_pictures
from steelyard.models.words.phrases import called, constraint, lasting, shape
from steelyard.models.words.report_network import network
from steelyard.tasks.report.dossier_files import SALIENCY
from steelyard.tasks.report.figures import thousand_images
from steelyard.tasks.report.figures.figure import signed
from steelyard.tasks.report.figures.registry import Figures
from steelyard.tasks.report.page import tables
from steelyard.tasks.report.page.error_gallery import pictures
from steelyard.tasks.report.page.map_view import map_view
from steelyard.tasks.report.page.own_files import TEMPLATES, own_file
from steelyard.tasks.report.page.sweep_view import View
from steelyard.tasks.report.page.threshold_slider import slider
from steelyard.tasks.report.page.two_sweeps import Joined
from steelyard.tasks.report.page.typeset import Explaining, typeset


def draw_ahead(dossier: Dossier) -> Figures:
    """The figures of a sweep that has a page of its own, which need no pictures of its images."""
    figures = View(dossier).figures
    for figure in (of for of_place in figures.values() for of in of_place):
        for plot, key in zip(figure.plots, figure.keys(""), strict=True):
            plot.drawn(key)
    return figures


def render(dossiers: Sequence[Dossier], figures: Figures | None = None) -> str:
    """The page of one sweep, or of two, an earlier and a later, which it compares.

    Args:
        dossiers: of these.
        figures: of one sweep alone, where they are drawn already.

    Raises:
        BadInput: one looks for a class, and in the other every class counts.
    """
    if len(dossiers) == 1:
        return _page([View(dossiers[0], ahead=figures)], None)
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
        title=views[0].dossier.about.subject.title,
        sweeps=views,
        joined=joined,
        version=version("steelyard"),
        style=own_file("style.css") + own_file("pictures.css"),
        script=own_file("page.js") + own_file("topics.js") + own_file("tables.js") + own_file("pictures.js"),
    )  # fmt: skip


class _Compiled(BytecodeCache):
    """Templates that were compiled before in this process, which takes a third of a page's time."""

    def __init__(self) -> None:
        self.codes: dict[str, bytes] = {}

    def load_bytecode(self, bucket: Bucket) -> None:
        if bucket.key in self.codes:
            bucket.bytecode_from_string(self.codes[bucket.key])

    def dump_bytecode(self, bucket: Bucket) -> None:
        self.codes[bucket.key] = bucket.bytecode_to_string()


_COMPILED = _Compiled()


def compile_templates() -> None:
    """Compile all of them, so that no page of this process has to."""
    made = environment()
    for name in made.list_templates(extensions=["jinja"]):
        made.get_template(name)


def environment() -> Environment:
    """The templates of one page, which escape whatever they are given."""
    explaining = Explaining()
    made = Environment(
        loader=PackageLoader("steelyard.tasks.report.page", TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        bytecode_cache=_COMPILED,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "confusion": Confusion.of,
        "constraint": constraint,
        "counts_per_thousand": thousands,
        "did": shape,
        "explained": explaining.explained,
        "fixed": _fixed,
        "caption_of_pictures": report_captions.wrong_images,
        "caption_of_seen": report_pictures.seen,
        "image_map": map_view,
        "is_shown": lambda difference: difference.p_holm <= LEVEL,
        "lasting": lasting,
        "metrics_of_networks": tables.of_networks,
        "name": called,
        "network": network,
        "pairs": pairs,
        "pictures": pictures,
        "seen": lambda dossier: any(dossier.gallery.get(SALIENCY, ())),
        "side_by_side": lambda dossier: side_by_side(dossier.cells, dossier.baseline),
        "signed": signed,
        "slider": slider,
        "thousand_images": thousand_images.plots,
        "typeset": typeset,
        "tenths": lambda share: f"{100 * share:.1f} %",
        "percent": lambda share: f"{100 * share:.3g} %",
        "sentence": lambda words: f"{words[:1].upper()}{words[1:]}{'' if words.endswith(('.', '?')) else '.'}",
        "short": lambda number: f"{number:.3g}",
        "thousands": lambda number: f"{number:,}",
        "between": lambda found: f"{100 * found.low:.1f} to {100 * found.high:.1f} %",
        "unbroken": lambda words: words.replace(" %", "\u00a0%"),
        "places": lambda found: 0 if found.value >= 10 else 1 if found.value >= 1 else 2,
    }
    made.globals |= {"begin": explaining.begin, "all_terms": explaining.all}
    return made


def _fixed(number: float, digits: int) -> str:
    """With so many decimals; no sign where nothing but zeros is left."""
    rounded = f"{number:,.{digits}f}"
    return rounded if rounded.strip("-0.") else rounded.removeprefix("-")
