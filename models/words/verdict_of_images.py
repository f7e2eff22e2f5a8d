"""What is known of the images and bears on a verdict, in sentences."""

from collections.abc import Iterator

from steelyard.models.objective import Objective
from steelyard.models.verdict.sweep_verdict import Otherwise, Verdict
from steelyard.models.words import phrases as say

SEEN = 0.005
"""From which on a difference can be seen in two digits."""

GRAVE = 3
"""Findings that are told, at most."""


def of_images(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Findings that make figures too good; what copies and corrected labels do to those of the cell to use."""
    bearing, where = verdict.bearing, "another fold" if verdict.folds > 1 else "train"
    for line in bearing.grave[:GRAVE]:
        yield f"{say.capitalised(line)}."
    if (twins := bearing.twins) and _is_seen(twins):
        what = say.of_class(objective).removeprefix(" of ") or ("image" if verdict.every_class else "positive")
        of = f"{twins.images:,} of {say.counted(twins.of, what)} of test"
        yield f"{of} have a copy in {where}; without all such images {_figures(twins)}."
    if corrected := bearing.corrected:
        were = "was" if corrected.images == 1 else "were"
        change = f"by the labels of before {_figures(corrected)}" if _is_seen(corrected) else "no figure changes by it"
        yield f"{say.counted(corrected.images, 'label')} of test {were} corrected; {change}."


def _is_seen(of: Otherwise) -> bool:
    return any(abs(of.otherwise[metric] - value) >= SEEN for metric, value in of.whole.items())


def _figures(of: Otherwise) -> str:
    return " and ".join(
        f"{say.name(metric)} is {of.otherwise[metric]:.2f}, not {value:.2f}" for metric, value in of.whole.items()
    )
