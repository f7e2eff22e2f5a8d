"""The comparison in the terminal, at 80 columns."""

from collections import Counter

from rich.console import Console
from rich.table import Table
from rich.text import Text

from steelyard.models.comparison import Comparison, Row
from steelyard.models.objective import Objective
from steelyard.models.outcome import Outcome
from steelyard.tasks.report import class_table, rows, verdict

METRICS = {"recall": "recall", "precision": "precision", "accuracy": "accuracy"}
AT_PREVALENCE = METRICS | {"precision": "precision_at_prevalence"}
"""Shown where the objective states a prevalence."""

PLACES = (("argmax", "test"), ("operating", "operating/test"))


def show(found: Comparison, console: Console, where: str) -> None:
    """Print the cells, the failures, the verdict, and where to look.

    Args:
        found: the comparison.
        console: standard output.
        where: the link, or the command that serves it.
    """
    console.print(class_table.cells(found) if found.every_class else _table(found))
    for line in flagged(found):
        console.print(Text(line, style="yellow"))
    for trial in found.failed:
        console.print(Text(f"failed: {trial.cell}{trial.of_seed}: {trial.reason}", style="bold red"))
    if found.verdict:
        (class_table if found.verdict.every_class else verdict).show(found.verdict, console)
    else:
        console.print(Text("No trial finished."))
    console.print(Text(f"Compare the trials: {where}"), soft_wrap=True)


def flagged(found: Comparison) -> list[str]:
    """A line per cell and per what is wrong with it: in how many seeds."""
    lines = []
    for cell in found.cells:
        own = [trial for trial in found.trials if trial.flags and _is_of(trial, cell)]
        for flags, number in Counter("; ".join(trial.flags) for trial in own).items():
            seeds = f", {number} of {cell['n']} seeds" if cell.get("seeded", 1) else ""
            lines.append(f"flagged: {cell['cell']}{seeds}: {flags}")
    return lines


def _is_of(trial: Outcome, cell: Row) -> bool:
    return (trial.cell, trial.weight_positive) == (cell["cell"], cell["weight_positive"])


def _table(found: Comparison) -> Table:
    prevalence = Objective.parse(found.objective).prevalence
    metrics = METRICS if prevalence is None else AT_PREVALENCE
    over = "mean ±deviation over seeds,\n" if any(cell.get("seeded", 1) for cell in found.cells) else ""
    title = f"cells ranked on val; on test, {over}95 % at the operating point"
    at = "" if prevalence is None else f"; precision at prevalence {prevalence:g}"
    table = rows.table(f"{found.objective}\n{title}{at}", "cell")
    table.add_column("rank", justify="right", no_wrap=True)
    table.add_column("at", no_wrap=True)
    for metric in METRICS:
        table.add_column(metric, justify="right", no_wrap=True)
    for cell in found.cells:
        for line, (name, place) in enumerate(PLACES):
            first = (rows.name(str(cell["cell"]), str(cell.get("recipe", ""))), rows.mean(cell, "operating/rank"))
            head = first if line == 0 else (rows.note(cell), "")
            table.add_row(*head, name, *(rows.mean(cell, f"{place}/{metric}") for metric in metrics.values()))
        table.add_row("", "", "95 %", *(_interval(cell, metric) for metric in metrics.values()), end_section=True)
    return table


def _interval(cell: Row, metric: str) -> str:
    low, high = (cell.get(f"operating/test/{metric}/{end}") for end in ("low", "high"))
    return "-" if low is None or high is None else f"{low:.2f}–{high:.2f}"
