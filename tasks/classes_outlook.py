"""What is known of a sweep in which every class counts, before it trains, in lines to read."""

from collections.abc import Iterator, Sequence

from steelyard.models.names import cut
from steelyard.models.partition import Parts
from steelyard.models.statistics.power import resolvable
from steelyard.models.sweep_plan import SweepPlan

LISTED = 12
"""Classes whose counts are all listed; of more the largest and the smallest."""

NAME = 24
"""Characters of a class's name in a line."""


def describe(plan: SweepPlan) -> list[str]:
    """Counts of each part, and what the smallest class of it can resolve."""
    names = plan.shared.subject.classes
    lines = [
        f"{part}: {sum(counts):,} images of {len(names)} classes, {_counts(names, counts)}"
        for part, counts in plan.counts.items()
        if part != "val" or plan.partition.validate_on == "val"
    ]
    if plan.partition.validate_on == "test":
        lines.append("test also chooses: what it says is optimistic")
    return [*lines, *_resolved(names, plan.counts["test"])]


def left_out(plan: SweepPlan, parts: Parts) -> list[str]:
    """What was left out of train to make it imbalanced."""
    if not parts.thinned:
        return []
    factor = plan.partition.imbalance_factor or 1
    return [f"left out of train: {parts.thinned:,} images, for an exponential profile of imbalance factor {factor:g}"]


def cautions(plan: SweepPlan) -> list[str]:
    """Classes that val or test lacks: nothing is said of them there."""
    names = plan.shared.subject.classes
    lacking = {
        part: [name for name, count in zip(names, plan.counts[part], strict=True) if not count]
        for part in ("val", "test")
    }
    return [
        f"{part} holds no image of {_some(absent)}: means over classes there leave them out"
        for part, absent in lacking.items()
        if absent
    ]


def _some(names: Sequence[str]) -> str:
    shown, more = ", ".join(cut(name, NAME) for name in names[:LISTED]), len(names) - LISTED
    return f"{shown} and {more:,} more" if more > 0 else shown


def _counts(names: Sequence[str], counts: Sequence[int]) -> str:
    shown = [f"{cut(name, NAME)} {count:,}" for name, count in zip(names, counts, strict=True)]
    if len(names) <= LISTED:
        return ", ".join(shown)
    order = sorted(range(len(names)), key=lambda place: -counts[place])
    return f"from {shown[order[0]]} to {shown[order[-1]]}"


def _resolved(names: Sequence[str], counts: Sequence[int]) -> Iterator[str]:
    there = [(count, name) for name, count in zip(names, counts, strict=True) if count]
    count, name = min(there)
    yield (
        f"the smallest class of test, {cut(name, NAME)}, has {count:,} image{'s' * (count > 1)}; a recall of 0.9 is "
        f"known there to ± {resolvable(count):.3f}"
    )
