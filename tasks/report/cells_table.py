"""All of a comparison in the terminal, at 80 columns."""

from collections import Counter
from collections.abc import Iterable

from rich.console import Console
from rich.table import Table
from rich.text import Text

from steelyard.models.comparison.comparison import Comparison, Row
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.registry import DEPENDENT, EVERY_CLASS, METRICS, ONE_CLASS
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.tasks.report import rows, verdict_table

PLACES = (("argmax", "test"), ("operating", "operating/test"))


def show(found: Comparison, console: Console) -> None:
    """Print the cells, the failures and the verdict."""
    console.print((_of_classes if found.every_class else _of_one_class)(found))
    for line in flagged(found):
        console.print(Text(line, style="yellow"))
    for trial in found.failed:
        console.print(Text(f"failed: {trial.cell}{trial.apart}: {trial.reason}", style="bold red"))
    if found.verdict:
        verdict_table.show(found.verdict, console)


def flagged(found: Comparison) -> list[str]:
    """A line per cell and per what is wrong with it: in how many seeds."""
    lines = []
    for cell in found.cells:
        own = [trial for trial in found.trials if trial.flags and _is_of(trial, cell)]
        finished = sum(_is_of(trial, cell) and trial.status == "FINISHED" for trial in found.trials)
        for flags, number in Counter("; ".join(trial.flags) for trial in own).items():
            of = f"{finished} trials" if found.pooled else f"{cell['n']} seeds"
            seeds = f", {number} of {of}" if found.pooled or cell.get("seeded", 1) else ""
            lines.append(f"flagged: {cell['cell']}{seeds}: {flags}")
    return lines


def _is_of(trial: Outcome, cell: Row) -> bool:
    return (trial.cell, trial.weight_positive) == (cell["cell"], cell["weight_positive"])


def _of_one_class(found: Comparison) -> Table:
    """Three lines per cell: metrics of the class to find at argmax, at the operating point, and its intervals."""
    prevalence = Objective.parse(found.objective).prevalence
    metrics = [key if prevalence is None or key not in DEPENDENT else f"{key}_at_prevalence" for key in ONE_CLASS]
    over = "mean ±deviation over seeds,\n" if any(cell.get("seeded", 1) for cell in found.cells) else ""
    title = f"recommended cell, then as val ranks\non test, {over}95 % at the operating point"
    at = "" if prevalence is None else f"; precision at prevalence {prevalence:g}"
    table = _empty(f"{found.objective}\n{title}{at}", ["at", *_titles(ONE_CLASS)])
    for cell in found.cells:
        for line, (name, place) in enumerate(PLACES):
            head = (_name(cell), rows.mean(cell, "operating/rank")) if line == 0 else (rows.note(cell), "")
            table.add_row(*head, name, *(rows.mean(cell, f"{place}/{metric}") for metric in metrics))
        bounds = [_kept(cell, f"operating/test/{metric}") for metric in metrics]
        table.add_row("", "", "95 %", *bounds, end_section=True)
    return table


def _of_classes(found: Comparison) -> Table:
    """A row per cell: macro metrics on test at the operating point, with their intervals."""
    title = (
        "recommended cell, then as val ranks\n"
        "on test, macro over classes, mean ±deviation over\nseeds, 95 % at the operating point"
    )
    table = _empty(f"{found.objective}\n{title}", _titles(EVERY_CLASS))
    judged = {cell.cell: cell.point for cell in (found.verdict.cells if found.verdict else ())}
    for cell in found.cells:
        point = judged.get(str(cell["cell"]), {})
        both = [f"{rows.mean(cell, f'operating/test/{of}')}\n{_interval(point.get(of))}" for of in EVERY_CLASS]
        head = Text("\n").join(text for text in (_name(cell), rows.note(cell)) if text)
        table.add_row(head, f"{rows.mean(cell, 'operating/rank')}\n95 %", *both, end_section=True)
    return table


def _titles(metrics: Iterable[str]) -> list[str]:
    return [METRICS[key].short or METRICS[key].label for key in metrics]


def _empty(title: str, columns: list[str]) -> Table:
    table = rows.table(title, "cell")
    for column in ("rank", *columns):
        table.add_column(column, justify="left" if column == "at" else "right", no_wrap=True)
    return table


def _name(cell: Row) -> Text:
    return rows.name(str(cell["cell"]), str(cell.get("recipe", "")))


def _kept(cell: Row, metric: str) -> str:
    low, high = (cell.get(f"{metric}/{end}") for end in ("low", "high"))
    return "-" if low is None or high is None else f"{low:.2f}–{high:.2f}"


def _interval(found: Estimate | None) -> str:
    return f"{found.low:.2f}–{found.high:.2f}" if found else "-"
