"""The 2 x 2 x 2: softmax twice, frozen BatchNorm and weights, each on or off, and what they did."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.models.statistics.intervals import mean_interval
from steelyard.models.tutorial.chapters import SWITCHES, WEIGHT
from steelyard.models.tutorial.claims import Metrics, Readings, is_collapse, seeds_of

SAME_AREA = 0.02
"""ROC areas that differ by less are called the same: the interval must lie within."""

NAMES = {
    "softmax_twice": {True: "softmax twice on", False: "softmax twice off"},
    "frozen_batchnorm": {True: "frozen BatchNorm on", False: "frozen BatchNorm off"},
    "weighted": {True: "weights (0.15, 0.85)", False: "no weights"},
}

Pair = tuple[Metrics, Metrics]


class Run(NamedTuple):
    """One run of the 2 x 2 x 2."""

    softmax_twice: bool
    frozen_batchnorm: bool
    weighted: bool
    seed: int
    metrics: Metrics


def runs(readings: Readings) -> list[Run]:
    """The runs of the 2 x 2 x 2: softmax twice, frozen BatchNorm, weights."""
    return [
        Run(softmax, batchnorm, cell == WEIGHT, seed, reading.end)
        for (softmax, batchnorm), chapter in SWITCHES.items()
        for cell in ("none", WEIGHT)
        for seed, reading in seeds_of(readings, chapter, cell).items()
    ]


def table(runs: list[Run]) -> tuple[dict[str, bool | int | float | None], ...]:
    """A row per cell of the 2 x 2 x 2: its switches, recall and ROC area over the seeds, and how many collapsed."""
    cells = dict.fromkeys(run[:3] for run in runs)
    return tuple(_row(cell, [run.metrics for run in runs if run[:3] == cell]) for cell in cells)


def _row(cell: tuple[bool, bool, bool], metrics: list[Metrics]) -> dict[str, bool | int | float | None]:
    row: dict[str, bool | int | float | None] = dict(zip(NAMES, cell, strict=True))
    row |= {"n": len(metrics), "collapsed": sum(map(is_collapse, metrics))}
    for name in ("recall", "roc_auc"):
        values = np.array([of[name] for of in metrics])
        row[f"{name}/mean"] = float(values.mean())
        row[f"{name}/deviation"] = float(values.std(ddof=1)) if len(values) > 1 else None
    return row


def collapse(runs: list[Run]) -> str:
    """Which switches were on in the runs that collapsed."""
    fallen = [run for run in runs if is_collapse(run.metrics)]
    if not fallen:
        return f"None of the {len(runs)} runs of the 2 x 2 x 2 collapsed to all-cat."
    values = {name: {getattr(run, name) for run in fallen} for name in NAMES}
    shared = {name: own.pop() for name, own in values.items() if len(own) == 1}
    said = f"{len(fallen)} of {len(runs)} runs of the 2 x 2 x 2 collapsed to all-cat (recall at most 0.05)."
    if not shared:
        return f"{said} No switch was the same in all of them."
    alike = sum(all(getattr(run, name) == value for name, value in shared.items()) for run in runs)
    had = ", ".join(NAMES[name][value] for name, value in shared.items())
    some, they = "all" if len(fallen) == alike else str(len(fallen)), "It" if len(fallen) == 1 else "All of them"
    others = len(runs) - alike
    return f"{said} {they} had {had}; of the {alike} set like this {some} collapsed, of the other {others} none."


def weights(runs: list[Run]) -> Iterator[str]:
    """Whether weights changed the ROC area or only the operating point: pairs of the same switches and seed."""
    weighted = {(*run[:2], run.seed): run.metrics for run in runs if run.weighted}
    plain = {(*run[:2], run.seed): run.metrics for run in runs if not run.weighted}
    pairs = [(metrics, weighted[key]) for key, metrics in plain.items() if key in weighted]
    standing = [pair for pair in pairs if not is_collapse(pair[0]) and not is_collapse(pair[1])]
    if len(standing) > 1:
        yield _moved(standing)
    if fallen := [pair for pair in pairs if is_collapse(pair[0])]:
        before, after = (np.mean([pair[side]["roc_auc"] for pair in fallen]) for side in (0, 1))
        rescued = sum(not is_collapse(pair[1]) for pair in fallen)
        yield (
            f"Where the unweighted run of a pair did (n = {len(fallen)}), {rescued} of the weighted did not, and "
            f"the ROC area went from {before:.2f} to {after:.2f}."
        )


def _moved(pairs: list[Pair]) -> str:
    area, low, high = mean_interval([after["roc_auc"] - before["roc_auc"] for before, after in pairs])
    recall, recall_low, recall_high = mean_interval([after["recall"] - before["recall"] for before, after in pairs])
    return (
        f"Where neither run of a pair collapsed so ({len(pairs)} pairs of the same switches and seed), weights (0.15, "
        f"0.85) changed recall at argmax by {recall:+.3f} (95 % interval over them {recall_low:+.3f} to "
        f"{recall_high:+.3f}) and the ROC area by {area:+.3f} ({low:+.3f} to {high:+.3f}): "
        + _said_of_area(low, high, recall_low > 0 or recall_high < 0)
    )


def _said_of_area(low: float, high: float, recall_moved: bool) -> str:
    point = "the operating point moved" if recall_moved else "no move of the operating point can be seen"
    if low > -SAME_AREA and high < SAME_AREA:
        return f"{point}, the curve stayed where it was, to within {SAME_AREA}."
    if low > 0 or high < 0:
        return f"{point}, and the curve was {'lifted' if low > 0 else 'lowered'}."
    return f"{point}; no change of the curve can be seen, and none beyond {max(-low, high):.3f} is likely."
