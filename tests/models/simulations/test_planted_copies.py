"""Simulated sweeps on sets with planted near-copies: together, intervals hold the truth; torn apart, they do not.

The truth is what the networks of a sweep do with all fresh images, those of other scenes than any that taught them, on
average over the folds and over all sets. All of docs/statistics.md's table, about 10 minutes on one core::

    STEELYARD_SWEEPS=1000 pytest -m slow -s tests/models/simulations/test_planted_copies.py
"""

import os

import numpy as np
import pytest
from copied_world import CopiedWorld
from fold_world import Swept, of_rates, sweep

pytestmark = pytest.mark.slow

SWEEPS = int(os.environ.get("STEELYARD_SWEEPS", "60"))

SHOWN = ("recall", "precision", "roc_auc")

ERROR = 2 * np.sqrt(0.05 * 0.95 / SWEEPS)
"""That so few sweeps may be off by."""


def swept(kept: bool) -> tuple[CopiedWorld, list[Swept]]:
    world = CopiedWorld(0.3, 200, 1, "recall @ precision >= 0.7", kept)
    return world, [of for seed in range(SWEEPS) if (of := sweep(world, seed))]


def covered(world: CopiedWorld, sweeps: list[Swept]) -> dict[str, float]:
    """Share of the sweeps whose interval of each metric holds the truth."""
    truth = of_rates({name: float(np.mean([of.truth[name] for of in sweeps])) for name in sweeps[0].truth}, world)
    held = {}
    for name in SHOWN:
        low, high = np.array([of.intervals[name] for of in sweeps]).T
        held[name] = float(np.mean((low <= truth[name]) & (truth[name] <= high)))
        print(f"\n{world.kept} | {name} | {truth[name]:.3f} | {low.mean():.3f} to {high.mean():.3f} | {held[name]:.1%}")
    return held


def test_near_copies_kept_together_leave_intervals_that_hold_the_truth() -> None:
    held = covered(*swept(kept=True))
    assert held["recall"] >= 0.93 - ERROR and held["precision"] >= 0.93 - ERROR
    # Folds are few scenes of a class each, of which an area's variance is taken for a little too small.
    assert held["roc_auc"] >= 0.9 - ERROR


def test_near_copies_torn_apart_make_them_too_good() -> None:
    held = covered(*swept(kept=False))
    assert held["recall"] < 0.75 and held["precision"] < 0.2 and held["roc_auc"] < 0.2
