"""The verdict in the terminal: cell by cell, the classes or the scores as probabilities, and last the answer."""

from collections.abc import Sequence

import numpy as np
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from steelyard.models.calibration.reliability import Reliability
from steelyard.models.names import cut, printable
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_of_cell import corrected, helped
from steelyard.tasks.report import rows

LONGEST = 20
"""Cells that are told, and classes that are listed; all of them are in ``verdict.json``."""

COLUMNS = 4
"""Cells whose recall of each class is shown side by side."""

COLOURS = {"FEASIBLE": "green", "INFEASIBLE": "red", "UNDECIDED": "yellow", "lifted": "green", "lowered": "red"}


def show(verdict: Verdict, console: Console) -> None:
    """Print what each cell showed, how far its scores can be believed or each class's recall, and the answer."""
    if verdict.optimistic:
        console.print(Text(verdict.words[0], style="bold yellow"), end="\n\n")
    if verdict.every_class:
        console.print(_classes(verdict))
    _cells(verdict.cells, console)
    if not verdict.every_class:
        _calibration(verdict, console)
    for said in verdict.words[int(verdict.optimistic) :]:
        console.print(_coloured(said), end="\n\n")


def _cells(cells: Sequence[CellVerdict], console: Console) -> None:
    """What each of the first cells showed, below its name, and how many more there are."""
    for cell in cells[:LONGEST]:
        if cell.words:
            console.print(Text(cell.cell, style="bold"))
        for words in cell.words:
            console.print(Padding(_coloured(words), (0, 0, 0, 2)))
    if len(cells) > LONGEST:
        console.print(f"{len(cells) - LONGEST} more: verdict.json of the sweep's run")
    console.print()


def _coloured(words: str) -> Text:
    text = Text(words)
    for word, colour in COLOURS.items():
        text.highlight_regex(rf"(?i:\b{word} the curve)|\b{word}\b(?=:)", style=colour)
    return text


def _calibration(verdict: Verdict, console: Console) -> None:
    """The scores as probabilities, and where they cannot be corrected."""
    prevalence = verdict.cells[0].calibration[0].prevalence
    title = f"scores as probabilities, on test as if {100 * prevalence:.3g} % were positive:\n"
    table = rows.table(f"{title}as they come, then corrected for the prior of the loss; mean ±deviation", "cell")
    for title in ("Brier", "corrected", "calibration error", "corrected"):
        table.add_column(title, justify="right", min_width=12)
    for cell in verdict.cells[:LONGEST]:
        table.add_row(rows.name(cell.cell, cell.recipe), *_figures(cell, "brier"), *_figures(cell, "calibration_error"))
    console.print(table)
    for cell in verdict.cells[:LONGEST]:
        if cell.calibration[0].misfit or not helped(cell.calibration):
            console.print(Text(f"{corrected(cell.cell, cell.calibration, cell.seeded)}.", style="yellow"), end="\n\n")


def _figures(cell: CellVerdict, field: str) -> tuple[str, str]:
    before, after = [each.before for each in cell.calibration], [each.after for each in cell.calibration if each.after]
    return _mean(before, field), _mean(after, field) if len(after) == len(before) else "-"


def _mean(of: Sequence[Reliability], field: str) -> str:
    values = [getattr(each, field) for each in of]
    return f"{np.mean(values):.3f} ±{np.std(values, ddof=1):.3f}" if len(values) > 1 else f"{values[0]:.3f}"


def _classes(verdict: Verdict) -> Table:
    """Recall of each class in the first cells, the class with the fewest images of train last."""
    shown = verdict.cells[:COLUMNS]
    table = rows.table("recall of each class on test, most images in train first; mean over seeds", "class")
    for head in ("train", "test", *_short(shown)):
        table.add_column(Text(head), justify="right")
    for place in _listed(verdict.train):
        if place is None:
            table.add_row(f"({len(verdict.classes) - LONGEST} more)")
            continue
        name = Text(cut(printable(verdict.classes[place]), 24))
        own = [cell.classes[place] for cell in shown]
        recalls = (f"{of.recall.value:.2f}" if of.images else "-" for of in own)
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
