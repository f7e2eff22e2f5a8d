"""The figures of a report, in the order in which a page shows them; a new one is a module, and an entry here."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal, get_args

from steelyard.models.report.cells_shown import weighted
from steelyard.models.report.dossier import Dossier
from steelyard.models.words import report_captions as captions
from steelyard.tasks.report.figures import (
    cells_on_test,
    class_recalls,
    confusion,
    differences_to_baseline,
    handling_effects,
    learning_curves,
    metrics_by_weight,
    precision_recall_roc,
    score_histograms,
    train_sizes,
)
from steelyard.tasks.report.figures.figure import Entry, Figure, Plot

Place = Literal["hero", "sure", "details", "images"]
"""Of a page: its head, how sure the answer is, the details, and what is told of the images."""

Figures = dict[Place, list[Figure]]


@dataclass(frozen=True)
class Declaration:
    """A figure of a sweep, before it is drawn.

    Attributes:
        key: in the page's addresses.
        place: where it stands on the page, which may depend on the sweep.
        applies: whether a sweep has such a figure.
        caption: a sentence or two on what to see in it.
        plots: of about the same size.
        legend: of all plots; None where each plot has its own.
    """

    key: str
    title: str
    place: Place | Callable[[Dossier], Place]
    applies: Callable[[Dossier], bool]
    caption: str | Callable[[Dossier], str]
    plots: Callable[[Dossier], tuple[Plot, ...]]
    legend: Callable[[Dossier], tuple[Entry, ...]] | None = None


def drawn(dossier: Dossier) -> Figures:
    """All figures that apply to a sweep, by their place on its page."""
    figures: Figures = {place: [] for place in get_args(Place)}
    for declared in FIGURES:
        if declared.applies(dossier):
            place = declared.place(dossier) if callable(declared.place) else declared.place
            caption = declared.caption(dossier) if callable(declared.caption) else declared.caption
            legend = declared.legend(dossier) if declared.legend else ()
            figures[place].append(Figure(declared.key, declared.title, caption, declared.plots(dossier), legend))
    return figures


def _one_class(dossier: Dossier) -> bool:
    return not dossier.every_class


def _every_class(dossier: Dossier) -> bool:
    return dossier.every_class


def _has_weights(dossier: Dossier) -> bool:
    """Whether there is a weight beside the baseline's."""
    return _one_class(dossier) and len({cell.weight_positive for cell in weighted(dossier.cells)}) > 1


def _about_the_roc(dossier: Dossier) -> bool:
    """Whether the objective is read from the ROC curve, which then stands at the head of the page."""
    asked = {dossier.objective.metric, dossier.objective.constraint}
    return bool(asked & {"false_positive_rate", "balanced_accuracy"})


FIGURES = (
    Declaration(
        "cells-on-test", "The cells on test", "hero",
        _every_class, captions.accuracies, cells_on_test.plots,
    ),
    Declaration(
        "recalls", "Recall of each class", "hero",
        _every_class, captions.recalls, class_recalls.dots, class_recalls.legend,
    ),
    Declaration(
        "shades", "Recall of each class in every cell", "hero",
        lambda dossier: dossier.every_class and len(dossier.cells) > len(class_recalls.SYMBOLS),
        captions.shades, class_recalls.shades,
    ),
    Declaration(
        "confusion", "What each class is called", "hero",
        lambda dossier: dossier.every_class and len(dossier.verdict.classes) <= confusion.MANY,
        captions.confusion, confusion.plots, confusion.legend,
    ),
    Declaration(
        "forest", "Differences to the baseline", "sure",
        lambda dossier: any(cell.differences for cell in dossier.cells),
        captions.forest, differences_to_baseline.plots,
    ),
    Declaration(
        "weights", "What the weight does", "details",
        _has_weights, captions.weights, metrics_by_weight.plots, metrics_by_weight.legend,
    ),
    Declaration(
        "pr", "Precision against recall", lambda dossier: "details" if _about_the_roc(dossier) else "hero",
        _one_class, captions.curves, precision_recall_roc.precision_recall,
    ),
    Declaration(
        "roc", "ROC curves", lambda dossier: "hero" if _about_the_roc(dossier) else "details",
        _one_class, captions.curves, precision_recall_roc.roc,
    ),
    Declaration(
        "learning", "Learning curves", "details",
        lambda dossier: bool(learning_curves.metrics(dossier)),
        captions.learning, learning_curves.plots, learning_curves.legend,
    ),
    Declaration(
        "sizes", "What more images would teach", "details",
        lambda dossier: dossier.verdict.learning is not None,
        captions.sizes, train_sizes.plots,
    ),
    Declaration(
        "classes", "Scores of each class", "details",
        _one_class, captions.scores, score_histograms.plots, score_histograms.legend,
    ),
    Declaration(
        "effects", "What each handling did to train", "images",
        lambda dossier: dossier.every_class and bool(handling_effects.featured_effects(dossier)),
        captions.effects, handling_effects.plots, learning_curves.legend,
    ),
)  # fmt: skip
