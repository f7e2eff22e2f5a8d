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
    if (twins := bearing.twins) and (figures := _figures(twins)):
        every = twins.of == sum(verdict.sizes)
        what = "image" if every or objective.class_name or verdict.every_class else "positive"
        of = f"{twins.images:,} of {say.counted(twins.of, what)}{say.of_class(objective) * (not every)} of test"
        have = "has" if twins.images == 1 else "have"
        yield f"{of} {have} a copy in {where}; without all such images {figures}."
    if corrected := bearing.corrected:
        were, figures = "was" if corrected.images == 1 else "were", _figures(corrected)
        change = f"by the labels of before {figures}" if figures else "no figure changes by it"
        yield f"{say.counted(corrected.images, 'label')} of test {were} corrected; {change}."


def _figures(of: Otherwise) -> str:
    """Those that differ, and in which two digits show it; "" where none does."""
    differing = {
        metric: (f"{of.otherwise[metric]:.2f}", f"{value:.2f}")
        for metric, value in of.whole.items()
        if abs(of.otherwise[metric] - value) >= SEEN
    }
    return " and ".join(
        f"{say.name(metric)} is {otherwise}, not {whole}"
        for metric, (otherwise, whole) in differing.items()
        if otherwise != whole
    )
