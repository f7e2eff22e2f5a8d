"""A picture of which classes a trial takes for which, on test."""

from pathlib import Path

import numpy as np
import pandas as pd
from matplotlib.figure import Figure
from matplotlib.text import Text

from steelyard.models.classes.objective import ClassesObjective
from steelyard.models.classes.operating import matrix
from steelyard.models.names import cut, printable

NUMBERED = 20
"""Up to so many classes each field tells its share, and each class its name."""

LONGEST = 18
"""Characters of a name beside the picture."""


def draw(
    test: pd.DataFrame, objective: ClassesObjective, threshold: float, class_names: tuple[str, ...], file: Path
) -> None:
    """The confusion matrix of test at the operating point, as shares of each class.

    Args:
        test: rows with label and ``score_<c>``.
        objective: that chose the threshold.
        threshold: at which images are decided.
        class_names: K names.
        file: PNG to write.
    """
    called, classes = objective.decide(matrix(test), threshold, class_names), len(class_names)
    pairs = classes * test["label"].to_numpy(np.int64) + called
    counts = np.bincount(pairs, minlength=classes**2).reshape(classes, classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = min(12.0, 3.0 + 0.45 * classes)
    # A Figure of its own, never pyplot: trials are drawn from several threads.
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if classes <= NUMBERED:
        names = [cut(printable(name), LONGEST) for name in class_names]
        axes.set_xticks(range(classes), names, rotation=90)
        axes.set_yticks(
            range(classes), [f"{name} ({size:,})" for name, size in zip(names, counts.sum(axis=1), strict=True)]
        )
        for (row, column), share in np.ndenumerate(shares):
            if counts[row, column]:
                colour = "white" if share > 0.5 else "black"
                axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour, fontsize=8)
    axes.tick_params(length=0)
    axes.set(xlabel="called", ylabel="is (images)")
    axes.set_title(f"{len(test):,} test images, % of each class", fontsize=10)
    plain(figure)
    figure.savefig(file, dpi=110)


def plain(figure: Figure) -> None:
    """Let names be text in a picture, even with a dollar sign in them; other pictures of this process stay as they are.

    Args:
        figure: with all of its texts.
    """
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)
