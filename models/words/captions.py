"""What to see in the figures of a report, in a sentence or two with the numbers that say so."""

from collections.abc import Iterator

import numpy as np

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.report.counts import pairs
from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.report.selection import side_by_side, weighted
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.answer import network
from steelyard.models.words.handlings import own_recipe
from steelyard.models.words.phrases import called, constraint, counted, figures, name, wanted


def curves(dossier: Dossier) -> str:
    """Of the precision-recall and ROC curves."""
    said = "A thin line is one network at all of its thresholds, a bold one the mean of a cell's seeds."
    if dossier.objective.constraint:
        said += f" Shaded is where {constraint(dossier.objective)} holds on test."
    known = [*_apart(dossier)]
    if not known:
        return said
    recall, wrong, precision = np.mean(known, axis=0)
    return (
        f"{said} A cross is the unweighted baseline{own_recipe(dossier)} at the threshold that equals a weight: where "
        "it meets the circle of its colour, weighing did what moving the threshold does. They lie "
        f"{_width(recall)} of recall, {_width(wrong)} of false-positive rate and {_width(precision)} of precision "
        "apart, on average."
    )


def _apart(dossier: Dossier) -> Iterator[list[float]]:
    """How far each handling at argmax is from the baseline at the threshold that equals it."""
    for cell in dossier.cells:
        if found := None if cell.is_baseline else dossier.equivalent(cell):
            yield [abs(cell.argmax[metric].value - value) for metric, value in found[1]._asdict().items()]


def _width(of: float) -> str:
    return f"{of:.2f}" if of >= 0.005 else "less than 0.01"


def accuracies(dossier: Dossier) -> str:
    """Of the cells side by side, where every class counts."""
    base, best = dossier.baseline, dossier.best
    of = f" of {base.recipe}" if base and dossier.verdict.networks else ""
    line = f" The dotted line is the unweighted baseline{of}." if base else ""
    return (
        f"Diamonds are means over seeds with 95 % intervals, for other images and other seeds; dots are the seeds."
        f"{line} Best on val for {wanted(dossier.objective, dossier.verdict)} stands on top: {called(best.cell)}, "
        f"{figures(best.point['balanced_accuracy'])} balanced accuracy. Look at the differences below before reading "
        "an order from intervals that overlap: on the same images they are known better."
    )


def recalls(dossier: Dossier) -> str:
    """Of the recall of each class."""
    present = [place for place in dossier.order if dossier.verdict.sizes[place]]
    first, last = present[0], present[-1]
    spans = [
        f"{_recall(cell, first)} to {_recall(cell, last)} with {called(cell.cell)}"
        for cell in side_by_side(dossier.cells, dossier.baseline)[:2]
    ]
    names = [called(dossier.verdict.classes[place]) for place in (first, last)]
    shown = (
        f" Shown are the {ENDS} classes with the most images in train and the {ENDS} with the fewest; the "
        f"{dossier.left_out:,} between are in the table of all classes."
    )
    return (
        f"Most images in train on top. From {names[0]}, the most frequent, to {names[1]}, the rarest, recall goes from "
        f"{' and from '.join(spans)}.{shown if dossier.left_out else ''} Intervals are in the table below."
    )


def _recall(cell: CellVerdict, place: int) -> str:
    return f"{cell.classes[place].recall.value:.2f}"


def shades(dossier: Dossier) -> str:
    """Of the recall of each class in more cells than have dots."""
    return "The same in more cells, best on val first: the stronger the colour, the more of the class is found."


def confusion(dossier: Dossier) -> str:
    """Of the confusion matrix."""
    found = pairs(dossier, 3)
    mean = ", mean over its seeds" if dossier.best.seeded else ""
    said = f"Of {network(dossier)} on test{mean}."
    if not found:
        return f"{said} No image is called another class."
    most = "; ".join(f"{100 * of.share:.0f} % of {called(of.label)} are called {called(of.called)}" for of in found)
    return f"{said} Most images: {most}."


def forest(dossier: Dossier) -> str:
    """Of the differences to the baseline."""
    metric, cells = dossier.verdict.main_metric, [cell for cell in dossier.cells if cell.differences]
    shown = sum(cell.differences[metric].p_holm <= LEVEL for cell in cells)
    better = f"; of {name('cost')} less is better" if dossier.objective.metric == "cost" else ""
    halves = " The rarer and the more frequent half are of the classes of test, by their images in train."
    noise = _noise(max(cell.differences[metric].seeds for cell in cells), dossier.every_class)
    return (
        f"To the right of the line is more than the unweighted baseline{own_recipe(dossier)} has{better}. Of "
        f"{counted(len(cells), 'handling')} {shown or 'none'} {'differs' if shown == 1 else 'differ'} in "
        f"{name(metric)} by more than {noise}, after Holm's correction: filled diamonds are such differences, open "
        f"circles are not.{halves if any('rare' in cell.differences for cell in cells) else ''}"
    )


def _noise(seeds: int, every_class: bool) -> str:
    """What explains a difference that is not shown."""
    if every_class:
        return "images and seeds explain" if seeds > 1 else "other images explain"
    one = " (one seed says nothing of others)" if seeds else ""
    return "other images and seeds explain" if seeds > 1 else f"other images explain{one}"


def weights(dossier: Dossier) -> str:
    """Of the metrics against the weight."""
    cells = weighted(dossier.cells)
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


def learning(dossier: Dossier) -> str:
    """Of the curves over epochs."""
    best, said = dossier.best, _last_counts(dossier)
    own = dossier.curves[dossier.curves["trial_id"].isin([trial.trial_id for trial in dossier.trials(best)])]
    if "val/loss" not in own or len(mean := own.groupby("epoch")["val/loss"].mean().dropna()) < 2:
        return said
    least, last = (int(mean.index[place]) for place in (int(mean.argmin()), -1))
    loss, step = f"{said} The loss of {called(best.cell)} on val", "epoch" if best.seeded else "iteration"
    if least == last:
        return f"{loss} still falls in the last of {last} {step}s."
    lowest, end = float(mean.min()), float(mean.iloc[-1])
    mean_of = ", mean of its seeds" if best.seeded else ""
    if round(100 * end) == round(100 * lowest):
        return f"{loss} is at the end about what it is at least{mean_of}."
    # A network that knows val by heart has a loss of 0, of which there is no percentage.
    rise = f"{100 * (end / lowest - 1):.0f} %" if lowest > 0 else f"{end:.2g}"
    return f"{loss} is least after {step} {least} of {last} and {rise} higher at the end{mean_of}."


def _last_counts(dossier: Dossier) -> str:
    """That the last epoch counts; of heads that are solved, the iterations after which they are told."""
    if any(trial.seeded for trial in dossier.finished):
        return "The last epoch counts, whatever came before."
    epochs = dossier.curves["epoch"]
    before = epochs[epochs < dossier.curves.groupby("trial_id")["epoch"].transform("max")]
    if before.empty:
        return "Heads after the last iteration of their solver."
    told = ", ".join(map(str, sorted(before.unique())))
    return f"Heads after iteration {told} and the last one of their solver, which counts."


def scores(dossier: Dossier) -> str:
    """Of the scores per class."""
    subject, found = dossier.about.subject, dossier.best
    recall, wrong = found.point["recall"].value, found.point["false_positive_rate"].value
    dotted = "lines, the thresholds of the seeds" if found.seeded else "line, the threshold"
    return (
        f"With {found.cell}, {100 * recall:.0f} % of {subject.positive} and {100 * wrong:.0f} % of {subject.negative} "
        f"lie to the right of the dotted {dotted}. The scale is that of the odds; {ARGMAX:g} is argmax."
    )


def effects(dossier: Dossier) -> str:
    """Of what the handlings made of train, class by class."""
    most, least = (of(dossier.about.counts["train"]) for of in (max, min))
    ratio = f"{most / least:.3g} times as many images of the most frequent class as of the rarest" if least else ""
    return (
        f"Train has {ratio or 'classes without an image'}. First, how often an epoch draws images of each class; then "
        "the share of each class that the loss then sees, weights and adjustments included: the flatter, the more "
        "the rare classes count. Classes from left to right by images in train."
    )
