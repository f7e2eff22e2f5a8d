"""The cells of a sweep, a line each, as a table that fits the width of a terminal."""

from rich.table import Table
from rich.text import Text

from steelyard.models.words.cells_in_brief import BESIDE, Brief

GAP, LEAST = 2, 12
"""Columns of a terminal between two of the table, and those that names have before a column of figures goes."""


def table(brief: Brief, width: int, rows: int, least: int = LEAST) -> Table:
    """The first rows; names of cells longer than ``least`` may be cut, and a narrow terminal gets less."""
    named = max(len(row[0]) for row in brief.rows)
    for head in brief.spare:
        if _room(brief, width) < min(least, named):
            keep = [place for place, of in enumerate(brief.heads) if of != head]
            heads, *kept = (tuple(row[place] for place in keep) for row in (brief.heads, *brief.rows))
            brief = brief.model_copy(update={"heads": heads, "rows": tuple(kept)})
    room = max(1, _room(brief, width))
    found = Table(box=None, padding=(0, GAP, 0, 0), pad_edge=False, header_style="bold")
    for head in brief.heads:
        side = "left" if head in (brief.heads[0], BESIDE) else "right"
        found.add_column(Text(head), justify=side, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for place, (name, *figures) in enumerate(brief.rows[:rows]):
        # What tells a cell from its neighbours stands at either end of its name.
        short = name if len(name) <= room else f"{name[: room // 2]}…{name[len(name) - (room - room // 2 - 1) :]}"
        found.add_row(*map(Text, (short, *figures)), style="bold" if place == 0 else "")
    return found


def _room(brief: Brief, width: int) -> int:
    """Columns of a terminal that are left for the names of cells."""
    figures = zip(*(row[1:] for row in (brief.heads, *brief.rows)), strict=True)
    return width - sum(GAP + max(len(line) for told in column for line in told.split("\n")) for column in figures)
