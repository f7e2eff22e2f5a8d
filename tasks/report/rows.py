"""Names and numbers of a cell, as the tables in the terminal show them."""

from rich import box
from rich.table import Table
from rich.text import Text

from steelyard.models.comparison.comparison import Row
from steelyard.models.comparison.outcome import BEHIND

NARROW = 15
"""Characters that a column of names has beside four of numbers, at 80 columns."""


def table(title: str, first: str) -> Table:
    """An empty table whose first column is as wide as it must be; its title is broken by hand and no mark-up."""
    found = Table(title=Text(title), box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    found.add_column(first, overflow="fold")
    return found


def name(cell: str, recipe: str) -> Text:
    """The cell's name, as the head of its row, below that of its recipe; a long one has its options below it."""
    label = cell.removeprefix(f"{recipe}{BEHIND}")
    told = label if len(label) <= NARROW else label.replace(":", "\n  ")
    return Text(f"{recipe}\n" * (label != cell) + told, style="bold")


def note(cell: Row) -> Text:
    """What stands below a cell's name: the baseline, how many failed, were flagged, or miss the constraint."""
    notes = ["baseline"] if cell["baseline"] else []
    notes += [f"{cell['failed']} failed"] if cell["failed"] else []
    notes += [f"{cell['flagged']} flagged"] if cell["flagged"] else []
    missed = int(cell["n"] or 0) - int(cell["feasible"] or 0)
    notes += ([f"{missed} of {cell['n']} miss it"] if cell.get("seeded", 1) else ["misses it"]) if missed else []
    return Text(", ".join(notes), style="italic")


def mean(cell: Row, metric: str) -> str:
    """``0.43 ±0.02`` over seeds; without a deviation where there is one seed, "-" where there is none."""
    value, deviation = cell.get(f"{metric}/mean"), cell.get(f"{metric}/deviation")
    if value is None:
        return "-"
    shown = f"{value:.2f}".replace("-0.00", "0.00")
    return shown if deviation is None else f"{shown} ±{deviation:.2f}"
