"""The answer of a sweep in which every class counts, in two sentences that need no statistics to be read."""

from collections.abc import Iterator

from steelyard.models.report.answer import in_100, listed, took
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict, Difference
from steelyard.models.words.phrases import called, changed, counted, found_class, in_seeds

KEEPS = {
    "FEASIBLE": "On test precision >= {:g} holds",
    "INFEASIBLE": "On test precision >= {:g} does not hold",
    "UNDECIDED": "Whether precision >= {:g} holds is undecided",
}


def answer(dossier: Dossier) -> tuple[str, ...]:
    """What to use and what it gives on test; then what the handlings did beside the unweighted network.

    Then, where there are several recipes, what the network did and what a trial of each costs.
    """
    met, did = _met(dossier), _did(dossier)
    return _what(dossier), f"{met}, and {did}." if met else f"{did[0].upper()}{did[1:]}.", *_networks(dossier)


def network(cell: CellVerdict, several: bool = False) -> str:
    """``the unweighted network``, ``the network with balanced``; of several recipes ``... of sound``."""
    of = f" of {cell.recipe}" if several else ""
    return f"the unweighted network{of}" if cell.is_baseline else f"the network{of} with {called(cell.label)}"


def _what(dossier: Dossier) -> str:
    best, name = dossier.best, dossier.objective.class_name
    accuracy, seeds = in_100(best.point["balanced_accuracy"]), len(best.thresholds) * best.seeded
    chooser = "test itself" if dossier.verdict.optimistic else "val"
    present = sum(size > 0 for size in dossier.verdict.sizes)
    means = f"mean of {present:,} class{'es' * (present != 1)}"
    means += f" and {counted(seeds, 'seed')}" if seeds else ""
    level = dossier.verdict.level
    place = f"level with {level:,} other{'s' * (level > 1)} on {chooser}" if level else f"first on {chooser}"
    of = network(best, bool(dossier.verdict.networks))
    first = f"{of[0].upper()}{of[1:]}, {place},"
    if not name:
        return f"{first} finds {accuracy} of 100 images of a class on test, {means}."
    found = found_class(best, name)
    return (
        f"{first} finds {in_100(found.recall)} of 100 {called(name)} images on test, and of 100 that it calls "
        f"{called(name)} {in_100(found.precision)} are right; of 100 images of a class it finds {accuracy}, {means}."
    )


def _met(dossier: Dossier) -> str:
    found = dossier.best.feasibility
    if found is None:
        return ""
    if found.out_of_reach_on_val:
        seeds = in_seeds(found.out_of_reach_on_val, found.at.seeds).rstrip()
        return f"No threshold met precision >= {found.limit:g} on val{' ' * bool(seeds)}{seeds}"
    return KEEPS[found.status].format(found.limit)


def _did(dossier: Dossier) -> str:
    """What the handlings did to the balanced accuracy, those that raised it first."""
    compared = [cell for cell in dossier.cells if cell.differences]
    if not compared:
        return _alone(dossier)
    higher, lower = ([called(cell.cell) for cell in compared if cell.shape == way] for way in ("higher", "lower"))
    number = counted(len(compared), "handling")
    own = " of its recipe" if dossier.verdict.networks else ""
    if higher:
        said = f"{_who(higher, number, len(compared))} found more than the unweighted network{own}{_most(compared)}"
    else:
        none = "the one handling compared is not" if len(compared) == 1 else f"none of {number} compared is"
        said = f"{none} shown to find more than the unweighted network{own}, over all classes"
    return f"{said}; {listed(lower)} found less" if lower else said


def _who(names: list[str], number: str, compared: int) -> str:
    if compared == 1:
        return f"the one handling compared, {names[0]},"
    return f"all {number} compared" if len(names) == compared else f"of {number} compared {listed(names)}"


def _most(compared: list[CellVerdict]) -> str:
    """What the first of them on val did for the rarer classes."""
    first = next(cell for cell in compared if cell.shape == "higher")
    rare: Difference | None = first.differences.get("rare")
    if rare is None or rare.p_holm > LEVEL:
        return ""
    more = "more" if rare.value > 0 else "fewer"
    name = f"{called(first.cell)} " if sum(cell.shape == "higher" for cell in compared) > 1 else ""
    return f" ({name}{100 * abs(rare.value):.0f} {more} in 100 of the rarer half of the classes)"


def _networks(dossier: Dossier) -> Iterator[str]:
    """The first two recipes on val, each without a handling."""
    verdict = dossier.verdict
    for found in verdict.versus[:1]:
        accuracy = changed("balanced_accuracy", found.differences["balanced_accuracy"])
        did = {"higher": "finds more than", "lower": "finds less than"}.get(
            found.shape, "is not shown to find more than"
        )
        said = f"Without a handling, {found.recipe} {did} {found.other} ({accuracy})"
        yield f"{said}; {took(verdict.networks, found)}."


def _alone(dossier: Dossier) -> str:
    """Why nothing is compared."""
    if dossier.baseline is None:
        return "handlings are not compared, as no trial of the unweighted network finished"
    if len(dossier.cells) == 1:
        return "there is no handling beside the unweighted network to compare"
    return "handlings are not compared, as none has a finished seed that the unweighted network has too"
