"""The mean of a metric over trials, epoch by epoch."""

from collections.abc import Sequence

import pandas as pd


def epoch_means(trials: Sequence[pd.DataFrame], metric: str) -> "pd.Series[float]":
    """By epoch, ascending, where any trial has a value.

    Heads are told at the iterations at which their solver stops, which differ: between two of its own a trial is on the
    line between them, and after its last it stays what it was.

    Args:
        trials: a column ``epoch`` and one of each metric; at least one.
        metric: a column of all of them.
    """
    each = [epochs.set_index("epoch")[metric].dropna() for epochs in trials]
    together = pd.concat(each, axis=1).sort_index().interpolate("index")
    mean: pd.Series[float] = together.mean(axis=1).dropna()
    return mean
