"""The cells of a sweep, a line each, as a table that fits the width of a terminal."""

from rich.table import Table
from rich.text import Text

from steelyard.models.words.cells_in_brief import BESIDE, Brief

GAPS = (2, 1)
"""Columns of a terminal between two of the table: the first that leaves names whole."""

LEAST = 12
"""Columns that names of cells have before a column of figures is left out."""


def table(brief: Brief, width: int, rows: int) -> Table:
    """The first rows; long names of cells are cut, and a narrow terminal gets less."""
    brief = _narrowed(brief, width)
    named = max(len(row[0]) for row in brief.rows)
    gap = next((gap for gap in GAPS if _room(brief, width, gap) >= named), GAPS[-1])
    room = max(1, _room(brief, width, gap))
    found = Table(box=None, padding=(0, gap, 0, 0), pad_edge=False, header_style="bold")
    for head in brief.heads:
        side = "left" if head in (brief.heads[0], BESIDE) else "right"
        found.add_column(Text(head), justify=side, no_wrap=True, vertical="bottom")  # type: ignore[arg-type]
    for place, (name, *figures) in enumerate(brief.rows[:rows]):
        found.add_row(*map(Text, (_short(name, room), *figures)), style="bold" if place == 0 else "")
    return found


def _narrowed(brief: Brief, width: int) -> Brief:
    """Without the columns that names of cells leave no room for."""
    least = min(LEAST, max(len(row[0]) for row in brief.rows))
    for head in brief.spare:
        if _room(brief, width, GAPS[-1]) < least:
            keep = [place for place, of in enumerate(brief.heads) if of != head]
            heads, *rows = (tuple(row[place] for place in keep) for row in (brief.heads, *brief.rows))
            brief = brief.model_copy(update={"heads": heads, "rows": tuple(rows)})
    return brief


def _room(brief: Brief, width: int, gap: int) -> int:
    """Columns of a terminal that are left for the names of cells."""
    figures = zip(*(row[1:] for row in (brief.heads, *brief.rows)), strict=True)
    return width - sum(gap + max(len(line) for told in column for line in told.split("\n")) for column in figures)


def _short(name: str, most: int) -> str:
    """Without its middle: what tells a cell from its neighbours stands at either end."""
    head = most // 2
    return name if len(name) <= most else f"{name[:head]}…{name[len(name) - (most - head - 1) :]}"
