"""The sweep's verdict in sentences: the answer first."""

from collections import Counter
from collections.abc import Iterator, Sequence
from statistics import median

from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_words import feasible, rests_on, shown
from steelyard.models.verdict.network_words import of_networks
from steelyard.models.verdict.phrases import chance, changed, counted, digits_of, in_seeds, levelled, measured
from steelyard.models.verdict.verdict import CellVerdict, Threshold, Verdict

SLICES = 3
"""How many slices are named, the worst first."""

SHOWED = {"no difference shown": "showed no difference"}

USELESS = 0.5
"""A ROC area cannot be further from chance."""

MANY_GROUPS = 20
"""From so many groups on, drawing them whole says how they differ."""


def of_sweep(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Sentence by sentence, of a verdict whose cells are judged."""
    best = verdict.cells[0]
    if verdict.optimistic:
        yield (
            "Optimistic: test itself chose thresholds and order (what is called val here is test), so nothing of this "
            "is confirmed on images that had no say."
        )
    called = (
        f"{best.cell}, {'an' if verdict.networks else 'the'} unweighted baseline" if best.is_baseline else best.cell
    )
    rests = rests_on(len(best.thresholds) * best.seeded, verdict)
    yield f"Best on val for {objective}: {called}, {at(best, objective)} on test ({rests})."
    if verdict.level:
        yield levelled(verdict.level)
    if best.feasibility:
        yield feasible(best.feasibility, objective, verdict)
    for recipe in dict.fromkeys(cell.recipe for cell in verdict.cells):
        yield moving(verdict, objective, recipe)
    yield from of_networks(verdict)
    yield from _pairs(verdict)
    yield from _shapes(verdict)
    yield from _slices(best)
    yield from _thresholds(best)
    yield from _groups(verdict)


def at(cell: CellVerdict, objective: Objective) -> str:
    """``recall 0.43 [0.35, 0.52] at precision 0.66 [0.56, 0.75]``: what was asked for, beside what else it means."""
    own, beside = objective.metric, [objective.constraint] if objective.constraint else []
    if own not in ("recall", "precision"):
        beside = ["recall", "precision"]
    elif not beside:
        beside = ["precision" if own == "recall" else "recall"]
    found = cell.areas if objective.is_of_the_curve else cell.point
    return f"{measured(own, found[own])} at {' and '.join(measured(metric, cell.point[metric]) for metric in beside)}"


def moving(verdict: Verdict, objective: Objective, recipe: str) -> str:
    """What the threshold alone does, beside what the best handling does: the sentence of every recipe."""
    of, own = f" of {recipe}" * bool(verdict.networks), [cell for cell in verdict.cells if cell.recipe == recipe]
    base = next((cell for cell in own if cell.is_baseline), None)
    other = next((cell for cell in own if not cell.is_baseline), None)
    if base is None:
        return f"No trial of the unweighted baseline{of} finished, so what moving its threshold gives is not known."
    said = f"Moving the threshold of the unweighted model{of} gives {at(base, objective)}{_stands_in(base)}"
    if other is None:
        return f"{said}; no trial of a handling beside it finished."
    said += f"; the best handling, {other.cell}, {at(other, objective)}{_stands_in(other)}"
    found = other.differences.get(objective.metric)
    if found is None:
        return f"{said}."
    fewer = 0 < found.seeds < max(len(base.thresholds), len(other.thresholds))
    where = f" on the {counted(found.seeds, 'seed')} that both have" if fewer else ""
    return f"{said}. The handling's difference{where}: {changed(objective.metric, found)}{shown(found, verdict)}."


def _stands_in(cell: CellVerdict) -> str:
    missed = cell.feasibility.out_of_reach_on_val if cell.feasibility else 0
    return f" ({in_seeds(missed, len(cell.thresholds) * cell.seeded)}argmax stands in)" if missed else ""


def _pairs(verdict: Verdict) -> Iterator[str]:
    """Which positives the best handling and the baseline do not share: what equal recalls can hide."""
    other = next((cell for cell in verdict.cells if cell.pairs), None)
    if other is None:
        return
    mine, base = (
        ", ".join(f"{value:,}" for value in values)
        for values in zip(*((each.only_cell, each.only_baseline) for each in other.pairs), strict=True)
    )
    tested = ", ".join(chance(each.p) for each in other.pairs)
    seeds = f"seed{'s' * (len(other.pairs) > 1)} {', '.join(str(each.seed) for each in other.pairs)}; "
    if not other.differences["roc_auc"].seeds:
        seeds = ""
    of = f" of {other.recipe}" * bool(verdict.networks)
    yield (
        f"Of {counted(verdict.positives, 'positive')} only {other.cell} finds {mine}, only the baseline{of} {base} ("
        f"{seeds}exact McNemar test of these networks, not of the handling: {tested})."
    )


def _shapes(verdict: Verdict) -> Iterator[str]:
    found = Counter(cell.shape for cell in verdict.cells if cell.shape not in ("baseline", None))
    if not found:
        return
    parts = [f"{number} {SHOWED.get(str(shape), shape)}" for shape, number in found.items()]
    least = median(cell.differences["roc_auc"].detectable for cell in verdict.cells if cell.differences)
    noise = noisy([cell.differences["roc_auc"].seeds for cell in verdict.cells if cell.differences])
    images = f"{counted(verdict.positives, 'positive')} and {counted(verdict.negatives, 'negative')}"
    shows = f"a true difference of {least:.{digits_of(least)}f}" if least < USELESS else "no difference"
    own = ", each with its own recipe's baseline," if verdict.networks else ""
    yield (
        f"Of {counted(sum(found.values()), 'handling')} compared{own} {', '.join(parts)}. On {images}{noise} 4 of 5 "
        f"such sweeps would show {shows} in ROC area."
    )


def noisy(seeds: Sequence[int]) -> str:
    """Between "on these images" and what they would show: what seeds have to do with it.

    Args:
        seeds: of each difference; 0 where a seed changes nothing.
    """
    if max(seeds) > 1:
        return ", and with seeds as different as these,"
    return ", leaving out what seeds add," if max(seeds) else ""


def _slices(cell: CellVerdict) -> Iterator[str]:
    for column in dict.fromkeys(each.column for each in cell.slices):
        found = [each for each in cell.slices if each.column == column]
        named = [
            f"{each.value} {measured('recall', each.recall).removeprefix('recall ')} of "
            f"{counted(each.positives, 'positive')}"
            for each in found[:SLICES]
        ]
        rest = len(found) - len(named)
        more = f", and {rest} more" if rest else ""
        yield f"Recall of {cell.cell} by {column}, worst first: {', '.join(named)}{more}."


def _thresholds(cell: CellVerdict) -> Iterator[str]:
    ranges = ", ".join(_threshold(each) for each in sorted(cell.thresholds, key=lambda each: each.seed))
    out = max(each.out_of_reach for each in cell.thresholds)
    none = f"; in up to {out:.0%} of the samples none meets the constraint" if out >= 0.005 else ""
    by_seed = ", by seed" if cell.seeded else ""
    yield f"Other images of val would have chosen other thresholds; of {cell.cell}{by_seed}: {ranges}{none}."


def _threshold(found: Threshold) -> str:
    chosen = f"{found.value:.4g}" if found.feasible else "out of reach"
    return chosen if found.low is None else f"{chosen} ({found.low:.4g} to {found.high:.4g})"


def _groups(verdict: Verdict) -> Iterator[str]:
    if verdict.groups is not None:
        few = ", too few for more than a rough idea of them" if verdict.groups < MANY_GROUPS else ""
        yield f"The intervals are for other groups of images: test holds {verdict.groups:,}{few}."
