"""The answer of a sweep in two sentences that need no statistics to be read, and the one network to take."""

from collections.abc import Iterator, Sequence

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict, Estimate, Network, Versus
from steelyard.models.words.handlings import of_handlings
from steelyard.models.words.phrases import (
    called,
    changed,
    constraint,
    counted,
    digits_of,
    found_class,
    in_seeds,
    lasting,
    measured,
)

KEEPS = {
    "FEASIBLE": "On test {} holds",
    "INFEASIBLE": "On test {} does not hold",
    "UNDECIDED": "Whether {} holds is undecided",
}

BESIDE = {
    "lifted the curve": "lifts the curve of",
    "lowered the curve": "lowers the curve of",
    "higher": "finds more than",
    "lower": "finds less than",
}
"""What a network does to another."""

SEEDS = 5
"""Whose thresholds are given."""


def answer(dossier: Dossier) -> tuple[str, ...]:
    """What to use and what it gives on test; whether that is what was asked for, and what the handlings did.

    Then, where there are several recipes, what the network did and what a trial of each costs.
    """
    what = _what_is_found(dossier) if dossier.every_class else _what(dossier)
    met, did = _met(dossier), of_handlings(dossier)
    return what, f"{met}, and {did}." if met else f"{upper(did)}.", *_networks(dossier)


def take(dossier: Dossier) -> str:
    """The one network to take, how it decides, and what that gives on test; "" where none was kept as the best."""
    best = next((trial for trial in dossier.found.trials if trial.trial_id == dossier.found.best), None)
    if best is None or best.operating is None:
        return ""
    at, name = best.operating, dossier.objective.class_name
    one = f"{called(best.cell)}{best.of_seed}, run {best.run_id}"
    if not dossier.every_class:
        recall, precision = (dossier.measured(best, at.threshold, metric) for metric in ("recall", "precision"))
        one += f", scores from {at.threshold:.4g} on"
        gives = f"recall {recall:.2f} and precision {precision:.2f}"
    else:
        one += f", {called(name)} from a score of {at.threshold:.4g} on" if name and at.threshold >= 0 else ""
        gives = f"balanced accuracy {at.test['balanced_accuracy']:.2f} and accuracy {at.test['accuracy']:.2f}"
    return f"To decide with one network: {one}; on test it has {gives}."


def network(dossier: Dossier) -> str:
    """The best one: ``the unweighted network``, ``the network with balanced``; of several recipes ``... of sound``."""
    cell = dossier.best
    of = f" of {cell.recipe}" if dossier.verdict.networks else ""
    return f"the unweighted network{of}" if cell.is_baseline else f"the network{of} with {called(cell.label)}"


def upper(words: str) -> str:
    """The same with a capital at its head."""
    return f"{words[0].upper()}{words[1:]}"


def _what(dossier: Dossier) -> str:
    """What is found of the class to find, and how many alarms are right."""
    best, objective, verdict = dossier.best, dossier.objective, dossier.verdict
    recall, precision = (in_100(best.point[metric]) for metric in ("recall", "precision"))
    beside = ""
    if objective.metric not in ("recall", "precision"):
        beside = f", {measured(objective.metric, best.metric(objective.metric))}"
    positive = dossier.about.subject.positive
    right = f"of 100 alarms {precision} are right where {100 * verdict.prevalence:.3g} % of the images are {positive}"
    if best.silent == len(best.thresholds):
        right = "it raises no alarm"
    place = _place(best, chooser(dossier))
    return f"Of 100 {positive} images {network(dossier)} finds {recall}, and {right}{beside}: on test, {place}."


def _what_is_found(dossier: Dossier) -> str:
    """What is found of every class, behind what is found of the one that the objective is about."""
    best, name, level = dossier.best, dossier.objective.class_name, dossier.verdict.level
    accuracy, seeds = in_100(best.point["balanced_accuracy"]), len(best.thresholds) * best.seeded
    present = sum(size > 0 for size in dossier.verdict.sizes)
    means = f"mean of {present:,} class{'es' * (present != 1)}"
    means += f" and {counted(seeds, 'seed')}" if seeds else ""
    place = f"level with {level:,} other{'s' * (level > 1)}" if level else "first"
    first = f"{upper(network(dossier))}, {place} on {chooser(dossier)},"
    if not name:
        return f"{first} finds {accuracy} of 100 images of a class on test, {means}."
    found = found_class(best, name)
    return (
        f"{first} finds {in_100(found.recall)} of 100 {called(name)} images on test, and of 100 that it calls "
        f"{called(name)} {in_100(found.precision)} are right; of 100 images of a class it finds {accuracy}, {means}."
    )


def chooser(dossier: Dossier) -> str:
    """What chose the thresholds and the order."""
    return "test itself" if dossier.verdict.optimistic else "val"


def _place(cell: CellVerdict, chooser: str) -> str:
    """The thresholds that the rates of a cell are those of, a seed each."""
    thresholds = sorted(cell.thresholds, key=lambda each: each.seed)
    told = [f"{each.value:.3g}" if each.feasible else "argmax" for each in thresholds[:SEEDS]]
    more = f" and {len(thresholds) - SEEDS} more" if len(thresholds) > SEEDS else ""
    if not any(each.feasible for each in thresholds):
        return "at argmax"
    if len(thresholds) == 1:
        return f"at the threshold {told[0]} that {chooser} chose"
    return f"mean of {len(thresholds)} seeds, at the thresholds {', '.join(told)}{more} that {chooser} chose for them"


def in_100(found: Estimate) -> str:
    """``43 (22 to 67)``."""
    digits = max(0, digits_of(found.high - found.low) - 2)
    value, low, high = (f"{100 * number:.{digits}f}" for number in (found.value, found.low, found.high))
    return f"{value} ({low} to {high})"


def _met(dossier: Dossier) -> str:
    """Whether the constraint holds; "" where there is none."""
    found = dossier.best.feasibility
    if found is None:
        return ""
    if found.out_of_reach_on_val:
        seeds = in_seeds(found.out_of_reach_on_val, found.at.seeds).rstrip()
        return f"No threshold met {constraint(dossier.objective)} on val{' ' * bool(seeds)}{seeds}"
    return KEEPS[found.status].format(constraint(dossier.objective))


def _networks(dossier: Dossier) -> Iterator[str]:
    """The first two recipes on val, each without a handling."""
    verdict, key = dossier.verdict, dossier.verdict.main_metric
    not_shown = f"is not shown to {'find' if verdict.every_class else 'do'} more than"
    for found in verdict.versus[:1]:
        said = f"{found.recipe} {BESIDE.get(found.shape, not_shown)} {found.other}"
        yield f"Without a handling, {said} ({changed(key, found.differences[key])}); {_took(verdict.networks, found)}."


def _took(networks: Sequence[Network], found: Versus) -> str:
    """``a trial takes 0.40 s with the one and 26 s with the other``."""
    seconds = {network.recipe: lasting(network.seconds) for network in networks}
    return f"a trial takes {seconds[found.recipe]} with the one and {seconds[found.other]} with the other"
