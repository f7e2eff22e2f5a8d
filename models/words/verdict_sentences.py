"""The verdict in sentences, each computed from the numbers beside it: the answer first."""

from collections import Counter
from collections.abc import Iterator
from statistics import median

from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.differences import UNSHOWN
from steelyard.models.verdict.looks import Looks
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.looked import looked
from steelyard.models.words.verdict_of_cell import feasible, halves, of_cell, worst
from steelyard.models.words.verdict_of_images import of_images
from steelyard.models.words.verdict_of_model import of_model
from steelyard.models.words.verdict_of_recipes import of_networks, of_published_order

ONCE = Looks()

SLICES = 3
"""How many values of a slice column are named, the worst first."""

SHOWED = {
    "higher": "had a higher balanced accuracy",
    "lower": "had a lower balanced accuracy",
}

USELESS = 0.5
"""A ROC area cannot be further from chance."""

MANY_GROUPS = 20
"""From so many groups on, drawing them whole says how they differ."""


def worded(verdict: Verdict, looks: Looks = ONCE) -> Verdict:
    """The same verdict with its sentences; ``looks`` is how often its test images were asked."""
    objective = Objective.parse(verdict.objective)
    cells = tuple(cell.model_copy(update={"words": tuple(of_cell(cell, objective, verdict))}) for cell in verdict.cells)
    return verdict.model_copy(
        update={"cells": cells, "words": (*_of_sweep(verdict, objective), *looked(verdict, looks))}
    )


def _of_sweep(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best = verdict.cells[0]
    if verdict.optimistic:
        yield (
            "Optimistic: test itself chose thresholds and order (what is called val here is test), so nothing of this "
            "is confirmed on images that had no say."
        )
    baseline = f", {'an' if verdict.networks else 'the'} unweighted baseline" if best.is_baseline else ""
    rests = say.rests_on(len(best.thresholds) * best.seeded, verdict)
    told = f"{say.called(best.cell)}{baseline}, {say.at(best, objective)} on test ({rests})"
    yield f"Recommended for {say.wanted(objective, verdict)}: {told}."
    yield from _on_val(verdict)
    if best.feasibility:
        yield feasible(best.feasibility, objective, verdict)
    yield from _unlike(verdict)
    yield from of_images(verdict, objective)
    if verdict.as_counted:
        kind, own = say.of_interest(objective) or "positive", verdict.positives
        if objective.class_name:
            own = verdict.sizes[verdict.classes.index(objective.class_name)]
        yield (
            f"In test {100 * own / sum(verdict.sizes):.3g} % are {kind}, where the same decisions have a precision of "
            f"{say.figures(verdict.as_counted, 'precision')}; say at prevalence test to be judged so."
        )
    for recipe in dict.fromkeys(cell.recipe for cell in verdict.cells):
        yield _baseline_beside_best(verdict, objective, recipe)
    yield from of_networks(verdict)
    yield from of_published_order(verdict)
    yield from _calls_not_shared(verdict)
    yield from _shapes(verdict)
    if best.classes:
        yield worst(best, f" of {say.called(best.cell)}")
    yield from _slices(best)
    yield from of_model(verdict, objective)
    yield from _absent_classes(verdict)
    yield from _groups(verdict)


def _on_val(verdict: Verdict) -> Iterator[str]:
    """Why this cell and no other: what val shows of the best handling, or how many are as good."""
    leader, best = verdict.leader, verdict.cells[0]
    if verdict.level == 1:
        yield "Another cell is as good on val; of the two the simpler is named."
    elif verdict.level:
        yield f"{verdict.level:,} other cells are as good on val; of equals the simplest is named."
    if leader is None:
        return
    name, base = say.called(leader.cell), say.called(leader.baseline) if verdict.networks else "the baseline"
    if leader.difference is None:
        yield f"On val {name} comes first, but shares no seed with {base} that finished: the simpler is recommended."
        return
    of = say.of_class(Objective.parse(verdict.objective)) if "/" in leader.metric else ""
    gained = f"{say.name(leader.metric)}{of} {say.moves(leader.difference, leader.metric)}"
    if leader.cell == best.cell:
        yield f"On val {name} is better than {base}: {gained}."
    else:
        yield (
            f"On val {name} comes first; beside {base} that is {gained}, not shown to be better"
            f"{say.uncorrected(leader.difference, say.compared(verdict))}, so the simpler is recommended."
        )


def _baseline_beside_best(verdict: Verdict, objective: Objective, recipe: str) -> str:
    """What the threshold alone does, beside what the best handling does: the sentence of every recipe."""
    of, own = f" of {recipe}" * bool(verdict.networks), [cell for cell in verdict.cells if cell.recipe == recipe]
    base = next((cell for cell in own if cell.is_baseline), None)
    other = next((cell for cell in own if not cell.is_baseline), None)
    moving = bool(objective.class_name) or not verdict.every_class
    if base is None:
        unknown = "moving its threshold gives" if moving else "the handlings add to it"
        return f"No trial of the unweighted baseline{of} finished, so what {unknown} is not known."
    model = f"{'Moving the threshold of the' if moving else 'The'} unweighted model{of}"
    said = f"{model} gives {say.at(base, objective)}{_stands_in(base)}"
    if other is None:
        return f"{said}; no trial of a handling beside it finished."
    said += f"; the best handling, {say.called(other.cell)}, {say.at(other, objective)}{_stands_in(other)}"
    keys = dict.fromkeys([say.own_key(objective), *["balanced_accuracy"] * verdict.every_class])
    told = [_difference(other, key, objective, verdict) for key in keys if key in other.differences]
    if not told:
        return f"{said}."
    rare = "".join(f" {half}" for half in halves(other, verdict))
    return f"{said}. The handling's difference{_shared_seeds(base, other, objective)}: {', '.join(told)}.{rare}"


def _unlike(verdict: Verdict) -> Iterator[str]:
    """That val chose for other images than test's."""
    if verdict.unlike:
        told = [
            f"{say.measured(of.metric, of.val)} on val and {say.figures(of.test, of.metric)} on test"
            for of in verdict.unlike
        ]
        yield (
            f"Val and test disagree, at the same threshold: {say.listed(told)}. No share of positives explains that, "
            "which changes neither rate; their images are not alike, so look at where each part comes from."
        )


def _stands_in(cell: CellVerdict) -> str:
    missed = cell.feasibility.out_of_reach_on_val if cell.feasibility else 0
    stands_in = "argmax" if cell.feasibility and cell.feasibility.nearest else "the nearest threshold"
    return f" ({say.in_seeds(missed, len(cell.thresholds) * cell.seeded)}{stands_in} stands in)" if missed else ""


def _difference(cell: CellVerdict, key: str, objective: Objective, verdict: Verdict) -> str:
    difference, of = cell.differences[key], say.of_class(objective) if "/" in key else ""
    return f"{say.name(key)}{of} {say.moves(difference, key)}{say.shown(difference, say.compared(verdict))}"


def _shared_seeds(base: CellVerdict, other: CellVerdict, objective: Objective) -> str:
    seeds = other.differences[say.own_key(objective)].seeds
    most = max(len(base.thresholds), len(other.thresholds))
    return f" on the {say.counted(seeds, 'seed')} that both have" if 0 < seeds < most else ""


def _calls_not_shared(verdict: Verdict) -> Iterator[str]:
    """What the best handling calls positive and the baseline does not, and the other way: what equal rates can hide."""
    other = next((cell for cell in verdict.cells if cell.pairs), None)
    if other is None:
        return
    mine, base, false, false_of_base = (
        ", ".join(f"{getattr(pair, field):,}" for pair in other.pairs)
        for field in ("only_cell", "only_baseline", "false_only_cell", "false_only_baseline")
    )
    tested = ", ".join(say.chance(pair.p) for pair in other.pairs)
    seeds = ""
    if other.differences["roc_auc"].seeds:
        seeds = f"seed{'s' * (len(other.pairs) > 1)} {', '.join(str(pair.seed) for pair in other.pairs)}; "
    of = f" of {other.recipe}" * bool(verdict.networks)
    yield (
        f"Of {say.counted(verdict.positives, 'positive')} only {other.cell} finds {mine}, only the baseline{of} "
        f"{base}; of {say.counted(verdict.negatives, 'negative')} only the former takes {false} for positive, only the "
        f"latter {false_of_base} ({seeds}exact McNemar test that these networks err equally often: {tested})."
    )


def _shapes(verdict: Verdict) -> Iterator[str]:
    """What the handlings did, counted, and what such a sweep could have shown."""
    key = verdict.main_metric
    cells = [cell for cell in verdict.cells if cell.differences]
    if not cells:
        return
    shapes = Counter(str(cell.shape) for cell in cells)
    none = {UNSHOWN: f"showed no difference in {say.name(key)}"}
    parts = [f"{number} {(SHOWED | none).get(shape, shape)}" for shape, number in shapes.items()]
    least = median(cell.differences[key].detectable for cell in cells)
    images = f"{say.counted(verdict.positives, 'positive')} and {say.counted(verdict.negatives, 'negative')}"
    if verdict.every_class:
        images = f"{say.counted(sum(verdict.sizes), 'image')} of test"
    # A difference has 0 seeds where a seed changes nothing.
    seeds, noise = max(cell.differences[key].seeds for cell in cells), ""
    if seeds:
        noise = ", and with seeds as different as these," if seeds > 1 else ", leaving out what seeds add,"
    if least < USELESS:
        least_shown = f"{least:.{say.digits_of(least)}f} in {say.name(key)}"
        shows = f"4 of 5 such sweeps would show a true difference of {least_shown}"
    else:
        shows = f"no true difference in {say.name(key)} is large enough for 4 of 5 such sweeps to show it"
    own = ", each with its own recipe's baseline," if verdict.networks else ""
    yield (f"Of {say.counted(len(cells), 'handling')} compared{own} {', '.join(parts)}. On {images}{noise} {shows}.")


def _slices(cell: CellVerdict) -> Iterator[str]:
    kind = "image" if cell.classes else "positive"
    for column in dict.fromkeys(each.column for each in cell.slices):
        own = [each for each in cell.slices if each.column == column]
        named = [
            f"{say.called(each.value)} {say.figures(each.at)} of {say.counted(each.images, kind)}"
            for each in own[:SLICES]
        ]
        more = f", and {len(own) - SLICES} more" if len(own) > SLICES else ""
        metric = say.name(own[0].metric).capitalize()
        yield f"{metric} of {say.called(cell.cell)} by {say.called(column)}, worst first: {', '.join(named)}{more}."


def _absent_classes(verdict: Verdict) -> Iterator[str]:
    for part, sizes in (("test", verdict.sizes), ("train", verdict.train)) if verdict.every_class else ():
        absent = [name for name, size in zip(verdict.classes, sizes, strict=True) if not size]
        left = "; the means are over the other classes" if part == "test" else "; its recall can only be chance"
        if absent:
            yield f"No image of {part} is {say.some(absent)}{left}."


def _groups(verdict: Verdict) -> Iterator[str]:
    if verdict.groups is None:
        return
    few = ", too few for more than a rough idea of them" if verdict.groups < MANY_GROUPS else ""
    yield f"The intervals are for other groups of images: test holds {verdict.groups:,}{few}."
    lone = [name for name, number in zip(verdict.classes, verdict.class_groups, strict=False) if number == 1]
    if lone:
        alone = f"so that nothing is known of others: {say.some(lone)}"
        yield f"In one group only, {alone}; the means take them as they are."
