"""The comparison in the terminal where every class counts, at 80 columns."""

from collections.abc import Sequence

from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.classes.verdict import ClassCell, ClassesVerdict
from models.comparison import Comparison, Row
from models.names import cut, printable
from models.verdict.verdict import Estimate

METRICS = {"balanced acc.": "balanced_accuracy", "precision": "precision", "F1": "f1", "accuracy": "accuracy"}

LONGEST = 20
"""Cells that are told, and classes that are listed; all of them are in ``verdict.json``."""

COLUMNS = 4
"""Cells whose recall of each class is shown side by side."""

COLOURS = {"FEASIBLE": "green", "INFEASIBLE": "red", "UNDECIDED": "yellow"}


def cells(found: Comparison) -> Table:
    """A row per cell and place: macro metrics on test, with the interval at the operating point."""
    table = Table(
        title=f"{found.objective}\ncells ranked on val; on test, macro over classes, mean ±deviation over\n"
        "seeds, 95 % at the operating point",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("cell", overflow="fold")
    table.add_column("rank", justify="right", no_wrap=True)
    for title in METRICS:
        table.add_column(title, justify="right", no_wrap=True)
    for cell in found.cells:
        name = Text(str(cell["cell"]), style="bold")
        table.add_row(
            name, _mean(cell, "operating/rank"), *(_mean(cell, f"operating/test/{of}") for of in METRICS.values())
        )
        table.add_row(_note(cell), "95 %", *_intervals(found, cell), end_section=True)
    return table


def show(verdict: ClassesVerdict, console: Console) -> None:
    """Print the recall of each class, what each cell showed, and what the sweep showed.

    Args:
        verdict: with its words.
        console: standard output.
    """
    console.print(_classes(verdict))
    for cell in verdict.cells[:LONGEST]:
        if cell.words:
            console.print(Text(cell.cell, style="bold"))
        for words in cell.words:
            console.print(Padding(_coloured(words), (0, 0, 0, 2)))
    if len(verdict.cells) > LONGEST:
        console.print(f"{len(verdict.cells) - LONGEST} more: verdict.json of the sweep's run")
    console.print()
    for words in verdict.words:
        console.print(_coloured(words), end="\n\n")


def _classes(verdict: ClassesVerdict) -> Table:
    """Recall of each class in the first cells, the class with the fewest images of train last."""
    shown = verdict.cells[:COLUMNS]
    table = Table(
        title="recall of each class on test, most images in train first; mean over seeds",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("class", overflow="fold")
    for title in ("train", "test"):
        table.add_column(title, justify="right")
    for head in _short([cell.cell for cell in shown]):
        table.add_column(Text(head), justify="right")
    for place in _listed(verdict.train):
        if place is None:
            table.add_row(f"({len(verdict.classes) - LONGEST} more)")
            continue
        name = Text(cut(printable(verdict.classes[place]), 24))
        recalls = (_recall(cell, place) for cell in shown)
        table.add_row(name, f"{verdict.train[place]:,}", f"{verdict.sizes[place]:,}", *recalls)
    return table


def _short(cells: Sequence[str]) -> list[str]:
    """Names of handlings without their options, where these tell no two apart."""
    heads = [cell.partition(":")[0] for cell in cells]
    return [cut(name, 15) for name in (heads if len(set(heads)) == len(heads) else cells)]


def _listed(train: Sequence[int]) -> list[int | None]:
    """Places of the classes by images in train, the middle of many left out."""
    order: list[int | None] = [*sorted(range(len(train)), key=lambda place: -train[place])]
    half = LONGEST // 2
    return order if len(order) <= LONGEST else [*order[:half], None, *order[-half:]]


def _recall(cell: ClassCell, place: int) -> str:
    found = cell.classes[place]
    return f"{found.recall.value:.2f}" if found.images else "-"


def _intervals(found: Comparison, cell: Row) -> list[str]:
    judged = next((of.point for of in found.classes.cells if of.cell == cell["cell"]), {}) if found.classes else {}
    return [_interval(judged.get(name)) for name in METRICS.values()]


def _interval(found: Estimate | None) -> str:
    return f"{found.low:.2f}–{found.high:.2f}" if found else "-"


def _note(cell: Row) -> Text:
    notes = ["baseline"] if cell["baseline"] else []
    notes += [f"{cell['failed']} failed"] if cell["failed"] else []
    notes += [f"{cell['flagged']} flagged"] if cell["flagged"] else []
    missed = int(cell["n"] or 0) - int(cell["feasible"] or 0)
    notes += [f"{missed} of {cell['n']} miss it"] if missed else []
    return Text(", ".join(notes), style="italic")


def _mean(cell: Row, metric: str) -> str:
    mean, deviation = cell.get(f"{metric}/mean"), cell.get(f"{metric}/deviation")
    if mean is None:
        return "-"
    return f"{mean:.2f}" if deviation is None else f"{mean:.2f} ±{deviation:.2f}"


def _coloured(words: str) -> Text:
    text = Text(words)
    for word, colour in COLOURS.items():
        text.highlight_regex(rf"\b{word}\b(?=:)", style=colour)
    return text
