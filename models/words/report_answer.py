"""The answer of a sweep in two sentences that need no statistics to be read, and the one network to take."""

from collections.abc import Iterator

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.words import phrases as say

BESIDE = {
    "lifted the curve": "lifts the curve of",
    "lowered the curve": "lowers the curve of",
    "higher": "finds more than",
    "lower": "finds less than",
}
"""What a network does to another."""

SEEDS = 5
"""Whose thresholds are given."""

NAMED = 3
"""Handlings that are named before they are counted."""


def answer(dossier: Dossier) -> tuple[str, ...]:
    """What to use and what it gives on test; whether that is what was asked for, and what the handlings did.

    Then, where there are several recipes, what the network did and what a trial of each costs.
    """
    what = _found_of_every_class(dossier) if dossier.every_class else _found_of_one_class(dossier)
    met, did = _constraint_met(dossier), _what_handlings_did(dossier)
    return what, f"{met}, and {did}." if met else f"{say.capitalised(did)}.", *_what_the_network_did(dossier)


def take(dossier: Dossier) -> str:
    """The one network to take, how it decides, and what that gives on test; "" where none was kept as the best."""
    best = dossier.taken
    if best is None or best.operating is None or dossier.found.lacks_model:
        return ""
    at, name = best.operating, dossier.objective.class_name
    one, folds = f"{say.called(best.cell)}{best.apart}", dossier.verdict.folds
    one += f", trained on {say.all_images(dossier.verdict)}" * (folds > 1) + f", run {dossier.found.best_run}"
    if not dossier.every_class:
        recall, precision = (dossier.measured(best, metric) for metric in ("recall", "precision"))
        one += f", scores from {at.threshold:.4g} on"
        gives = f"recall {recall:.2f} and precision {precision:.2f}"
    else:
        one += f", {say.called(name)} from a score of {at.threshold:.4g} on" if name and at.threshold >= 0 else ""
        gives = f"balanced accuracy {at.test['balanced_accuracy']:.2f} and accuracy {at.test['accuracy']:.2f}"
    if folds > 1:
        return f"To decide with one network: {one}; those of the folds have {gives} on test."
    return f"To decide with one network: {one}; on test it has {gives}."


def network(dossier: Dossier) -> str:
    """The best one: ``the unweighted network``, ``the network with balanced``; of several recipes ``... of sound``."""
    cell = dossier.best
    of = f" of {cell.recipe}" if dossier.verdict.networks else ""
    return f"the unweighted network{of}" if cell.is_baseline else f"the network{of} with {say.called(cell.label)}"


def own_recipe(dossier: Dossier) -> str:
    """Which baseline a handling stands beside, where there are several."""
    return " of its recipe" if dossier.verdict.networks else ""


def _found_of_one_class(dossier: Dossier) -> str:
    """What is found of the class to find, and how many alarms are right."""
    best, objective, verdict = dossier.best, dossier.objective, dossier.verdict
    recall, precision = (_in_100(best.point[metric]) for metric in ("recall", "precision"))
    positive = dossier.about.subject.positive
    right = f"of 100 alarms {precision} are right where {100 * verdict.prevalence:.3g} % of the images are {positive}"
    if verdict.as_counted:
        share = verdict.positives / sum(verdict.sizes)
        right += f", {_in_100(verdict.as_counted)} where {100 * share:.3g} % are, as in test"
    if best.silent == len(best.thresholds):
        right = "it raises no alarm"
    if objective.metric not in ("recall", "precision"):
        right += f", {say.measured(objective.metric, best.metric(objective.metric))}"
    where = "in folds, each at the threshold that its val chose"
    if verdict.folds == 1:
        where = _thresholds(best, _chooser(dossier))
    return f"Of 100 {positive} images {network(dossier)} finds {recall}, and {right}: on test, {where}."


def _found_of_every_class(dossier: Dossier) -> str:
    """What is found of every class, behind what is found of the one that the objective is about."""
    best, name, level = dossier.best, dossier.objective.class_name, dossier.verdict.level
    accuracy, seeds = _in_100(best.point["balanced_accuracy"]), len(best.thresholds) * best.seeded
    means = f"mean of {say.classes_tested(dossier.verdict)}"
    means += f" and {say.counted(seeds, 'seed')}" if seeds else ""
    place = f"level with {level:,} other{'s' * (level > 1)} on" if level else "recommended by"
    first = f"{say.capitalised(network(dossier))}, {place} {_chooser(dossier)},"
    if not name:
        return f"{first} finds {accuracy} of 100 images of a class on test, {means}."
    own = say.found_class(best, name)
    return (
        f"{first} finds {_in_100(own.recall)} of 100 {say.called(name)} images on test, and of 100 that it calls "
        f"{say.called(name)} {_in_100(own.precision)} are right; of 100 images of a class it finds {accuracy}, {means}."
    )


def _chooser(dossier: Dossier) -> str:
    """What chose the thresholds and the order."""
    return "test itself" if dossier.verdict.optimistic else "val"


def _in_100(share: Estimate) -> str:
    """``43 (22 to 67)``."""
    digits = max(0, say.digits_of(share.high - share.low) - 2)
    value, low, high = (f"{100 * number:.{digits}f}" for number in (share.value, share.low, share.high))
    return f"{value} ({low} to {high})"


def _thresholds(cell: CellVerdict, chooser: str) -> str:
    """The thresholds that the rates of a cell are those of, a seed each."""
    thresholds = sorted(cell.thresholds, key=lambda each: each.seed)
    near = cell.feasibility is not None and cell.feasibility.nearest is None
    told = [f"{each.value:.3g}" if each.feasible or near else "argmax" for each in thresholds[:SEEDS]]
    more = f" and {len(thresholds) - SEEDS} more" if len(thresholds) > SEEDS else ""
    if not any(each.feasible or near for each in thresholds):
        return "at argmax"
    if len(thresholds) == 1:
        return f"at the threshold {told[0]} that {chooser} chose"
    return f"mean of {len(thresholds)} seeds, at the thresholds {', '.join(told)}{more} that {chooser} chose for them"


def _constraint_met(dossier: Dossier) -> str:
    """Whether the constraint holds; "" where there is none."""
    feasibility, asked = dossier.best.feasibility, say.constraint(dossier.objective)
    if feasibility is None:
        return ""
    if feasibility.out_of_reach_on_val:
        seeds = say.in_seeds(feasibility.out_of_reach_on_val, feasibility.at.seeds)
        return f"No threshold met {asked} on val {seeds}".rstrip()
    if feasibility.status == "UNDECIDED":
        return f"Whether {asked} holds is undecided"
    return f"On test {asked} {'holds' if feasibility.status == 'FEASIBLE' else 'does not hold'}"


def _what_handlings_did(dossier: Dossier) -> str:
    """What they did beside the unweighted network, those that are better first."""
    compared = [cell for cell in dossier.cells if cell.differences]
    if not compared:
        return _why_nothing_is_compared(dossier)
    better = [cell for cell in compared if cell.shape in say.BETTER]
    worse = [say.called(cell.cell) for cell in compared if cell.shape in say.WORSE]
    base, number = f"the unweighted network{own_recipe(dossier)}", say.counted(len(compared), "handling")
    more, less = f"do more than another threshold on {base} does", "lowered its curve"
    if dossier.every_class:
        number, more, less = f"{number} compared", f"find more than {base}, over all classes", "found less"
    if not better:
        none = "the one handling compared is not" if len(compared) == 1 else f"none of {number} is"
        said = f"{none} shown to {more}"
    elif dossier.every_class:
        said = f"{_who_found_more(better, len(compared))} found more than {base}{_of_rarer_classes(better)}"
    else:
        lifting = say.listed([say.called(cell.cell) for cell in better], NAMED)
        said = f"{lifting} lifted the curve of {base}, of {number} compared"
    return f"{said}; {say.listed(worse, NAMED)} {less}" if worse else said


def _who_found_more(better: list[CellVerdict], compared: int) -> str:
    names, number = [say.called(cell.cell) for cell in better], say.counted(compared, "handling")
    if compared == 1:
        return f"the one handling compared, {names[0]},"
    return f"all {number} compared" if len(names) == compared else f"of {number} compared {say.listed(names, NAMED)}"


def _of_rarer_classes(better: list[CellVerdict]) -> str:
    """What the first of them on val did for the rarer classes."""
    rare, name = better[0].differences.get("rare"), f"{say.called(better[0].cell)} " if len(better) > 1 else ""
    if rare is None or rare.p_holm > LEVEL:
        return ""
    more = "more" if rare.value > 0 else "fewer"
    return f" ({name}{100 * abs(rare.value):.0f} {more} in 100 of the rarer half of the classes)"


def _why_nothing_is_compared(dossier: Dossier) -> str:
    if dossier.baseline is None:
        return "handlings are not compared, as no trial of the unweighted network finished"
    if len(dossier.cells) == 1:
        return "there is no handling beside the unweighted network to compare"
    return "handlings are not compared, as none has a finished seed that the unweighted network has too"


def _what_the_network_did(dossier: Dossier) -> Iterator[str]:
    """The first two recipes on val, each without a handling."""
    verdict, key = dossier.verdict, dossier.verdict.main_metric
    not_shown = f"is not shown to {'find' if verdict.every_class else 'do'} more than"
    takes = {network.recipe: say.lasting(network.seconds) for network in verdict.networks}
    for versus in verdict.versus[:1]:
        said = f"{versus.recipe} {BESIDE.get(versus.shape, not_shown)} {versus.other}"
        seconds = f"{takes[versus.recipe]} with the one and {takes[versus.other]} with the other"
        yield f"Without a handling, {said} ({say.changed(key, versus.differences[key])}); a trial takes {seconds}."
