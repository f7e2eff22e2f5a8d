"""Each cell of a sweep in one line: the figures that everyone asks for first, in two digits or three."""

from collections.abc import Iterator

from steelyard.models.metrics.registry import EVERY_CLASS, OF_CLASS, ONE_CLASS, metric
from steelyard.models.names import cut
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say

LONGEST_CLASS = 8
"""Characters of a class's name within a row."""

BESIDE = "beside\nunweighted"
"""Head of the word that compares a cell with the baseline."""

CERTIFIED = "*"
"""Behind the interval of a cell whose constraint is certified."""


class Brief(Frozen):
    """A table of the cells, as text, the one to use first, and what has to be known to read it.

    Heads are over two lines where columns are narrow; a narrow terminal can do without those that are ``spare``.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[str, ...]
    spare: tuple[str, ...]


def in_brief(verdict: Verdict) -> Brief:
    """The cells of a sweep, each at the threshold that was chosen for it."""
    objective, several = Objective.parse(verdict.objective), verdict.every_class
    told = metric(objective.constraint or objective.metric)
    figures = _of_classes if several else _of_one_class
    heads = (*figures(verdict.cells[0], objective), f"95 % of\n{told.short or told.label}{told.unit}", BESIDE)
    rows = [
        (say.called(cell.cell), *figures(cell, objective).values(), _interval(cell, objective), say.shape(cell.shape))
        for cell in verdict.cells
    ]
    use = "; the first row is the network to use" if len(rows) > 1 else ""
    return Brief(
        title=f"{say.capitalised(say.where(verdict))}{use}{'' if several else '; false alarms per 100 negatives'}",
        heads=("cell", *heads),
        rows=tuple(rows),
        legend=tuple(_legend(verdict, objective)),
        spare=(BESIDE, heads[0], heads[-2]),
    )


def in_full(verdict: Verdict) -> Brief:
    """The same with all metrics, each above its interval."""
    keys = [*EVERY_CLASS] if verdict.every_class else ["roc_auc", *ONE_CLASS]
    told = [[say.figures(cell.metric(key), key).replace(" ", "\n", 1) for key in keys] for cell in verdict.cells]
    rows = [(say.called(of.cell), *own, say.shape(of.shape)) for of, own in zip(verdict.cells, told, strict=True)]
    heads = [metric(key).short or metric(key).label for key in keys]
    title = f"{say.capitalised(say.where(verdict))}, with 95 % intervals; the first row is the network to use"
    return Brief(title=title, heads=("cell", *heads, BESIDE), rows=tuple(rows), legend=(), spare=(BESIDE, heads[-1]))


def _of_one_class(cell: CellVerdict, objective: Objective) -> dict[str, str]:
    keys = {"ROC\narea": "roc_auc", "recall": "recall", "precision": "precision"}
    alarms = _of_100(cell.point["false_positive_rate"].value)
    return {head: f"{cell.metric(key).value:.2f}" for head, key in keys.items()} | {"false\nalarms": alarms}


def _of_classes(cell: CellVerdict, objective: Objective) -> dict[str, str]:
    worst = say.rising(cell)[0]
    keys = {"balanced\naccuracy": "balanced_accuracy", "precision": "precision", "F1": "f1"}
    if objective.class_name:
        keys |= {"recall": f"{OF_CLASS}recall", "precision": f"{OF_CLASS}precision"}
        del keys["F1"]
    told = {head: f"{cell.metric(key).value:.2f}" for head, key in keys.items()}
    return {**told, "worst class": f"{say.quoted(cut(worst.name, LONGEST_CLASS))} {worst.recall.value:.2f}"}


def _interval(cell: CellVerdict, objective: Objective) -> str:
    judged = cell.feasibility
    key, of = (judged.metric, judged.at) if judged else (objective.metric, cell.metric(say.own_key(objective)))
    low, high = (say.short(end, key) for end in (of.low, of.high))
    return f"{low} to {high}{CERTIFIED * bool(judged and judged.status == 'FEASIBLE')}"


def _of_100(share: float) -> str:
    """``1.4``, ``31``; what is smaller than a tenth, and more than nothing, only as that."""
    number = 100 * share
    if 0 < number < 0.05:
        return "<0.1"
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"


def _legend(verdict: Verdict, objective: Objective) -> Iterator[str]:
    if any(cell.feasibility and cell.feasibility.status == "FEASIBLE" for cell in verdict.cells):
        yield f"{CERTIFIED} {say.constraint(objective)} is certified."
    if any(cell.shape == "same curve" for cell in verdict.cells):
        yield "Same curve: another threshold of the unweighted network does the same."
    if objective.class_name:
        yield f"Recall and precision are of {say.class_name(objective.class_name)}."
    elif objective.prevalence is not None and not verdict.every_class:
        yield f"Precision is as if {100 * verdict.prevalence:.3g} % of the images were positive."
