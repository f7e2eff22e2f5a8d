"""The 2 x 2 x 2: softmax twice, frozen BatchNorm and weights, each on or off, and what they did."""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np

from steelyard.models.statistics.means import mean_interval
from steelyard.models.tutorial.claims import Metrics, Readings, is_collapse, seeds_of
from steelyard.models.tutorial.story import SWITCHES, WEIGHT

SAME_AREA = 0.02
"""ROC areas that differ by less are called the same: the interval must lie within."""

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


def table(found: list[Run]) -> tuple[dict[str, bool | int | float | None], ...]:
    """A row per cell of the 2 x 2 x 2: its switches, recall and ROC area over the seeds, and how many collapsed."""
    return tuple(_cell(cell, [run for run in found if run[:3] == cell]) for cell in dict.fromkeys(r[:3] for r in found))


def _cell(cell: tuple[bool, bool, bool], of_cell: list[Run]) -> dict[str, bool | int | float | None]:
    row: dict[str, bool | int | float | None] = dict(zip(Run._fields, cell, strict=False))
    row |= {"n": len(of_cell), "collapsed": sum(is_collapse(run.metrics) for run in of_cell)}
    for name in ("recall", "roc_auc"):
        values = np.array([run.metrics[name] for run in of_cell])
        row[f"{name}/mean"] = float(values.mean())
        row[f"{name}/deviation"] = float(values.std(ddof=1)) if len(values) > 1 else None
    return row


def collapse(found: list[Run]) -> str:
    """Which switches were on in the runs that collapsed."""
    fallen = [run for run in found if is_collapse(run.metrics)]
    if not fallen:
        return f"None of the {len(found)} runs of the 2 x 2 x 2 collapsed to all-cat."
    shared = [_setting(name, fallen) for name in ("softmax_twice", "frozen_batchnorm", "weighted")]
    like = [run for run in found if all(getattr(run, name) == value for name, value in shared if value is not None)]
    said = ", ".join(_words(name, value) for name, value in shared if value is not None)
    return f"{len(fallen)} of {len(found)} runs of the 2 x 2 x 2 collapsed to all-cat (recall at most 0.05). " + (
        _alike(said, len(fallen), len(like), len(found)) if said else "No switch was the same in all of them."
    )


def _alike(said: str, fallen: int, like: int, runs: int) -> str:
    share, they = "all" if fallen == like else str(fallen), "It" if fallen == 1 else "All of them"
    return f"{they} had {said}; of the {like} set like this {share} collapsed, of the other {runs - like} none."


def _setting(name: str, fallen: list[Run]) -> tuple[str, bool | None]:
    """The value of a switch in all of these runs, or None."""
    values = {bool(getattr(run, name)) for run in fallen}
    return name, values.pop() if len(values) == 1 else None


def _words(name: str, value: bool) -> str:
    if name == "weighted":
        return "weights (0.15, 0.85)" if value else "no weights"
    return f"{'softmax twice' if name == 'softmax_twice' else 'frozen BatchNorm'} {'on' if value else 'off'}"


def weights(found: list[Run]) -> Iterator[str]:
    """Whether weights changed the ROC area or only the operating point: pairs of the same switches and seed."""
    weighted = {(*run[:2], run.seed): run.metrics for run in found if run.weighted}
    pairs = [
        (run.metrics, weighted[(*run[:2], run.seed)])
        for run in found
        if not run.weighted and (*run[:2], run.seed) in weighted
    ]
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
    area, low, high = _difference(pairs, "roc_auc")
    recall, recall_low, recall_high = _difference(pairs, "recall")
    return (
        f"Where neither run of a pair collapsed so ({len(pairs)} pairs of the same switches and seed), weights (0.15, "
        f"0.85) changed recall at argmax by {recall:+.3f} (95 % interval over them {recall_low:+.3f} to "
        f"{recall_high:+.3f}) and the ROC area by {area:+.3f} ({low:+.3f} to {high:+.3f}): "
        + _said_of_area(low, high, recall_low > 0 or recall_high < 0)
    )


def _difference(pairs: list[Pair], name: str) -> tuple[float, float, float]:
    return mean_interval([after[name] - before[name] for before, after in pairs])


def _said_of_area(low: float, high: float, recall_moved: bool) -> str:
    point = "the operating point moved" if recall_moved else "no move of the operating point can be seen"
    if low > -SAME_AREA and high < SAME_AREA:
        return f"{point}, the curve stayed where it was, to within {SAME_AREA}."
    if low > 0 or high < 0:
        return f"{point}, and the curve was {'lifted' if low > 0 else 'lowered'}."
    return f"{point}; no change of the curve can be seen, and none beyond {max(-low, high):.3f} is likely."
