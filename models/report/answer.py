"""The answer of a sweep in two sentences that need no statistics to be read."""

from collections.abc import Iterator, Sequence

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.verdict import CellVerdict, Estimate, Feasibility, Network, Versus
from steelyard.models.words.phrases import changed, constraint, counted, digits_of, in_seeds, lasting, measured

KEEPS = {
    "FEASIBLE": "On test {} holds",
    "INFEASIBLE": "On test {} does not hold",
    "UNDECIDED": "Whether {} holds is undecided",
}

NAMED = 3
"""Handlings that are named before they are counted."""

SEEDS = 5
"""Whose thresholds are given."""


def answer(dossier: Dossier) -> tuple[str, ...]:
    """What to use and what it gives on test; whether that is what was asked for, and what the handlings did.

    Then, where there are several recipes, what the network did and what a trial of each costs.
    """
    return _what(dossier), _whether(dossier), *_networks(dossier)


def network(cell: CellVerdict, several: bool = False) -> str:
    """``the unweighted network``, ``the network with weights 0.85``; of several recipes ``... of sound``."""
    of = f" of {cell.recipe}" if several else ""
    return f"the unweighted network{of}" if cell.is_baseline else f"the network{of} with {cell.label}"


def _what(dossier: Dossier) -> str:
    best, objective, verdict = dossier.best, dossier.objective, dossier.verdict
    recall, precision = (in_100(best.point[metric]) for metric in ("recall", "precision"))
    own = dossier.best.areas if objective.is_of_the_curve else best.point
    beside = (
        "" if objective.metric in ("recall", "precision") else f", {measured(objective.metric, own[objective.metric])}"
    )
    positive = dossier.about.subject.positive
    right = f"of 100 alarms {precision} are right where {100 * verdict.prevalence:.3g} % of the images are {positive}"
    if best.silent == len(best.thresholds):
        right = "it raises no alarm"
    place = _place(best, "test itself" if verdict.optimistic else "val")
    name = network(best, bool(verdict.networks))
    return f"Of 100 {positive} images {name} finds {recall}, and {right}{beside}: on test, {place}."


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


def _whether(dossier: Dossier) -> str:
    met, did = _met(dossier.best.feasibility, dossier), _did(dossier)
    return f"{met}{', and ' if met else ''}{did if met else did[0].upper() + did[1:]}."


def _met(found: Feasibility | None, dossier: Dossier) -> str:
    if found is None:
        return ""
    if found.out_of_reach_on_val:
        seeds = in_seeds(found.out_of_reach_on_val, found.at.seeds).rstrip()
        return f"No threshold met {constraint(dossier.objective)} on val{' ' * bool(seeds)}{seeds}"
    return KEEPS[found.status].format(constraint(dossier.objective))


def _did(dossier: Dossier) -> str:
    """What the handlings did to the baseline's curve, those that lifted it first."""
    by_shape: dict[str, list[str]] = {}
    for cell in dossier.verdict.cells:
        if cell.shape not in (None, "baseline"):
            by_shape.setdefault(str(cell.shape), []).append(cell.cell)
    if not by_shape:
        return _alone(dossier)
    lifted, lowered = (by_shape.get(f"{way} the curve", []) for way in ("lifted", "lowered"))
    number = sum(map(len, by_shape.values()))
    compared = counted(number, "handling")
    own = " of its recipe" if dossier.verdict.networks else ""
    if lifted:
        said = f"{listed(lifted)} lifted the curve of the unweighted network{own}, of {compared} compared"
    else:
        none = "the one handling compared is not" if number == 1 else f"none of {compared} is"
        said = f"{none} shown to do more than another threshold on the unweighted network{own} does"
    return f"{said}; {listed(lowered)} lowered its curve" if lowered else said


def _networks(dossier: Dossier) -> Iterator[str]:
    """The first two recipes on val, each without a handling."""
    verdict = dossier.verdict
    for found in verdict.versus[:1]:
        area = changed("roc_auc", found.differences["roc_auc"])
        did = {"lifted the curve": "lifts the curve of", "lowered the curve": "lowers the curve of"}.get(found.shape)
        said = (
            f"{found.recipe} {did} {found.other}"
            if did
            else f"{found.recipe} is not shown to do more than {found.other}"
        )
        yield f"Without a handling, {said} ({area}); {took(verdict.networks, found)}."


def took(networks: Sequence[Network], found: Versus) -> str:
    """``a trial takes 0.40 s with the one and 26 s with the other``."""
    seconds = {network.recipe: lasting(network.seconds) for network in networks}
    return f"a trial takes {seconds[found.recipe]} with the one and {seconds[found.other]} with the other"


def _alone(dossier: Dossier) -> str:
    """Why nothing is compared."""
    if dossier.baseline is None:
        return "handlings are not compared, as no trial of the unweighted network finished"
    if len(dossier.verdict.cells) == 1:
        return "there is no handling beside the unweighted network to compare"
    return "handlings are not compared, as none has a finished seed that the unweighted network has too"


def listed(cells: list[str]) -> str:
    """``weights 0.8, weights 0.9 and 2 more``."""
    shown, more = cells[:NAMED], len(cells) - NAMED
    return (
        f"{', '.join(shown)} and {more} more"
        if more > 0
        else " and ".join([", ".join(shown[:-1])] * (len(shown) > 1) + shown[-1:])
    )
