"""What trials learned, epoch by epoch."""

from collections.abc import Iterator

import numpy as np
import pandas as pd
import plotly.graph_objects as go

from models.report.dossier import Dossier
from models.tables import BASELINE
from models.verdict.verdict import CellVerdict
from tasks.report.figures import palette
from tasks.report.figures.figure import Entry, Plot, figure
from tasks.report.figures.points import featured

PANELS = {
    "train/loss": "loss on train, as the handling weighs it",
    "val/loss": "loss on val, plain cross-entropy",
    "val/roc_auc": "ROC area on val",
    "val/recall": "recall on val, at argmax",
    "val/precision": "precision on val, at argmax",
    "val/accuracy": "accuracy on val, at argmax",
}


POINTS, FEWEST = 12_000, 20
"""Of all single trials in one plot, and of each: 300 trials are drawn at 40 epochs of theirs."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """A plot per metric that the curves have."""
    kept = [metric for metric in PANELS if metric in dossier.curves and dossier.curves[metric].notna().any()]
    return tuple(_plot(dossier, metric) for metric in kept)


def legend(dossier: Dossier) -> tuple[Entry, ...]:
    """The cells whose means are bold."""
    colours = palette.colours(dossier.verdict.cells)
    return tuple(
        Entry(cell.cell, colours[palette.key(cell)], "5 4" if cell.cell == BASELINE else "")
        for cell in featured(dossier)
    )


def _plot(dossier: Dossier, metric: str) -> Plot:
    title, colours = PANELS[metric], palette.colours(dossier.verdict.cells)
    table, traces, last = dossier.curves[["trial_id", "epoch", metric]], [], []
    shown = _shown(table["epoch"].max(), len(dossier.finished))
    bold = {palette.key(cell) for cell in featured(dossier)}
    for cell in dossier.verdict.cells:
        own = table[table["trial_id"].isin([trial.trial_id for trial in dossier.trials(cell)])]
        single = own[own["epoch"].isin(shown)]
        colour = colours[palette.key(cell)]
        traces += list(_seeds(dossier, cell, single, metric, colour))
        mean = own.groupby("epoch")[metric].mean().dropna()
        if palette.key(cell) in bold and len(mean):
            traces.append(_mean(cell, mean, colour))
            last.append(f"{cell.cell} {mean.iloc[-1]:.3f}")
    drawn = figure(traces, "epoch", metric.partition("/")[2].replace("roc_auc", "ROC area"))
    return Plot(title, drawn, f"{title}, after the last epoch: {'; '.join(last)}")


def _shown(epochs: int, trials: int) -> set[int]:
    """The epochs of single trials that are drawn: all where there are few, else so many evenly, the last among them."""
    return set(np.linspace(1, epochs, min(epochs, max(FEWEST, POINTS // max(1, trials)))).round().astype(int).tolist())


def _seeds(dossier: Dossier, cell: CellVerdict, own: pd.DataFrame, metric: str, colour: str) -> Iterator[go.Scatter]:
    of_trial = dict(iter(own.groupby("trial_id", sort=False)))
    tables = [(trial.seed, of_trial[trial.trial_id]) for trial in dossier.trials(cell) if trial.trial_id in of_trial]
    if tables:
        gap = np.array([np.nan], np.float32)
        yield go.Scatter(
            x=np.concatenate([part for _, of in tables for part in (of["epoch"].to_numpy(np.float32), gap)]),
            y=np.concatenate([part for _, of in tables for part in (of[metric].to_numpy(np.float32), gap)]),
            customdata=np.concatenate([np.full(len(of) + 1, seed, np.float64) for seed, of in tables]),
            mode=_mode(own["epoch"]),
            line={"width": 1, "color": palette.faint(colour, 0.45)},
            hovertemplate=f"{cell.cell} · seed %{{customdata}}<br>epoch %{{x}}: %{{y:.3f}}<extra></extra>",
            showlegend=False,
        )


def _mode(epochs: "pd.Series[int] | pd.Index[int]") -> str:
    """A single epoch makes no line."""
    return "lines" if epochs.nunique() > 1 else "lines+markers"


def _mean(cell: CellVerdict, mean: "pd.Series[float]", colour: str) -> go.Scatter:
    return go.Scatter(
        x=mean.index.to_numpy(np.float32),
        y=mean.to_numpy(np.float32),
        mode=_mode(mean.index),
        name=cell.cell,
        line={"width": 2.4, "color": colour, "dash": "dash" if cell.cell == BASELINE else "solid"},
        hovertemplate=f"{cell.cell}, mean of seeds<br>epoch %{{x}}: %{{y:.3f}}<extra></extra>",
    )
