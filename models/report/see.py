"""What to see in the figures of a report, in a sentence or two with the numbers that say so."""

from collections.abc import Sequence

import numpy as np

from models.metrics import ARGMAX
from models.report import equivalent
from models.report.dossier import Dossier
from models.verdict.curve import LEVEL
from models.verdict.phrases import constraint, counted, name
from models.verdict.verdict import CellVerdict


def curves(dossier: Dossier) -> str:
    """Of the precision-recall and ROC curves."""
    said = "A thin line is one network at all of its thresholds, a bold one the mean of a cell's seeds."
    if dossier.objective.constraint:
        said += f" Shaded is where {constraint(dossier.objective)} holds on test."
    found = [(cell, equivalent.point(dossier, cell)) for cell in dossier.verdict.cells]
    off = [
        (abs(cell.argmax["recall"].value - point[1]), abs(cell.argmax["false_positive_rate"].value - point[2]))
        for cell, point in found
        if point
    ]
    if not off:
        return said
    recall, wrong = np.mean(off, axis=0)
    return (
        f"{said} A cross is the unweighted baseline at the threshold that equals a weight: where it meets the circle "
        f"of its colour, weighing did what moving the threshold does. They lie {_width(recall)} of recall and "
        f"{_width(wrong)} of false-positive rate apart, on average."
    )


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
    return (
        f"At argmax a weight of {last.weight_positive:.3g} instead of {first.weight_positive:.3g} takes {moves}. With "
        f"the threshold that val chose, recall lies between {min(recalls):.2f} and {max(recalls):.2f} at all weights. "
        "Bands are 95 % intervals, small open marks single seeds."
    )


def forest(dossier: Dossier) -> str:
    """Of the differences to the baseline."""
    cells = [cell for cell in dossier.verdict.cells if cell.differences]
    shown = sum(cell.differences["roc_auc"].p_holm <= LEVEL for cell in cells)
    better = f"; of {name('cost')} less is better" if dossier.objective.metric == "cost" else ""
    differ = f"{shown or 'none'} {'differs' if shown == 1 else 'differ'}"
    return (
        f"To the right of the line is more than the unweighted baseline has{better}. Of "
        f"{counted(len(cells), 'handling')} {differ} in ROC area by more than other images and seeds explain, after "
        "Holm's correction: filled diamonds are such differences, open circles are not."
    )


def learning(dossier: Dossier) -> str:
    """Of the curves over epochs."""
    said = "The last epoch counts, whatever came before."
    trials = [trial.trial_id for trial in dossier.trials(dossier.best)]
    own = dossier.curves[dossier.curves["trial_id"].isin(trials)]
    if "val/loss" not in own or len(mean := own.groupby("epoch")["val/loss"].mean().dropna()) < 2:
        return said
    least, last = (int(mean.index[place]) for place in (int(mean.argmin()), -1))
    if least == last:
        return f"{said} The loss of {dossier.best.cell} on val still falls in the last of {last} epochs."
    lowest, end = float(mean.min()), float(mean.iloc[-1])
    # A network that knows val by heart has a loss of 0, of which there is no percentage.
    rise = f"{100 * (end / lowest - 1):.0f} %" if lowest > 0 else f"{end:.2g}"
    return (
        f"{said} The loss of {dossier.best.cell} on val is least after epoch {least} of {last} and {rise} higher at "
        "the end, mean of its seeds."
    )


def classes(dossier: Dossier) -> str:
    """Of the scores per class."""
    subject, found = dossier.about.subject, dossier.best
    recall, wrong = found.point["recall"].value, found.point["false_positive_rate"].value
    return (
        f"With {found.cell}, {100 * recall:.0f} % of {subject.positive} and {100 * wrong:.0f} % of {subject.negative} "
        "lie to the right of the dotted lines, the thresholds of the seeds. The scale is that of the odds; "
        f"{ARGMAX:g} is argmax."
    )


def gallery(dossier: Dossier) -> str:
    """Of the worst errors."""
    kinds = dossier.gallery["kind"].value_counts()
    if not len(kinds):
        return "Most seeds of the best cell get every image of test right."
    return (
        f"Images of test that most seeds of {dossier.best.cell} get wrong, the furthest from the threshold first; "
        "under each its score, mean and range of the seeds. Look for wrong labels, poor images, and what they have in "
        "common."
    )
