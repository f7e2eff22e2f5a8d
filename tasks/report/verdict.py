"""The verdict in the terminal: cell by cell, the scores as probabilities, and last the answer."""

from collections.abc import Sequence

import numpy as np
from rich import box
from rich.console import Console
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from models.calibration import Reliability, sentence
from models.verdict.verdict import CellVerdict, Verdict

LONGEST = 20
"""Cells that are told in the terminal; all of them are in ``verdict.json``."""

COLOURS = {"FEASIBLE": "green", "INFEASIBLE": "red", "UNDECIDED": "yellow", "lifted": "green", "lowered": "red"}


def show(verdict: Verdict, console: Console) -> None:
    """Print what each cell showed, how far its scores can be believed, and what the sweep showed.

    Args:
        verdict: with its words.
        console: standard output.
    """
    if verdict.optimistic:
        console.print(Text(verdict.words[0], style="bold yellow"), end="\n\n")
    for cell in verdict.cells[:LONGEST]:
        if cell.words:
            console.print(Text(cell.cell, style="bold"))
        for words in cell.words:
            console.print(Padding(_coloured(words), (0, 0, 0, 2)))
    if len(verdict.cells) > LONGEST:
        console.print(f"{len(verdict.cells) - LONGEST} more: verdict.json of the sweep's run")
    console.print()
    console.print(_probabilities(verdict))
    for cell in verdict.cells[:LONGEST]:
        if cell.calibration[0].misfit:
            console.print(Text(f"{sentence(cell.cell, cell.calibration)}.", style="yellow"), end="\n\n")
    for words in verdict.words[int(verdict.optimistic) :]:
        console.print(_coloured(words), end="\n\n")


def _coloured(words: str) -> Text:
    text = Text(words)
    for word, colour in COLOURS.items():
        text.highlight_regex(rf"(?i:\b{word} the curve)|\b{word}\b(?=:)", style=colour)
    return text


def _probabilities(verdict: Verdict) -> Table:
    prevalence = verdict.cells[0].calibration[0].prevalence
    table = Table(
        title=f"scores as probabilities, on test as if {100 * prevalence:.3g} % were positive:\n"
        "as they come, then corrected for the prior of the loss; mean ±deviation",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("cell", overflow="fold")
    for title in ("Brier", "corrected", "calibration error", "corrected"):
        table.add_column(title, justify="right", min_width=12)
    for cell in verdict.cells[:LONGEST]:
        table.add_row(Text(cell.cell, style="bold"), *_figures(cell, "brier"), *_figures(cell, "calibration_error"))
    return table


def _figures(cell: CellVerdict, field: str) -> tuple[str, str]:
    before, after = [each.before for each in cell.calibration], [each.after for each in cell.calibration if each.after]
    return _mean(before, field), _mean(after, field) if len(after) == len(before) else "-"


def _mean(of: Sequence[Reliability], field: str) -> str:
    values = [getattr(each, field) for each in of]
    return f"{np.mean(values):.3f} ±{np.std(values, ddof=1):.3f}" if len(values) > 1 else f"{values[0]:.3f}"
