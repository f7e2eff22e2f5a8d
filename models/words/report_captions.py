"""The network to use as a report names it, and what to see in its pictures, in a sentence or two."""

from collections.abc import Iterator

import pandas as pd

from steelyard.models.names import cut
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import Steps
from steelyard.models.report.wrong_images import FALSE_ALARM, MISS, wrong
from steelyard.models.words import phrases as say

LONGEST = 40
"""Characters of a name of a class."""

PICKED = "Picked by looking at it, it looks better than it is. To have it judged, ask for a limit with --objective."
"""What to do about a threshold that was picked by looking at the images that report."""


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


def in_100(share: float) -> str:
    """``71``; with a decimal where it is less than 10."""
    return f"{100 * share:.0f}" if share >= 0.0995 or share <= 0 else f"{100 * share:.1f}"


def classes(dossier: Dossier) -> tuple[str, str]:
    """What the class to find is called, and what the others are."""
    if dossier.every_class:
        return say.quoted(cut(dossier.objective.class_name, LONGEST)), "others"
    negative, positive = map(say.quoted, class_names(dossier))
    return positive, negative


def thresholds(dossier: Dossier, steps: Steps) -> str:
    """Of recall and precision at all thresholds, with a slider."""
    positive, judged = classes(dossier)[0], dossier.best.feasibility
    chosen = f"Marked is the chosen threshold, {steps.thresholds[steps.chosen]:.3g}"
    if judged and judged.status != "FEASIBLE":
        chosen += f", the best guess: none is certified for {say.constraint(dossier.objective)}"
    of = f"{say.where(dossier.verdict)}, as if {100 * dossier.verdict.prevalence:.3g} % of the images were {positive}"
    return f"Recall and precision {of}. {chosen}. The slider shows what another one would have brought."


def class_names(dossier: Dossier) -> tuple[str, ...]:
    """Of the classes in the order of the labels, as people read them."""
    return tuple(cut(say.called(name), LONGEST) for name in dossier.about.subject.read)


def image_map(dossier: Dossier, shown: pd.DataFrame) -> str:
    """Of the map of the images; ``shown`` has those on it, with ``label`` and ``called``."""
    images, errors = int((dossier.images["part"] == "test").sum()), len(wrong(dossier))
    crosses = int((shown["label"] != shown["called"]).sum())
    of_errors = f"{crosses:,} of {errors:,} errors of {network(dossier)}, and others drawn"
    which = f"all {images:,} images" if len(shown) == images else f"{len(shown):,} of {images:,} images: {of_errors}"
    return (
        "Images that the backbone finds alike lie close; clusters of crosses show what kind of image it fails on. "
        f"Shown are {which}. Point at one to see it; how far apart two clusters lie says little."
    )


def image_map_in_numbers(dossier: Dossier, shown: pd.DataFrame) -> str:
    """The same for whoever does not see it."""
    errors, told = shown["label"] != shown["called"], []
    for label, name in enumerate(class_names(dossier)[:10]):
        own = shown["label"] == label
        told.append(f"{int((own & errors).sum()):,} of {int(own.sum()):,} {name}")
    return f"Map of {len(shown):,} images; called another class are {', '.join(told)}. Arrow keys go through these."


def seen(dossier: Dossier) -> str:
    """Of what the network looks at in the pictures of errors."""
    each = "the network" + " that had not seen the image" * (dossier.verdict.folds > 1)
    if dossier.every_class:
        return f"Orange is what speaks to {each} for the class that it calls the image, blue for the image's own class."
    positive, negative = classes(dossier)
    return f"Orange is what speaks to {each} for {positive}, blue what speaks for {negative}."
