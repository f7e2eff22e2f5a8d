"""What to see in the figures of a report where every class counts, in a sentence or two with the numbers."""

from steelyard.models.report import faults
from steelyard.models.report.classes.answer import network
from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.phrases import called, counted, figures, wanted


def accuracies(dossier: Dossier) -> str:
    """Of the cells side by side."""
    base = dossier.baseline
    of = f" of {base.recipe}" if base and dossier.verdict.networks else ""
    line = f" The dotted line is the unweighted baseline{of}." if base else ""
    best = dossier.best
    return (
        f"Diamonds are means over seeds with 95 % intervals, for other images and other seeds; dots are the seeds."
        f"{line} Best on val for {wanted(dossier.objective, dossier.verdict)} stands on top: {called(best.cell)}, "
        f"{figures(best.point['balanced_accuracy'])} balanced accuracy. Look at the differences below before reading "
        "an order from intervals that overlap: on the same images they are known better."
    )


def recalls(dossier: Dossier, cells: list[CellVerdict]) -> str:
    """Of the recall of each class."""
    test = [place for place in dossier.order if dossier.verdict.sizes[place]]
    spans = [f"{_recall(cell, test[0])} to {_recall(cell, test[-1])} with {called(cell.cell)}" for cell in cells[:2]]
    first, last = (called(dossier.verdict.classes[place]) for place in (test[0], test[-1]))
    shown = (
        f" Shown are the {ENDS} classes with the most images in train and the {ENDS} with the fewest; the "
        f"{dossier.left_out:,} between are in the table of all classes."
        if dossier.left_out
        else ""
    )
    return (
        f"Most images in train on top. From {first}, the most frequent, to {last}, the rarest, recall goes from "
        f"{' and from '.join(spans)}.{shown} Intervals are in the table below."
    )


def _recall(cell: CellVerdict, place: int) -> str:
    return f"{cell.classes[place].recall.value:.2f}"


def confusion(dossier: Dossier) -> str:
    """Of the confusion matrix, or of the pairs."""
    found = faults.pairs(dossier, 3)
    mean = ", mean over its seeds" if dossier.best.seeded else ""
    said = f"Of {network(dossier.best, bool(dossier.verdict.networks))} on test{mean}."
    if not found:
        return f"{said} No image is called another class."
    most = "; ".join(f"{100 * of.share:.0f} % of {called(of.label)} are called {called(of.called)}" for of in found)
    return f"{said} Most images: {most}."


def forest(dossier: Dossier) -> str:
    """Of the differences to the baseline."""
    cells = [cell for cell in dossier.cells if cell.differences]
    found = [cell.differences["balanced_accuracy"] for cell in cells]
    shown = sum(of.p_holm <= LEVEL for of in found)
    noise = "images and seeds explain" if any(of.seeds > 1 for of in found) else "other images explain"
    halves = (
        " The rarer and the more frequent half are of the classes of test, by their images in train."
        if any("rare" in cell.differences for cell in cells)
        else ""
    )
    differ = f"{shown or 'none'} {'differs' if shown == 1 else 'differ'}"
    own = " of its recipe" if dossier.verdict.networks else ""
    return (
        f"To the right of the line is more than the unweighted baseline{own} has. Of {counted(len(cells), 'handling')} "
        f"{differ} in balanced accuracy by more than {noise}, after Holm's correction: filled diamonds are such "
        f"differences, open circles are not.{halves}"
    )


def effects(dossier: Dossier) -> str:
    """Of what the handlings made of train."""
    counts = dossier.about.counts["train"]
    most, least = max(counts), min(counts)
    ratio = f"{most / least:.3g} times as many images of the most frequent class as of the rarest" if least else ""
    return (
        f"Train has {ratio or 'classes without an image'}. First, how often an epoch draws images of each class; then "
        "the share of each class that the loss then sees, weights and adjustments included: the flatter, the more "
        "the rare classes count. Classes from left to right by images in train."
    )


def gallery(dossier: Dossier) -> str:
    """Of the surest errors."""
    there, best = len(faults.wrong(dossier)), network(dossier.best, bool(dossier.verdict.networks))
    if not there:
        who = (
            f"More than half of the seeds of {best} get" if dossier.best.seeded else f"{best[0].upper()}{best[1:]} gets"
        )
        return f"{who} each image of test right: no picture."
    half = "that it gets" if len(dossier.best.thresholds) == 1 else "that at least half of its seeds get"
    shown = f"all {there}" if there == len(dossier.gallery) else f"the surest {len(dossier.gallery)} of {there:,}"
    return (
        f"Images of test {half} wrong, of {best}: {shown}, with the score of the class they are "
        "called. Look for wrong labels, poor images, and what they have in common."
    )
