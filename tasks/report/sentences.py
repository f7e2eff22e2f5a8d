"""What a verdict says, sentence by sentence, in the terminal."""

from collections.abc import Sequence
from typing import Protocol

from rich.console import Console
from rich.padding import Padding
from rich.text import Text

LONGEST = 20
"""Cells that are told in the terminal; all of them are in ``verdict.json``."""

COLOURS = {"FEASIBLE": "green", "INFEASIBLE": "red", "UNDECIDED": "yellow", "lifted": "green", "lowered": "red"}


class Told(Protocol):
    """A cell of a verdict, whatever its classes."""

    @property
    def cell(self) -> str:
        """Its name."""

    @property
    def words(self) -> tuple[str, ...]:
        """What is to be said of it."""


def of_cells(cells: Sequence[Told], console: Console) -> None:
    """Print what each of the first cells showed, below its name, and how many more there are."""
    for cell in cells[:LONGEST]:
        if cell.words:
            console.print(Text(cell.cell, style="bold"))
        for words in cell.words:
            console.print(Padding(_coloured(words), (0, 0, 0, 2)))
    if len(cells) > LONGEST:
        console.print(f"{len(cells) - LONGEST} more: verdict.json of the sweep's run")
    console.print()


def of_sweep(words: Sequence[str], optimistic: bool, console: Console) -> None:
    """Print what a sweep showed, without the warning that opens it where test also chose."""
    for said in words[int(optimistic) :]:
        console.print(_coloured(said), end="\n\n")


def warn(words: Sequence[str], optimistic: bool, console: Console) -> None:
    """Print the warning that test also chose, where it did, before anything else is told."""
    if optimistic:
        console.print(Text(words[0], style="bold yellow"), end="\n\n")


def _coloured(words: str) -> Text:
    text = Text(words)
    for word, colour in COLOURS.items():
        text.highlight_regex(rf"(?i:\b{word} the curve)|\b{word}\b(?=:)", style=colour)
    return text
