"""The styles and scripts of the pages, and what marks a page as ours."""

from importlib.resources import files

from markupsafe import Markup

TEMPLATES = "templates"
GENERATOR = '<meta name="generator" content="Steelyard">'


def own_file(name: str) -> Markup:
    """A style or a script of the page."""
    return Markup(files("steelyard.tasks.report.page").joinpath(TEMPLATES, name).read_text(encoding="utf-8"))  # noqa: S704
