"""A picture of what a trial gets right and wrong on test."""

from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from sklearn.metrics import confusion_matrix

from models.metrics import ARGMAX
from models.outcome import Operating
from models.sweep_plan import Subject

# Class names are text, even with a dollar sign in them.
matplotlib.rcParams["text.parse_math"] = False


def draw(test: pd.DataFrame, operating: Operating, subject: Subject, file: Path) -> None:
    """Two confusion matrices of test side by side: at argmax, and at the operating point.

    Args:
        test: rows with label and score.
        operating: gives the second threshold.
        subject: names the classes.
        file: PNG to write.
    """
    # A Figure of its own, never pyplot: trials are drawn from several threads.
    figure = Figure(figsize=(7.2, 3.8), layout="constrained")
    figure.suptitle(f"{len(test):,} test images", fontsize=11)
    names = (subject.negative, subject.positive)
    for axes, threshold, title in zip(
        figure.subplots(1, 2), (ARGMAX, operating.threshold), ("argmax", "operating point"), strict=True
    ):
        called = test["score"].to_numpy(np.float64) >= threshold
        matrix = confusion_matrix(test["label"], called, labels=[0, 1])
        _matrix(axes, matrix, names, f"{title}\nscore ≥ {threshold:.3g}")
    figure.savefig(file, dpi=110)


def _matrix(axes: Axes, counts: npt.NDArray[np.int64], names: tuple[str, str], title: str) -> None:
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    for (row, column), count in np.ndenumerate(counts):
        colour = "white" if shares[row, column] > 0.5 else "black"
        text = f"{count:,}\n{shares[row, column]:.0%} of {names[row]}"
        axes.text(column, row, text, ha="center", va="center", color=colour)
    axes.set_xticks([0, 1], [f"called {name}" for name in names])
    axes.set_yticks([0, 1], [f"is {name}" for name in names], rotation=90, va="center")
    axes.tick_params(length=0)
    axes.set_title(title, fontsize=10)
