"""What to see in the figures of a report, in a sentence or two with the numbers that say so."""

from collections.abc import Sequence

import numpy as np

from steelyard.models.metrics import ARGMAX
from steelyard.models.report import equivalent, faults
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.phrases import called, constraint, counted, name


def curves(dossier: Dossier) -> str:
    """Of the precision-recall and ROC curves."""
    said = "A thin line is one network at all of its thresholds, a bold one the mean of a cell's seeds."
    if dossier.objective.constraint:
        said += f" Shaded is where {constraint(dossier.objective)} holds on test."
    off = [_apart(dossier, cell) for cell in dossier.verdict.cells if not cell.is_baseline]
    known = [each for each in off if each]
    if not known:
        return said
    recall, wrong, precision = np.mean(known, axis=0)
    own = " of its recipe" if dossier.verdict.networks else ""
    return (
        f"{said} A cross is the unweighted baseline{own} at the threshold that equals a weight: where it meets the "
        f"circle of its colour, weighing did what moving the threshold does. They lie {_width(recall)} of recall, "
        f"{_width(wrong)} of false-positive rate and {_width(precision)} of precision apart, on average."
    )


def _apart(dossier: Dossier, cell: CellVerdict) -> tuple[float, ...] | None:
    """How far a handling at argmax is from the baseline at the threshold that equals it."""
    point = equivalent.point(dossier, cell)
    metrics = ("recall", "false_positive_rate", "precision")
    return point and tuple(abs(cell.argmax[name].value - getattr(point, name)) for name in metrics)


def _width(of: float) -> str:
    return f"{of:.2f}" if of >= 0.005 else "less than 0.01"


def weights(dossier: Dossier, cells: Sequence[CellVerdict]) -> str:
    """Of the metrics against the weight."""
    first, last = cells[0], cells[-1]
    moves = " and ".join(
        f"{metric} from {first.argmax[metric].value:.2f} to {last.argmax[metric].value:.2f}"
        for metric in ("recall", "precision")
    )
    recalls = [cell.point["recall"].value for cell in cells]
    chosen = all(each.feasible for cell in cells for each in cell.thresholds)
    place = "the threshold that was chosen" if chosen else "a threshold where one could be chosen, else argmax"
    of = f"Of {first.recipe} alone, whose cell is best on val. " if dossier.verdict.networks else ""
    return (
        f"{of}At argmax a weight of {last.weight_positive:.3g} instead of {first.weight_positive:.3g} takes {moves}. "
        f"With {place}, recall lies between {min(recalls):.2f} and {max(recalls):.2f} at all weights. "
        "Bands are 95 % intervals, small open marks single seeds."
    )


def forest(dossier: Dossier) -> str:
    """Of the differences to the baseline."""
    cells = [cell for cell in dossier.verdict.cells if cell.differences]
    shown = sum(cell.differences["roc_auc"].p_holm <= LEVEL for cell in cells)
    better = f"; of {name('cost')} less is better" if dossier.objective.metric == "cost" else ""
    seeds = max(cell.differences["roc_auc"].seeds for cell in cells)
    one = " (one seed says nothing of others)" if seeds else ""
    noise = "other images and seeds explain" if seeds > 1 else f"other images explain{one}"
    own = " of its recipe" if dossier.verdict.networks else ""
    differ = f"{shown or 'none'} {'differs' if shown == 1 else 'differ'}"
    return (
        f"To the right of the line is more than the unweighted baseline{own} has{better}. Of "
        f"{counted(len(cells), 'handling')} {differ} in ROC area by more than {noise}, after "
        "Holm's correction: filled diamonds are such differences, open circles are not."
    )


def learning(dossier: Dossier) -> str:
    """Of the curves over epochs."""
    best = dossier.cells[0]
    seeded, step = any(trial.seeded for trial in dossier.finished), "epoch" if best.seeded else "iteration"
    said = "The last epoch counts, whatever came before."
    if not seeded:
        said = "Heads after 1, 2, 4, 8, ... iterations of their solver; the last one counts."
    trials, name = [trial.trial_id for trial in dossier.trials(best)], called(best.cell)
    own = dossier.curves[dossier.curves["trial_id"].isin(trials)]
    if "val/loss" not in own or len(mean := own.groupby("epoch")["val/loss"].mean().dropna()) < 2:
        return said
    least, last = (int(mean.index[place]) for place in (int(mean.argmin()), -1))
    if least == last:
        return f"{said} The loss of {name} on val still falls in the last of {last} {step}s."
    lowest, end = float(mean.min()), float(mean.iloc[-1])
    mean_of = ", mean of its seeds" if best.seeded else ""
    if round(100 * end) == round(100 * lowest):
        return f"{said} The loss of {name} on val is at the end about what it is at least{mean_of}."
    # A network that knows val by heart has a loss of 0, of which there is no percentage.
    rise = f"{100 * (end / lowest - 1):.0f} %" if lowest > 0 else f"{end:.2g}"
    return (
        f"{said} The loss of {name} on val is least after {step} {least} of {last} and {rise} higher at "
        f"the end{mean_of}."
    )


def classes(dossier: Dossier) -> str:
    """Of the scores per class."""
    subject, found = dossier.about.subject, dossier.best
    recall, wrong = found.point["recall"].value, found.point["false_positive_rate"].value
    dotted = "lines, the thresholds of the seeds" if found.seeded else "line, the threshold"
    return (
        f"With {found.cell}, {100 * recall:.0f} % of {subject.positive} and {100 * wrong:.0f} % of {subject.negative} "
        f"lie to the right of the dotted {dotted}. The scale is that of the odds; "
        f"{ARGMAX:g} is argmax."
    )


def gallery(dossier: Dossier) -> str:
    """Of the worst errors."""
    if not len(faults.wrong(dossier)):
        who = (
            f"More than half of the seeds of {dossier.best.cell} get"
            if dossier.best.seeded
            else f"{dossier.best.cell} gets"
        )
        return f"{who} each image of test right: no picture to show."
    half = "that it gets" if len(dossier.best.thresholds) == 1 else "that at least half of the seeds of it get"
    return (
        f"Images of test {half} wrong, of {dossier.best.cell}, the furthest from the threshold first, with their "
        "scores. Look for wrong labels, poor images, and what they have in common."
    )
