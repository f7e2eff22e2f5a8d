"""The comparison in the terminal, at 80 columns."""

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from models.comparison import Comparison

METRICS = ("recall", "precision", "accuracy")
PLACES = (("argmax", "test"), ("operating", "operating/test"))


def show(found: Comparison, console: Console, where: str) -> None:
    """Print the cells, the failures, the best cell in a sentence, and where to look.

    Args:
        found: the comparison.
        console: standard output.
        where: the link, or the command that serves it.
    """
    console.print(_table(found))
    for line in flagged(found):
        console.print(Text(line, style="yellow"))
    for trial in found.failed:
        console.print(Text(f"failed: {trial.cell} · seed {trial.seed}: {trial.reason}", style="bold red"))
    console.print(Text(sentence(found)))
    console.print(Text(f"Compare the trials: {where}"), soft_wrap=True)


def flagged(found: Comparison) -> list[str]:
    """A line per flagged cell: in how many seeds, and what is wrong with the first of them."""
    lines = []
    for cell in found.cells:
        trials = [trial for trial in found.trials if trial.flags and trial.cell == cell["cell"]]
        if trials:
            lines.append(f"flagged: {cell['cell']}, {len(trials)} of {cell['n']} seeds: {'; '.join(trials[0].flags)}")
    return lines


def sentence(found: Comparison) -> str:
    """The best cell on val and what its threshold gives on test, beside the baseline's."""
    if not found.best:
        return "No trial finished."
    best = found.cells[0]
    baseline = next((cell for cell in found.cells if cell["baseline"]), None)
    said = f"Best on val for {found.objective}: {best['cell']}. "
    said += f"Its threshold, chosen on val, gives on test {_point(best)}"
    if baseline is not None and baseline is not best and baseline["n"]:
        said += f"; moving the threshold of the unweighted baseline alone gives {_point(baseline)}"
    return f"{said}.{_infeasible(best)}"


def _point(cell: dict[str, float | int | str | None]) -> str:
    values = " and ".join(f"{name} {_mean(cell, f'operating/test/{name}')}" for name in METRICS[:2])
    return f"{values} (n = {cell['n']})"


def _infeasible(cell: dict[str, float | int | str | None]) -> str:
    missed = int(cell["n"] or 0) - int(cell["feasible"] or 0)
    if not missed:
        return ""
    return f" In {missed} of {cell['n']} seeds no threshold meets the objective on val; argmax stands in there."


def _table(found: Comparison) -> Table:
    table = Table(
        title=f"{found.objective}\ncells ranked on val; on test, mean ±deviation over seeds",
        box=box.SIMPLE_HEAD,
        padding=(0, 1, 0, 0),
    )
    table.add_column("cell", no_wrap=True)
    table.add_column("rank", justify="right")
    table.add_column("at")
    for metric in METRICS:
        table.add_column(metric, justify="right")
    for cell in found.cells:
        for line, (name, place) in enumerate(PLACES):
            head = (_name(cell), _mean(cell, "operating/rank")) if line == 0 else (_note(cell), "")
            values = (_mean(cell, f"{place}/{metric}") for metric in METRICS)
            table.add_row(*head, name, *values, end_section=line == 1)
    return table


def _name(cell: dict[str, float | int | str | None]) -> Text:
    return Text(str(cell["cell"]), style="bold")


def _note(cell: dict[str, float | int | str | None]) -> Text:
    notes = ["baseline"] if cell["baseline"] else []
    notes += [f"{cell['failed']} failed"] if cell["failed"] else []
    notes += [f"{cell['flagged']} flagged"] if cell["flagged"] else []
    return Text(", ".join(notes), style="italic")


def _mean(cell: dict[str, float | int | str | None], metric: str) -> str:
    mean, deviation = cell[f"{metric}/mean"], cell[f"{metric}/deviation"]
    if mean is None:
        return "-"
    return f"{mean:.2f}" if deviation is None else f"{mean:.2f} ±{deviation:.2f}"
