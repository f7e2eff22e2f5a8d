"""The comparison in the terminal where every class counts, at 80 columns."""

from collections.abc import Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text

from steelyard.models.comparison import Comparison, Row
from steelyard.models.names import cut, printable
from steelyard.models.verdict.verdict import CellVerdict, Estimate, Verdict
from steelyard.tasks.report import rows, sentences

METRICS = {"balanced acc.": "balanced_accuracy", "precision": "precision", "F1": "f1", "accuracy": "accuracy"}

LONGEST = 20
"""Classes that are listed; all of them are in ``verdict.json``."""

COLUMNS = 4
"""Cells whose recall of each class is shown side by side."""


def cells(found: Comparison) -> Table:
    """A row per cell: macro metrics on test at the operating point, with their intervals."""
    title = "cells ranked on val; on test, macro over classes, mean ±deviation over\nseeds, 95 % at the operating point"
    table = rows.table(f"{found.objective}\n{title}", "cell")
    table.add_column("rank", justify="right", no_wrap=True)
    for title in METRICS:
        table.add_column(title, justify="right", no_wrap=True)
    for cell in found.cells:
        means = [rows.mean(cell, f"operating/test/{of}") for of in METRICS.values()]
        both = [f"{mean}\n{interval}" for mean, interval in zip(means, _intervals(found, cell), strict=True)]
        head = Text("\n").join(
            text for text in (rows.name(str(cell["cell"]), str(cell.get("recipe", ""))), rows.note(cell)) if text
        )
        table.add_row(head, f"{rows.mean(cell, 'operating/rank')}\n95 %", *both, end_section=True)
    return table


def show(verdict: Verdict, console: Console) -> None:
    """Print the recall of each class, what each cell showed, and what the sweep showed.

    Args:
        verdict: with its words.
        console: standard output.
    """
    sentences.warn(verdict.words, verdict.optimistic, console)
    console.print(_classes(verdict))
    sentences.of_cells(verdict.cells, console)
    sentences.of_sweep(verdict.words, verdict.optimistic, console)


def _classes(verdict: Verdict) -> Table:
    """Recall of each class in the first cells, the class with the fewest images of train last."""
    shown = verdict.cells[:COLUMNS]
    table = rows.table("recall of each class on test, most images in train first; mean over seeds", "class")
    for title in ("train", "test"):
        table.add_column(title, justify="right")
    for head in _short(shown):
        table.add_column(Text(head), justify="right")
    for place in _listed(verdict.train):
        if place is None:
            table.add_row(f"({len(verdict.classes) - LONGEST} more)")
            continue
        name = Text(cut(printable(verdict.classes[place]), 24))
        recalls = (_recall(cell, place) for cell in shown)
        table.add_row(name, f"{verdict.train[place]:,}", f"{verdict.sizes[place]:,}", *recalls)
    return table


def _short(cells: Sequence[CellVerdict]) -> list[str]:
    """Names of handlings, below their recipe's where there are several; without options that tell no two apart."""
    names = [cell.label.partition(":")[0] for cell in cells]
    if len({(cell.recipe, name) for cell, name in zip(cells, names, strict=True)}) < len(cells):
        names = [cell.label for cell in cells]
    return [
        f"{cell.recipe}\n" * (cell.label != cell.cell) + cut(name, 15) for cell, name in zip(cells, names, strict=True)
    ]


def _listed(train: Sequence[int]) -> list[int | None]:
    """Places of the classes by images in train, the middle of many left out."""
    order: list[int | None] = [*sorted(range(len(train)), key=lambda place: -train[place])]
    half = LONGEST // 2
    return order if len(order) <= LONGEST else [*order[:half], None, *order[-half:]]


def _recall(cell: CellVerdict, place: int) -> str:
    found = cell.classes[place]
    return f"{found.recall.value:.2f}" if found.images else "-"


def _intervals(found: Comparison, cell: Row) -> list[str]:
    cells = found.verdict.cells if found.verdict else ()
    judged = next((of.point for of in cells if of.cell == cell["cell"]), {})
    return [_interval(judged.get(name)) for name in METRICS.values()]


def _interval(found: Estimate | None) -> str:
    return f"{found.low:.2f}–{found.high:.2f}" if found else "-"
