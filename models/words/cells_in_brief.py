"""Each cell of a sweep in one line: the figures that everyone asks for first, in two digits or three."""

from collections.abc import Iterator

from steelyard.models.metrics.registry import OF_CLASS, metric
from steelyard.models.names import cut
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.differences import UNSHOWN
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say

LONGEST_CLASS = 8
"""Characters of a class's name within a row."""

SAME, DID = "same curve", "what\nit did"

IN_TWO_WORDS = {
    "baseline": "unweighted",
    "lifted the curve": "lifted curve",
    "lowered the curve": "lowered curve",
    "moved along the curve": SAME,
    "higher": "more accurate",
    "lower": "less accurate",
    UNSHOWN: "no difference",
}
"""What a handling did, by its shape."""

FALSE_ALARMS = "false_positive_rate"

MET = "*"
"""Behind an interval that keeps to the limit."""

NARROW = {
    FALSE_ALARMS: "false alarms",
    "alarms": "alarms/1000",
    "cost": "cost/image",
    "average_precision": "avg. precision",
}
"""What a column of intervals is called where the metric's own name is too wide for it."""


class Brief(Frozen):
    """A table of the cells, as text.

    Attributes:
        title: what the figures are of.
        heads: of the columns, over two lines where they are narrow.
        rows: a cell each, the one to use first.
        legend: what has to be known to read it, a line each.
        spare: heads of the columns that a narrow terminal can do without, the first to go first.
    """

    title: str
    heads: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    legend: tuple[str, ...]
    spare: tuple[str, ...]


def in_brief(verdict: Verdict) -> Brief:
    """The cells of a sweep, on test, each at the threshold that val chose for it."""
    objective, several = Objective.parse(verdict.objective), verdict.every_class
    key = objective.constraint or objective.metric
    called = NARROW.get(key) or metric(key).short or metric(key).label
    figures = _of_classes if several else _of_one_class
    heads = [
        *figures(verdict.cells[0], objective),
        f"95 % of\n{called}",
    ]
    rows = [
        (say.called(cell.cell), *figures(cell, objective).values(), _interval(cell, objective), _did(cell))
        for cell in verdict.cells
    ]
    return Brief(
        title=f"On test; the first row is the network to use{'' if several else '; false alarms per 100 negatives'}",
        heads=("cell", *heads, DID),
        rows=tuple(rows),
        legend=tuple(_legend(verdict, objective)),
        spare=(DID, heads[0], heads[-1]),
    )


def _of_one_class(cell: CellVerdict, objective: Objective) -> dict[str, str]:
    recall, precision, alarms = (cell.point[key].value for key in ("recall", "precision", FALSE_ALARMS))
    return {
        "ROC\narea": f"{cell.areas['roc_auc'].value:.2f}",
        "recall": f"{recall:.2f}",
        "precision": f"{precision:.2f}",
        "false\nalarms": _of_100(alarms),
    }


def _of_classes(cell: CellVerdict, objective: Objective) -> dict[str, str]:
    worst = min((of for of in cell.classes if of.images), key=lambda of: (of.recall.value, of.train))
    keys = {"balanced\naccuracy": "balanced_accuracy", "precision": "precision", "F1": "f1"}
    if objective.class_name:
        keys |= {"recall": f"{OF_CLASS}recall", "precision": f"{OF_CLASS}precision"}
        del keys["F1"]
    told = {head: f"{cell.metric(key).value:.2f}" for head, key in keys.items()}
    return {**told, "worst class": f"{say.quoted(cut(worst.name, LONGEST_CLASS))} {worst.recall.value:.2f}"}


def _interval(cell: CellVerdict, objective: Objective) -> str:
    judged = cell.feasibility
    key = judged.metric if judged else objective.metric
    of = judged.at if judged else cell.metric(say.own_key(objective))
    low, high = (_of_100(end) if key == FALSE_ALARMS else say.short(end, key) for end in (of.low, of.high))
    return f"{low} to {high}{MET * bool(judged and judged.status == 'FEASIBLE')}"


def _did(cell: CellVerdict) -> str:
    return IN_TWO_WORDS.get(cell.shape or "", "not compared")


def _of_100(share: float) -> str:
    """``1.4``, ``31``; what is smaller than a tenth, and more than nothing, only as that."""
    number = 100 * share
    if 0 < number < 0.05:
        return "<0.1"
    return f"{number:.1f}" if number < 9.95 else f"{number:.0f}"


def _legend(verdict: Verdict, objective: Objective) -> Iterator[str]:
    yield "In brackets and under 95 %: what other images of this kind could give."
    if any(cell.feasibility and cell.feasibility.status == "FEASIBLE" for cell in verdict.cells):
        yield f"{MET} All of this range keeps to {say.constraint(objective)}."
    if any(cell.shape == "lifted the curve" for cell in verdict.cells):
        yield "Lifted curve: set to as many false alarms, the unweighted network finds less."
    if any(cell.shape == "moved along the curve" for cell in verdict.cells):
        yield f"{SAME.capitalize()}: what another threshold of the unweighted network does too."
    one = verdict.one_threshold
    if one and one.differs:
        told = f"recall {one.recall:.2f}, precision {one.precision:.2f}"
        yield f"The network's one threshold gives {told} over all folds."
    if objective.class_name:
        yield f"Recall and precision are of {say.quoted(objective.class_name)}."
    elif objective.prevalence is not None and not verdict.every_class:
        yield f"Precision is as if {100 * verdict.prevalence:.3g} % of the images were positive."
