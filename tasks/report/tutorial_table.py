"""The tutorial's claims beside what was measured, in the terminal, at 80 columns."""

from collections.abc import Iterable

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from steelyard.models.tutorial.chapters import BEYOND
from steelyard.models.tutorial.claims import Row, figure
from steelyard.models.tutorial.findings import Account
from steelyard.tasks.report.cells_table import flagged

COLOURS = {"confirmed": "green", "not confirmed": "red", "cannot tell": "yellow", "": ""}
SHOWN = {"recall": "recall", "precision": "precision", "accuracy": "accuracy", "train_accuracy": "on train"}


def show(account: Account, console: Console, where: str) -> None:
    """Print the claims, the 2 x 2 x 2, what failed, the sentences, and ``where`` to look: a link or a command."""
    console.print(_claims(account))
    console.print(_switches(account))
    for chapter, found in account.sweeps.items():
        for line in flagged(found):
            console.print(Text(f"{chapter}: {line}", style="yellow"))
        for trial in found.failed:
            console.print(Text(f"{chapter}: failed: {trial.cell}{trial.apart}: {trial.reason}", style="bold red"))
    console.print()
    for sentence in account.sentences:
        console.print(Text(f"{sentence}\n"))
    console.print(Text(f"All of it: {where}"), soft_wrap=True)


def _claims(account: Account) -> Table:
    measured = "on test at argmax, mean ±deviation over seeds; accuracy also on train"
    title = f"The tutorial's claims, and what was measured\n{measured}"
    table = _table(title, "run, claim, verdict", SHOWN.values())
    for row in account.claims:
        table.add_row(_head(row), *(row.figure(name) for name in SHOWN), end_section=True)
    return table


def _head(row: Row) -> Text:
    text = Text(row.run, style="bold")
    if row.says:
        text.append(f"\n{row.says}", style="not bold")
        text.append(f"\n{row.verdict}: {row.held} of {row.n} seeds", style=f"not bold {COLOURS[row.verdict]}")
    else:
        beyond = row.chapter in BEYOND
        whose = f"recipe {row.chapter}, not the tutorial's" if beyond else f"described, never run; {row.n} seeds"
        text.append(f"\n{whose}", style="not bold italic")
    return text


def _switches(account: Account) -> Table:
    title = "Softmax twice x frozen BatchNorm x weights\nrecall at argmax and ROC area on test"
    columns = ("no weights\nrecall", "\nROC area", "(0.15, 0.85)\nrecall", "\nROC area")
    table = _table(title, "", columns)
    cells = {(cell["softmax_twice"], cell["frozen_batchnorm"], cell["weighted"]): cell for cell in account.switches}
    for softmax, batchnorm in dict.fromkeys(key[:2] for key in cells):
        both = [cells.get((softmax, batchnorm, weighted), {}) for weighted in (False, True)]
        figures = [
            figure(cell.get(f"{name}/mean"), cell.get(f"{name}/deviation"))
            for cell in both
            for name in ("recall", "roc_auc")
        ]
        first, second = "softmax twice" if softmax else "logits", "frozen BatchNorm" if batchnorm else "BatchNorm right"
        table.add_row(f"{first},\n{second}", *figures)
    return table


def _table(title: str, first: str, columns: Iterable[str]) -> Table:
    table = Table(title=title, box=box.SIMPLE_HEAD, padding=(0, 1, 0, 0))
    table.add_column(first, ratio=1)
    for column in columns:
        table.add_column(column, justify="right", no_wrap=True)
    return table
