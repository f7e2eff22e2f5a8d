"""The end of a sweep on one screen: the answer, a line per cell, what to do next and where to look."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from rich.console import Console
from rich.text import Text

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.names import brief, cut, printable
from steelyard.models.words.answer import COLUMNS, answer
from steelyard.models.words.cells_in_brief import Brief, in_brief
from steelyard.tasks.report import brief_table

LINES = 25
"""Of the end of a sweep, at most; a line less than the terminal's where that has fewer, for the prompt."""

BADGES = {"FEASIBLE": "bold green", "INFEASIBLE": "bold red", "UNDECIDED": "bold yellow"}

SHOW = "steelyard show"
AROUND = 4
"""Lines between the parts, and of the heads of columns."""

REASONS, LONGEST = 5, 220
"""Trials whose reason to fail is told where none finished, and characters of it."""


@dataclass(frozen=True)
class Where:
    """Where a sweep can be looked at.

    Attributes:
        sweep: run id, as commands need it; "" where they take it by themselves, as the newest.
        option: what commands need to find the store, with a space before it; "" where they find it by themselves.
        report: file or address of the report, as ``trials`` is of those in MLflow and ``flow_run`` in Prefect; "" for
            none.
        kept: whether MLflow's store was away, so that there is nothing to look at yet.
    """

    sweep: str = ""
    option: str = ""
    report: str = ""
    trials: str = ""
    flow_run: str = ""
    kept: bool = False


def show(found: Comparison, console: Console, where: Where) -> None:
    """Print all of it: at most ``LINES`` lines, at any number of cells."""
    head = list(say_answer(found))
    tail = [*_warnings(found, where), *map(Text, found.registered), *_next(found, where, console.width)]
    for line in head:
        console.print(line)
    if found.verdict:
        most = min(LINES, console.height - 1) if console.is_terminal else LINES
        _print_cells(in_brief(found.verdict), console, most, head + tail)
    for line in tail:
        console.print(line, soft_wrap=True)


def say_answer(found: Comparison) -> Iterator[Text]:
    """The answer, its badge coloured; why there is none where no trial finished."""
    said = answer(found)
    if said is None:
        yield Text("No cell finished in all of its folds." if found.pooled else "No trial finished.", style="bold red")
        failed = [trial for trial in found.failed if trial.reason]
        for trial in failed[:REASONS]:
            told = brief(printable(f"{trial.cell}{trial.apart}: {trial.reason}"), LONGEST)
            yield Text(f"failed: {told}", style="red")
        if len(failed) > REASONS:
            yield Text(f"and {len(failed) - REASONS} more")
        return
    badge = said.badge or ""
    yield Text.assemble((badge, BADGES.get(badge, "")), said.lines[0].removeprefix(badge))
    yield from map(Text, said.lines[1:])


def _print_cells(cells: Brief, console: Console, most: int, others: Sequence[Text]) -> None:
    """As many rows as fit beside the other lines."""
    about = map(Text, (cells.title, *cells.legend))
    heights = (max(1, -(-line.cell_len // console.width)) for line in (*others, *about))
    room = max(1, most - AROUND - sum(heights))
    shown = len(cells.rows) if len(cells.rows) <= room else max(1, room - 1)
    console.print()
    console.print(Text(cells.title, style="dim"))
    console.print(brief_table.table(cells, console.width, shown))
    if shown < len(cells.rows):
        console.print(Text(f"and {len(cells.rows) - shown:,} more: {SHOW}"))
    for line in cells.legend:
        console.print(Text(line, style="dim"))
    console.print()


def _warnings(found: Comparison, where: Where) -> Iterator[Text]:
    """A line for each kind of thing that everyone must see."""
    failed, flagged = found.failed, [trial for trial in found.trials if trial.flags]
    if failed and found.verdict:
        first, of = failed[0], f"{len(failed):,} of {len(found.trials):,} trials"
        yield _warned(f"{of} failed: {first.cell}{first.apart}: {first.reason}", "bold red")
    if flagged:
        own = [trial for trial in flagged if not found.verdict or trial.key == found.verdict.cells[0].key]
        of = f", {len(own) or 'none'} of the network to use" * bool(found.verdict) + (
            f": {own[0].flags[0]}" if own else ""
        )
        yield _warned(f"{len(flagged):,} of {len(found.trials):,} trials flagged{of}", "yellow")
    if where.kept:
        yield Text("MLflow's store was away, and all is kept on disk: steelyard sync logs it.", style="bold red")


def _warned(told: str, style: str) -> Text:
    """In one line, whose end says where all of it stands."""
    rest = f"; {SHOW}"
    return Text(f"{cut(printable(told), COLUMNS - len(rest))}{rest}", style=style)


def _next(found: Comparison, where: Where, width: int) -> Iterator[Text]:
    """Commands, then addresses."""
    commands = [] if where.kept else list(_commands(found, where))
    widest = max((len(command) for command, _ in commands), default=0)
    if where.option and commands:
        yield Text(f"Next, each with{where.option}:")
    fits = all(widest + 2 + len(does) <= width for _, does in commands)
    for command, does in commands:
        yield Text.assemble((f"{command:<{widest}}" if fits else command, "bold"), f"  {does}" * fits)
    for name, address in (("Report", where.report), ("Trials", where.trials), ("Flow", where.flow_run)):
        if address:
            yield Text(f"{name}: {address}")


def _commands(found: Comparison, where: Where) -> Iterator[tuple[str, str]]:
    own = f" {where.sweep}" * bool(where.sweep)
    if found.verdict:
        yield f"steelyard predict {where.sweep or 'best'} NEW/", "decides on new images"
        yield f"{SHOW}{own}", "prints all that was found"
        yield f"steelyard report{own}", "writes the report here, as report.html"
    if not where.trials:
        yield f"steelyard ui{own}", "shows the trials as charts in MLflow"
