"""The story in a picture: recall against precision of all its runs, on test."""

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.tutorial.chapters import BEYOND
from steelyard.models.tutorial.findings import Account

# Recall and precision that the tutorial reports; (0.15, 0.85) from its accuracy of 0.65 and recall of 0.70.
CLAIMED = {"mock model and unweighted": (0.0, 0.0), "(0, 1)": (1.0, 0.5), "(0.15, 0.85)": (0.7, 0.636)}
OFFSETS = ((14, 6), (-12, -14), (-58, -20))
"""Points of 1/72 inch from each claim to its name."""

FLOOR = 0.7
BLUE, ORANGE = "#1f5fa8", "#d9631e"

# Name, marker and colour of each kind of run of the tutorial's recipe, and which trials of which chapters it holds.
KINDS: dict[str, tuple[str, str, Callable[[str, Outcome], bool]]] = {
    "4 cats : 1 dog, no weights": ("o", "#6d7480", lambda chapter, trial: trial.handling in ("none", "constant")),
    "4 cats : 1 dog, weights": ("^", "#6d7480", lambda chapter, trial: trial.handling == "weights"),
    "down- and upsampled": ("s", "#8e5fb0", lambda chapter, trial: trial.handling in ("downsample", "upsample")),
    "balanced control, with and without weights": ("P", "#2f8f6b", lambda chapter, trial: "balanced" in chapter),
}


def draw(account: Account, curves: Sequence[pd.DataFrame], file: Path) -> None:
    """Every run of the tutorial's recipe at argmax, the tutorial's own points, and the sound recipe's curve."""
    figure = Figure(figsize=(8, 5.6), layout="constrained")
    axes = figure.subplots()
    tests = [scores[scores["split"] == "test"] for scores in curves]
    _runs(axes, account)
    _curves(axes, tests)
    _points(axes, account)
    _claimed(axes)
    _frame(axes, len(tests[0]) if tests else 0)
    figure.savefig(file, dpi=130)


def _runs(axes: Axes, account: Account) -> None:
    for name, (marker, colour, belongs) in KINDS.items():
        at = [
            trial.test
            for chapter, found in account.sweeps.items()
            for trial in found.trials
            if trial.operating and chapter not in BEYOND and ("balanced" in chapter) == ("balanced" in name)
            if belongs(chapter, trial)
        ]
        if at:
            label = f"{name} (n = {len(at)})"
            axes.scatter(*_columns(at), s=34, color=colour, marker=marker, alpha=0.8, linewidths=0, label=label)


def _curves(axes: Axes, tests: Sequence[pd.DataFrame]) -> None:
    from sklearn.metrics import precision_recall_curve  # 1 s, which only the story's end pays.

    for number, test in enumerate(tests):
        precision, recall, _ = precision_recall_curve(test["label"], test["score"])
        # The first few images alone make a precision that jumps between 0 and 1.
        shown = recall >= 0.02
        label = f"sound recipe, every threshold (n = {len(tests)})" if number == 0 else None
        axes.plot(recall[shown], precision[shown], color=BLUE, linewidth=1.1, alpha=0.8, label=label)


def _points(axes: Axes, account: Account) -> None:
    at = [trial.operating.test for trial in account.sweeps["sound"].trials if trial.operating]
    style: dict[str, Any] = {"s": 64, "color": BLUE, "marker": "D", "edgecolors": "white", "linewidths": 0.8}
    axes.scatter(*_columns(at), **style, label="sound recipe, threshold from val", zorder=5)


def _columns(points: Sequence[Mapping[str, float]]) -> tuple[list[float], list[float]]:
    return [point["recall"] for point in points], [point["precision"] for point in points]


def _claimed(axes: Axes) -> None:
    recall, precision = zip(*CLAIMED.values(), strict=True)
    label = "what the tutorial reports"
    axes.scatter(recall, precision, s=190, facecolors="none", edgecolors=ORANGE, linewidths=1.8, label=label, zorder=6)
    for (name, point), offset in zip(CLAIMED.items(), OFFSETS, strict=True):
        axes.annotate(name, point, xytext=offset, textcoords="offset points", color=ORANGE, fontsize=9, ha="left")


def _frame(axes: Axes, images: int) -> None:
    axes.axhline(FLOOR, color="black", linewidth=0.8, linestyle=":", zorder=1)
    axes.annotate("precision 0.7", (0.0, FLOOR), xytext=(0, 4), textcoords="offset points", fontsize=9)
    axes.set(xlim=(-0.03, 1.04), ylim=(-0.05, 1.03), xlabel="recall", ylabel="precision")
    axes.set_title(f"The tutorial's runs at argmax, and the sound recipe; {images:,} test images", fontsize=11)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(loc="lower left", bbox_to_anchor=(0.13, 0.09), fontsize=8.5, frameon=True, framealpha=0.9)
