"""All of a comparison in the terminal, at 80 columns: the cells, what is wrong with some, and what each showed."""

from collections import Counter

from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.names import cut, printable
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.cells_in_brief import in_full
from steelyard.tasks.report import brief_table

LONGEST = 20
"""Cells that are told, and classes that are listed; all of them are in ``verdict.json``."""

COLUMNS, NAME = 4, 15
"""Cells whose recall of each class is shown side by side, and characters of their names."""

COLOURS = {"FEASIBLE": "green", "INFEASIBLE": "red", "UNDECIDED": "yellow", "Better": "green", "Worse": "red"}


def show(found: Comparison, console: Console) -> None:
    """Print the cells, the failures and the verdict."""
    if found.verdict:
        cells = in_full(found.verdict)
        console.print(Text(f"{found.objective}\n{cells.title}"))
        console.print(brief_table.table(cells, console.width, len(cells.rows), least=NAME))
    for line in flagged(found):
        console.print(Text(line, style="yellow"))
    for trial in found.failed:
        console.print(Text(f"failed: {trial.cell}{trial.apart}: {trial.reason}", style="bold red"))
    if found.verdict:
        _say(found.verdict, console)


def flagged(found: Comparison) -> list[str]:
    """A line per cell and per what is wrong with it: in how many trials."""
    trials, lines = Counter(trial.key for trial in found.trials if trial.status == "FINISHED"), []
    same = Counter((*trial.key, "; ".join(trial.flags)) for trial in found.trials if trial.flags)
    for (cell, weight, flags), number in same.items():
        of = f", {number} of {trials[cell, weight]} trials" if trials[cell, weight] > 1 else ""
        lines.append(f"flagged: {cell}{of}: {flags}")
    return lines


def _say(verdict: Verdict, console: Console) -> None:
    if verdict.every_class:
        console.print(_classes(verdict))
        console.print()
    for cell in verdict.cells[:LONGEST]:
        console.print(Text(cell.cell, style="bold"))
        for words in cell.words:
            console.print(Padding(_coloured(words), (0, 0, 0, 2)))
    if len(verdict.cells) > LONGEST:
        console.print(f"{len(verdict.cells) - LONGEST} more: verdict.json of the sweep's run")
    for said in verdict.words:
        console.print()
        console.print(_coloured(said))


def _coloured(words: str) -> Text:
    text = Text(words)
    for word, colour in COLOURS.items():
        text.highlight_regex(rf"^{word}\b", style=colour)
    return text


def _classes(verdict: Verdict) -> Table:
    """Recall of each class in the first cells, the class with the fewest images of train last."""
    cells = verdict.cells[:COLUMNS]
    table = Table("recall of", box=None, padding=(0, 1, 0, 0), pad_edge=False)
    for head in ("train", "test", *(cut(printable(cell.cell), NAME) for cell in cells)):
        table.add_column(Text(head), justify="right")
    order = sorted(range(len(verdict.train)), key=lambda place: -verdict.train[place])
    for number, place in enumerate(order):
        if len(order) <= LONGEST or not LONGEST // 2 <= number < len(order) - LONGEST // 2:
            recalls = (f"{of.recall.value:.2f}" if of.images else "-" for of in (cell.classes[place] for cell in cells))
            name = Text(cut(printable(verdict.classes[place]), NAME + 9))
            table.add_row(name, f"{verdict.train[place]:,}", f"{verdict.sizes[place]:,}", *recalls)
        elif number == LONGEST // 2:
            table.add_row(f"({len(order) - LONGEST} more)")
    return table
