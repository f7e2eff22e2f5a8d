"""What to look for in the pictures of errors, and what each kind of them is called."""

from collections.abc import Iterator

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.faults import FALSE_ALARM, MISS, wrong
from steelyard.models.words.answer import network, upper

ONE_CLASS, EVERY_CLASS = "The worst misses and false alarms", "The surest mistakes"
"""Headings, where there is a class to find and where every class counts."""


def caption(dossier: Dossier) -> str:
    """Which images are shown, and what to look for."""
    best, there = dossier.best, len(wrong(dossier))
    who = network(dossier) if dossier.every_class else best.cell
    if not there:
        alone = upper(who) if dossier.every_class else who
        gets = f"More than half of the seeds of {who} get" if best.seeded else f"{alone} gets"
        return f"{gets} each image of test right: no picture{'' if dossier.every_class else ' to show'}."
    look = "Look for wrong labels, poor images, and what they have in common."
    one = len(best.thresholds) == 1
    if not dossier.every_class:
        half = "that it gets" if one else "that at least half of the seeds of it get"
        first = "the furthest from the threshold first"
        return f"Images of test {half} wrong, of {who}, {first}, with their scores. {look}"
    half = "that it gets" if one else "that at least half of its seeds get"
    shown = f"all {there}" if there == len(dossier.gallery) else f"the surest {len(dossier.gallery)} of {there:,}"
    return f"Images of test {half} wrong, of {who}: {shown}, with the score of the class they are called. {look}"


def kinds(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The kinds of errors of a class to find, and a heading for the pictures of each."""
    positive, negative = dossier.about.subject.positive, dossier.about.subject.negative
    there = wrong(dossier)["kind"].value_counts()
    for kind, title in ((MISS, f"{positive} that it misses"), (FALSE_ALARM, f"{negative} that it calls {positive}")):
        shown = int((dossier.gallery["kind"] == kind).sum())
        yield kind, f"{title}: {_so_many(shown, int(there.get(kind, 0)))}"


def _so_many(shown: int, there: int) -> str:
    if not there:
        return "none"
    return f"all {there}" if shown == there else f"the worst {shown} of {there}"
