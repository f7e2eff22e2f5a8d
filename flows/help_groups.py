"""How help shows options: in the groups of a sweep's fields, and with the default of each."""

from cyclopts.help import DefaultFormatter, HelpEntry, HelpPanel
from rich.console import Console, ConsoleOptions

from steelyard.models.spec.groups import GROUPS, ordered, title_of

UNGROUPED = "Parameters"
"""Title of the panel of options that have no group of their own."""

SAID = " Default: "
"""What comes before a default that is told in words, at the end of a description."""


class Grouped(DefaultFormatter):
    """Shows a panel for each group of options."""

    def __call__(self, console: Console, options: ConsoleOptions, panel: HelpPanel) -> None:
        """Show a panel, or the panels that it is divided into."""
        if panel.format != "parameter":
            super().__call__(console, options, panel)
            return
        for part in _parts(panel.copy(entries=[_with_default(entry) for entry in panel.entries])):
            super().__call__(console, options, part)


def _parts(panel: HelpPanel) -> list[HelpPanel]:
    """The panel, or one for each group of a sweep's fields where it has some."""
    fields = {_field(entry): entry for entry in panel.entries}
    titles = [title for title in GROUPS if any(title_of(name) == title for name in fields)]
    if panel.title != UNGROUPED or len(titles) == 1:
        return [panel]
    names = {title: [name for name in ordered(list(fields)) if title_of(name) == title] for title in titles}
    return [panel.copy(title=title, entries=[fields[name] for name in names[title]]) for title in titles]


def _field(entry: HelpEntry) -> str:
    return entry.display_labels[0].removeprefix("--").replace("-", "_")


def shown(value: object) -> str | None:
    """A default as help shows it; None for one that the description tells in words."""
    if value is None or value == "":
        return None
    return "off" if value is False else str(value)


def _with_default(entry: HelpEntry) -> HelpEntry:
    """The same with its default where help shows defaults, also where the description tells it in words."""
    text = str(getattr(entry.description, "primary_renderable", entry.description))
    said, _, default = text.rpartition(SAID)
    return entry.copy(description=said, default=default.removesuffix(".")) if said else entry
