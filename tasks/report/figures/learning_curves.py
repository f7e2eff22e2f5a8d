"""What trials learned, epoch by epoch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.report.cells_shown import featured
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.epoch_means import epoch_means
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot
from steelyard.tasks.report.figures.frame import around, frame
from steelyard.tasks.report.figures.legend import Entry
from steelyard.tasks.report.figures.marks import THIN, line

PANELS = {
    "train/loss": "loss on train, as the handling weighs it",
    "val/loss": "loss on val, plain cross-entropy",
    "val/roc_auc": "ROC area on val",
    "val/recall": "recall on val, at argmax",
    "val/precision": "precision on val, at argmax",
    "val/accuracy": "accuracy on val, at argmax",
}

OF_EVERY_CLASS = {
    "val/recall": "balanced accuracy on val, at argmax",
    "val/precision": "precision on val, mean of the classes",
    "val/roc_auc": "ROC area on val, each class against the rest",
}
"""What some of them are called where they are means over classes."""

Curves = dict[str, pd.DataFrame]
"""Trial id -> its epochs."""

POINTS, FEWEST = 12_000, 20
"""Of all single trials in one plot, and of each: 300 trials are drawn at 40 epochs of theirs."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A plot per metric that the curves have."""
    titles = PANELS | (OF_EVERY_CLASS if dossier.every_class else {})
    of_trial = {str(trial_id): epochs for trial_id, epochs in dossier.curves.groupby("trial_id", sort=False)}
    return tuple(_plot(dossier, of_trial, metric, titles[metric]) for metric in metrics(dossier))


def metrics(dossier: Dossier) -> list[str]:
    """The metrics that the curves have; none of heads alone, which are solved: how far a solver came says nothing."""
    if not any(trial.seeded for trial in dossier.finished):
        return []
    return [metric for metric in PANELS if metric in dossier.curves and dossier.curves[metric].notna().any()]


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The cells whose means are bold."""
    colours = palette.colours(dossier.cells)
    return tuple(
        Entry(called(cell.cell), colours[cell.key], palette.dash(cell, dossier.cells))
        for cell in featured(dossier.cells)
    )


@dataclass(frozen=True)
class Learned:
    """What the trials of a cell learned in one metric.

    Attributes:
        epochs: (k,) float64, those that are drawn of each trial in turn, with a gap between two trials.
        values: (k,) float64, of the metric.
        mean: over the trials, by epoch; empty where the cell does not stand out.
    """

    cell: CellVerdict
    epochs: npt.NDArray[np.float64]
    values: npt.NDArray[np.float64]
    mean: "pd.Series[float]"


def _plot(dossier: Dossier, of_trial: Curves, metric: str, title: str) -> Plot:
    colours, learned = palette.colours(dossier.cells), [*_learned(dossier, of_trial, metric)]
    epochs, values = (np.concatenate([getattr(of, name) for of in learned]) for name in ("epochs", "values"))

    def draw(canvas: Canvas) -> None:
        frame(canvas, around(epochs, "epoch", whole=True), around(values))
        for of in learned:
            line(canvas, of.epochs, of.values, colours[of.cell.key], **THIN, **_dots(of.epochs))
        for of in learned:
            dash, at = palette.dash(of.cell, dossier.cells), of.mean.index.to_numpy(np.float64)
            line(canvas, at, of.mean.to_numpy(), colours[of.cell.key], dash, **_dots(at))

    told = "; ".join(f"{called(of.cell.cell)} {of.mean.iloc[-1]:.3f}" for of in learned if len(of.mean))
    return Plot(title, f"{title}, after the last epoch: {told}", draw, height=240, small=True)


def _learned(dossier: Dossier, of_trial: Curves, metric: str) -> Iterator[Learned]:
    """Of each cell whose trials told their epochs, each seed's curve, or each fold's."""
    bold, gap = {cell.key for cell in featured(dossier.cells)}, np.array([np.nan])
    for cell in dossier.cells:
        own = [of_trial[trial.trial_id] for trial in dossier.trained(cell) if trial.trial_id in of_trial]
        if not own:
            continue
        kept = _shown(np.concatenate([of["epoch"].to_numpy() for of in own]), len(dossier.found.trials))
        shown = [of[np.isin(of["epoch"].to_numpy(), kept)] for of in own]
        epochs, values = (
            np.concatenate([part for of in shown for part in (of[name].to_numpy(np.float64), gap)])
            for name in ("epoch", metric)
        )
        mean = epoch_means(own, metric) if cell.key in bold else pd.Series(dtype=np.float64)
        yield Learned(cell, epochs, values, mean)


def _shown(epochs: npt.NDArray[np.int64], trials: int) -> npt.NDArray[np.int64]:
    """Of the epochs that trials tell of those that are drawn: all where they are few, else so many evenly."""
    there, most = np.unique(epochs), max(FEWEST, POINTS // max(1, trials))
    places = np.linspace(0, len(there) - 1, min(len(there), most)).round().astype(int)
    shown: npt.NDArray[np.int64] = there[places]
    return shown


def _dots(epochs: npt.NDArray[np.float64]) -> dict[str, Any]:
    """A single epoch makes no line."""
    there = epochs[np.isfinite(epochs)]
    return {"marker": "o", "markersize": 5} if len(np.unique(there)) == 1 else {}
