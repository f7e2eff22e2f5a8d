"""What to see in the figures of a report, in a sentence or two with the numbers that say so."""

from collections.abc import Iterator

import numpy as np

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.objective.objective import EDGE
from steelyard.models.report.cells_shown import side_by_side, weighted
from steelyard.models.report.dossier import ENDS, Dossier
from steelyard.models.report.epoch_means import epoch_means
from steelyard.models.report.error_counts import pairs
from steelyard.models.report.wrong_images import FALSE_ALARM, MISS, wrong
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.words.phrases import called, capitalised, constraint, counted, figures, name, that_learned, wanted
from steelyard.models.words.report_network import network, own_recipe


def point(dossier: Dossier) -> str:
    """Of the recommended threshold among all others."""
    said = "Each line is a cell at all of its thresholds; the diamond is the recommended one, with 95 % intervals."
    if dossier.objective.constraint:
        said += f" Shaded is where {constraint(dossier.objective)} on test."
    return said


def curves(dossier: Dossier) -> str:
    """Of the precision-recall or ROC curves, whichever stand first."""
    each = "folds" if dossier.verdict.folds > 1 else "seeds"
    said = f"A thin line is one network at all of its thresholds, a bold one the mean of a cell's {each}."
    if dossier.objective.constraint:
        said += f" Shaded is where {constraint(dossier.objective)} on test."
    return said


def other_curves(dossier: Dossier, first: str) -> str:
    """Of the others, whose lines and marks are those of a figure of which they are told, by its title."""
    said, known = f"Lines and marks are those of “{first}”.", [*_apart(dossier)]
    if not known:
        return said
    recall, alarms, precision = (f"{of:.2f}" if of >= 0.005 else "less than 0.01" for of in np.mean(known, axis=0))
    return (
        f"{said} A cross is the unweighted baseline{own_recipe(dossier)} at the threshold that equals a weight: where "
        "it meets the circle of its colour, weighing did what moving the threshold does. They lie "
        f"{recall} of recall, {alarms} of false-positive rate and {precision} of precision apart, on average."
    )


def _apart(dossier: Dossier) -> Iterator[list[float]]:
    """How far each handling at argmax is from the baseline at the threshold that equals it."""
    for cell in dossier.cells:
        if equal := dossier.equivalent(cell):
            yield [abs(cell.argmax[metric].value - value) for metric, value in equal[1]._asdict().items()]


def accuracies(dossier: Dossier) -> str:
    """Of the cells side by side, where every class counts."""
    base, best = dossier.baseline, dossier.best
    of = f" of {base.recipe}" if base and dossier.verdict.networks else ""
    line = f" The dotted line is the unweighted baseline{of}." if base else ""
    return (
        f"{_marks(dossier)}"
        f"{line} On top stands what is recommended for {wanted(dossier.objective, dossier.verdict)}: "
        f"{called(best.cell)}, {figures(best.point['balanced_accuracy'])} balanced accuracy. Look at the "
        "differences below before reading an order from intervals that overlap: on the same images they are known "
        "better."
    )


def _marks(dossier: Dossier) -> str:
    if len(dossier.best.thresholds) == 1 and dossier.verdict.folds > 1:
        return "Diamonds have 95 % intervals, for other images and other training sets."
    return "Diamonds are means over seeds with 95 % intervals, for other images and other seeds; dots are the seeds."


def recalls(dossier: Dossier) -> str:
    """Of the recall of each class."""
    present = [place for place in dossier.order if dossier.verdict.sizes[place]]
    ends = present[0], present[-1]
    spans = []
    for cell in side_by_side(dossier.cells, dossier.baseline)[:2]:
        first, last = (f"{cell.classes[place].recall.value:.2f}" for place in ends)
        spans.append(f"{first} to {last} with {called(cell.cell)}")
    frequent, rarest = (called(dossier.verdict.classes[place]) for place in ends)
    shown = (
        f" Shown are the {ENDS} classes with the most images in train and the {ENDS} with the fewest; the "
        f"{dossier.left_out:,} between are in the table of all classes."
    )
    return (
        f"Most images in train on top. From {frequent}, the most frequent, to {rarest}, the rarest, recall goes from "
        f"{' and from '.join(spans)}.{shown if dossier.left_out else ''} Intervals are in the table below."
    )


def shades(dossier: Dossier) -> str:
    """Of the recall of each class in more cells than have dots."""
    return "The same in more cells, the recommended one first: the stronger the colour, the more of the class is found."


def confusion(dossier: Dossier) -> str:
    """Of the confusion matrix."""
    most = "; ".join(
        f"{100 * pair.share:.0f} % of {called(pair.label)} are called {called(pair.called)}"
        for pair in pairs(dossier, 3)
    )
    mean = ", mean over its seeds" if dossier.best.seeded else ""
    errors = f"Most images: {most}." if most else "No image is called another class."
    return f"Of {network(dossier)} on test{mean}. {errors}"


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
    if seeds > 1:
        return "images and seeds explain" if every_class else "other images and seeds explain"
    one = " (one seed says nothing of others)" if seeds and not every_class else ""
    return f"other images explain{one}"


def weights(dossier: Dossier) -> str:
    """Of the metrics against the weight."""
    cells = weighted(dossier.cells)
    first, last = cells[0], cells[-1]
    moves = " and ".join(
        f"{metric} from {first.argmax[metric].value:.2f} to {last.argmax[metric].value:.2f}"
        for metric in ("recall", "precision")
    )
    recalls = [cell.point["recall"].value for cell in cells]
    chosen = dossier.verdict.margin > EDGE or all(each.feasible for cell in cells for each in cell.thresholds)
    place = "the threshold that was chosen" if chosen else "a threshold where one could be chosen, else argmax"
    of = f"Of {first.recipe} alone, whose cell is recommended. " if dossier.verdict.networks else ""
    return (
        f"{of}At argmax a weight of {last.weight_positive:.3g} instead of {first.weight_positive:.3g} takes {moves}. "
        f"With {place}, recall lies between {min(recalls):.2f} and {max(recalls):.2f} at all weights. "
        "Bands are 95 % intervals, small open marks single seeds."
    )


def learning(dossier: Dossier) -> str:
    """Of the curves over epochs."""
    best, said = dossier.best, "The last epoch counts, whatever came before."
    own = dossier.curves[dossier.curves["trial_id"].isin([trial.trial_id for trial in dossier.trained(best)])]
    trials = [of for _, of in own.groupby("trial_id")]
    if "val/loss" not in own or not trials or len(mean := epoch_means(trials, "val/loss")) < 2:
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


def sizes(dossier: Dossier) -> str:
    """Of the curve over the share of train."""
    cell = capitalised(that_learned(dossier.verdict))
    return f"{cell}, had it learned from less of train. Bars are 95 % intervals; all points are of the same images."


def scores(dossier: Dossier) -> str:
    """Of the scores per class."""
    best, (negative, positive) = dossier.best, dossier.about.subject.read
    recall, alarms = best.point["recall"].value, best.point["false_positive_rate"].value
    lie = "lie to the right of the dotted line, the threshold"
    if dossier.verdict.folds > 1:
        lie = "are called so at the threshold of their fold; the dotted line is that of the model to use"
    elif best.seeded:
        lie = "lie to the right of the dotted lines, the thresholds of the seeds"
    return (
        f"With {best.cell}, {100 * recall:.0f} % of {positive} and {100 * alarms:.0f} % of {negative} "
        f"{lie}. The scale is that of the odds; {ARGMAX:g} is argmax."
    )


def reliability(dossier: Dossier) -> str:
    """Of how far scores can be believed."""
    share = 100 * dossier.best.calibration[0].prevalence
    return (
        f"Test in tenths by score, as if {share:.3g} % were positive: the share of positives in each, with its 95 % "
        "Wilson interval. The nearer to the dotted line, the more a score can be read as a probability."
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


def wrong_images(dossier: Dossier) -> str:
    """Of the pictures of errors: which images are shown, and what to look for."""
    best, errors = dossier.best, len(wrong(dossier))
    who = network(dossier) if dossier.every_class else best.cell
    if not errors:
        alone = capitalised(who) if dossier.every_class else who
        gets = f"More than half of the seeds of {who} get" if best.seeded else f"{alone} gets"
        return f"{gets} each image of test right: no picture{'' if dossier.every_class else ' to show'}."
    look = "Look for wrong labels, poor images, and what they have in common."
    seeds = "its seeds" if dossier.every_class else "the seeds of it"
    half = "that it gets" if len(best.thresholds) == 1 else f"that at least half of {seeds} get"
    if not dossier.every_class:
        first = "the furthest from the threshold first"
        return f"Images of test {half} wrong, of {who}, {first}, with their scores. {look}"
    shown = f"all {errors}" if errors == len(dossier.gallery) else f"the surest {len(dossier.gallery)} of {errors:,}"
    return f"Images of test {half} wrong, of {who}: {shown}, with the score of the class they are called. {look}"


def kinds_of_errors(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The kinds of errors of a class to find, and a heading for the pictures of each."""
    negative, positive = dossier.about.subject.read
    counts = wrong(dossier)["kind"].value_counts()
    for kind, title in ((MISS, f"{positive} that it misses"), (FALSE_ALARM, f"{negative} that it calls {positive}")):
        shown, errors = int((dossier.gallery["kind"] == kind).sum()), int(counts.get(kind, 0))
        some = f"all {errors}" if shown == errors else f"the worst {shown} of {errors}"
        yield kind, f"{title}: {some if errors else 'none'}"
