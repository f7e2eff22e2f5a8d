"""The network to use as a report names it, and what to see in its pictures, in a sentence or two."""

from collections.abc import Iterator

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.wrong_images import FALSE_ALARM, MISS, wrong
from steelyard.models.words import phrases as say


def network(dossier: Dossier) -> str:
    """The best one."""
    return say.network(dossier.best, dossier.verdict)


def kept(dossier: Dossier) -> str:
    """Where the one network to use is kept, and how it decides; "" where none was kept."""
    best = dossier.taken
    if best is None or best.operating is None or not dossier.found.best_run:
        return ""
    threshold = best.operating.threshold
    decides = f", and decides by a threshold of {threshold:.4g}" if threshold >= 0 else ""
    return f"The network to use is kept as run {dossier.found.best_run}{decides}."


def point(dossier: Dossier) -> str:
    """Of the ROC plane: the curve with its band, the chosen point and the unweighted network's."""
    said = (
        "The line is the network to use at all of its thresholds, with its 95 % band; the diamond is the chosen one, "
        "with its 95 % region, and the circle the unweighted network at 0.5."
    )
    if dossier.objective.constraint:
        said += f" Shaded is where {say.constraint(dossier.objective)}."
    return said


def wrong_images(dossier: Dossier) -> str:
    """Of the pictures of errors: which images are shown, and what to look for."""
    errors, shown = len(wrong(dossier)), len(dossier.gallery)
    if not errors:
        return f"{say.capitalised(network(dossier))} gets each image right."
    some = f"all {errors}" if errors == shown else f"the worst {shown} of {errors:,}"
    look = "Look for wrong labels, poor images, and what they have in common."
    return f"Images that {network(dossier)} gets wrong: {some}, with their scores. {look}"


def kinds_of_errors(dossier: Dossier) -> Iterator[tuple[str, str]]:
    """The kinds of errors of a class to find, and a heading for the pictures of each."""
    negative, positive = dossier.about.subject.read
    counts = wrong(dossier)["kind"].value_counts()
    for kind, title in ((MISS, f"{positive} that it misses"), (FALSE_ALARM, f"{negative} that it calls {positive}")):
        shown, errors = int((dossier.gallery["kind"] == kind).sum()), int(counts.get(kind, 0))
        some = f"all {errors}" if shown == errors else f"the worst {shown} of {errors}"
        yield kind, f"{title}: {some if errors else 'none'}"
