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
    recommended_point,
    reliability,
    score_histograms,
    train_sizes,
)
from steelyard.tasks.report.figures.figure import Figure, Plot
from steelyard.tasks.report.figures.legend import Entry

Place = Literal["hero", "sure", "details", "images"]
"""Of a page: its head, how sure the answer is, the details, and what is told of the images."""

Figures = dict[Place, list[Figure]]


@dataclass(frozen=True)
class Declaration:
    """A figure of a sweep, before it is drawn.

    Attributes:
        key: in the page's addresses.
        place: where it stands on the page.
        applies: whether a sweep has such a figure.
        caption: a sentence or two on what to see in it.
        plots: of about the same size.
        legend: of all plots; None where a plot needs none.
    """

    key: str
    title: str
    place: Place
    applies: Callable[[Dossier], bool]
    caption: str | Callable[[Dossier], str]
    plots: Callable[[Dossier], tuple[Plot, ...]]
    legend: Callable[[Dossier], tuple[Entry, ...]] | None = None


def drawn(dossier: Dossier) -> Figures:
    """All figures that apply to a sweep, by their place on its page."""
    figures: Figures = {place: [] for place in get_args(Place)}
    for declared in FIGURES:
        if declared.applies(dossier):
            caption = declared.caption(dossier) if callable(declared.caption) else declared.caption
            legend, plots = declared.legend(dossier) if declared.legend else (), declared.plots(dossier)
            figures[declared.place].append(Figure(declared.key, declared.title, caption, plots, legend))
    return figures


def _one_class(dossier: Dossier) -> bool:
    return not dossier.every_class


def _every_class(dossier: Dossier) -> bool:
    return dossier.every_class


def _has_weights(dossier: Dossier) -> bool:
    """Whether there is a weight beside the baseline's."""
    return _one_class(dossier) and len({cell.weight_positive for cell in weighted(dossier.cells)}) > 1


FIGURES = (
    Declaration(
        "point", "What the recommended threshold brings", "hero",
        _one_class, captions.point, recommended_point.plots, recommended_point.legend,
    ),
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
        captions.forest, differences_to_baseline.plots, differences_to_baseline.legend,
    ),
    Declaration(
        "weights", "What the weight does", "details",
        _has_weights, captions.weights, metrics_by_weight.plots, metrics_by_weight.legend,
    ),
    Declaration(
        "pr", "Precision against recall", "details",
        _one_class, captions.curves, precision_recall_roc.precision_recall, precision_recall_roc.legend,
    ),
    Declaration(
        "roc", "ROC curves", "details",
        _one_class, captions.curves, precision_recall_roc.roc, precision_recall_roc.legend,
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
        "reliability", "Scores as probabilities", "details",
        _one_class, captions.reliability, reliability.plots, reliability.legend,
    ),
    Declaration(
        "effects", "What each handling did to train", "images",
        lambda dossier: dossier.every_class and bool(handling_effects.featured_effects(dossier)),
        captions.effects, handling_effects.plots, learning_curves.legend,
    ),
)  # fmt: skip
