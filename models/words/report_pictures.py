"""What to see in the pictures of a report that people move: the threshold, the map, and what the network looks at."""

import pandas as pd

from steelyard.models.names import cut
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import Steps
from steelyard.models.report.wrong_images import wrong
from steelyard.models.words.phrases import called, constraint, quoted, where
from steelyard.models.words.report_captions import network

LONGEST = 40
"""Characters of a name of a class."""


def in_100(share: float) -> str:
    """``71``; with a decimal where it is less than 10."""
    return f"{100 * share:.0f}" if share >= 0.0995 or share <= 0 else f"{100 * share:.1f}"


def classes(dossier: Dossier) -> tuple[str, str]:
    """What the class to find is called, and what the others are."""
    if dossier.every_class:
        return quoted(cut(dossier.objective.class_name, LONGEST)), "others"
    negative, positive = map(quoted, class_names(dossier))
    return positive, negative


def thresholds(dossier: Dossier, steps: Steps) -> str:
    """Of recall and precision at all thresholds, with a slider."""
    positive, judged = classes(dossier)[0], dossier.best.feasibility
    chosen = f"Marked is the chosen threshold, {steps.thresholds[steps.chosen]:.3g}"
    if judged and judged.status != "FEASIBLE":
        chosen += f", the best guess: none is certified for {constraint(dossier.objective)}"
    return (
        f"Recall and precision {where(dossier.verdict)}, as if {100 * dossier.verdict.prevalence:.3g} % of the images "
        f"were {positive}. {chosen}. The slider shows what another one would have brought."
    )


def optimistic(dossier: Dossier) -> str:
    """What to do about a threshold that was picked by looking at the images that report."""
    return "Picked by looking at it, it looks better than it is. To have it judged, ask for a limit with --objective."


def class_names(dossier: Dossier) -> tuple[str, ...]:
    """Of the classes in the order of the labels, as people read them."""
    return tuple(cut(called(name), LONGEST) for name in dossier.about.subject.read)


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
