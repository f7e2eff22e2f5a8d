"""What trials learned, epoch by epoch."""

import numpy as np
import numpy.typing as npt
import pandas as pd
import plotly.graph_objects as go

from steelyard.models.report.cells_shown import featured
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.epoch_means import epoch_means
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.phrases import called
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Entry, Plot, figure, label

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

STROKES = {"solid": "", "dash": "5 4", "dot": "2 3", "dashdot": "6 3 2 3"}
"""Plotly's dashes, as the legend draws them."""

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
    """The metrics that the curves have."""
    return [metric for metric in PANELS if metric in dossier.curves and dossier.curves[metric].notna().any()]


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The cells whose means are bold."""
    colours = palette.colours(dossier.cells)
    return tuple(
        Entry(called(cell.cell), colours[cell.key], STROKES[palette.dash(cell, dossier.cells)])
        for cell in featured(dossier.cells)
    )


def _plot(dossier: Dossier, of_trial: Curves, metric: str, title: str) -> Plot:
    colours, traces, last = palette.colours(dossier.cells), [], []
    step = "epoch" if any(trial.seeded for trial in dossier.finished) else "iteration"
    bold = {cell.key for cell in featured(dossier.cells)}
    for cell in dossier.cells:
        trained = [trial for trial in dossier.trained(cell) if trial.trial_id in of_trial]
        own = [(trial.fold or trial.seed, of_trial[trial.trial_id]) for trial in trained]
        if not own:
            continue
        colour = colours[cell.key]
        noun = "fold" if trained[0].fold else "seed"
        traces.append(_each(cell, own, metric, colour, len(dossier.found.trials), noun))
        if cell.key not in bold:
            continue
        mean = epoch_means([epochs for _, epochs in own], metric)
        if len(mean):
            traces.append(_mean(cell, mean, colour, palette.dash(cell, dossier.cells)))
            last.append(f"{called(cell.cell)} {mean.iloc[-1]:.3f}")
    drawn = figure(traces, step, title.partition(" on ")[0])
    return Plot(title, drawn, f"{title}, after the last {step}: {'; '.join(last)}")


def _shown(epochs: npt.NDArray[np.int64], trials: int) -> npt.NDArray[np.int64]:
    """Of the epochs that trials tell of those that are drawn: all where they are few, else so many evenly."""
    there, most = np.unique(epochs), max(FEWEST, POINTS // max(1, trials))
    places = np.linspace(0, len(there) - 1, min(len(there), most)).round().astype(int)
    shown: npt.NDArray[np.int64] = there[places]
    return shown


def _each(
    cell: CellVerdict, own: list[tuple[int, pd.DataFrame]], metric: str, colour: str, trials: int, noun: str
) -> go.Scatter:
    """Each seed's curve, or each fold's, with a gap between two of them."""
    kept = _shown(np.concatenate([of["epoch"].to_numpy() for _, of in own]), trials)
    tables = [(seed, of[np.isin(of["epoch"].to_numpy(), kept)]) for seed, of in own]
    gap = np.array([np.nan], np.float32)
    return go.Scatter(
        x=np.concatenate([part for _, of in tables for part in (of["epoch"].to_numpy(np.float32), gap)]),
        y=np.concatenate([part for _, of in tables for part in (of[metric].to_numpy(np.float32), gap)]),
        text=label(cell.cell),
        customdata=np.concatenate([np.full(len(of) + 1, seed, np.float64) for seed, of in tables]),
        mode=_mode(kept),
        line={"width": 1, "color": palette.faint(colour, 0.45)},
        hovertemplate=f"%{{text}} · {noun} %{{customdata}}<br>epoch %{{x}}: %{{y:.3f}}<extra></extra>",
        showlegend=False,
    )


def _mode(epochs: npt.NDArray[np.int64]) -> str:
    """A single epoch makes no line."""
    return "lines" if len(epochs) > 1 else "lines+markers"


def _mean(cell: CellVerdict, mean: "pd.Series[float]", colour: str, dash: str) -> go.Scatter:
    return go.Scatter(
        x=mean.index.to_numpy(np.float32),
        y=mean.to_numpy(np.float32),
        mode=_mode(mean.index.to_numpy()),
        name=label(cell.cell),
        text=label(cell.cell),
        line={"width": 2.4, "color": colour, "dash": dash},
        hovertemplate="%{text}, mean of seeds<br>epoch %{x}: %{y:.3f}<extra></extra>",
    )
