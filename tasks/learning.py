"""What fewer images would have taught: the recommended cell trained on 25, 50 and 75 % of each fold's train."""

import logging
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import pandas as pd

from steelyard.models.data.carve import fold
from steelyard.models.data.partition import Parts
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.models.verdict.learning import QUARTERS
from steelyard.tasks import index_plans
from steelyard.tasks.images import image_sets
from steelyard.tasks.planning import taught_by
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import run_files
from steelyard.tasks.workers import runner

logger = logging.getLogger(__name__)

UNLIKE = 0.08
"""Of train, by which a part of it may be off where groups are whole."""

FILE = "learning.parquet"
"""On the run of the model to use: what these networks score test."""


def of_quarters(trial: Trial, plan: SweepPlan, settings: Settings) -> pd.DataFrame | None:
    """The scores on test of a head's trial, as ``models.verdict.learning.learned`` takes them.

    A quarter is drawn within each class, groups whole, and each part of train holds the smaller ones; one that groups
    make much smaller or larger than it should be is left out. None where all are.

    Raises:
        TrialFailed: one of them raised, or its process died.
    """
    logger.info("training %s on 25, 50 and 75 %% of train", trial.name)
    shared = plan.shared
    groups = image_sets.load(shared.image_set).table["group"].to_numpy()
    turns = {
        (quarters, turn): fewer
        for turn, parts in taught_by(shared.image_set, plan.partition, shared.features).items()
        for quarters, fewer in smaller(parts, groups)
    }

    def scored(part: tuple[int, int]) -> pd.DataFrame:
        quarters, turn = part
        folder, of_turn = shared.folder / "learning" / str(quarters), trial.model_copy(update={"fold": turn})
        index_plans.write(folder, {turn: turns[part]}, (of_turn,), groups)
        files = folder / f"files-{turn}"
        files.mkdir(exist_ok=True)
        runner.fit(of_turn, shared, folder, files, settings)
        scores = pd.read_parquet(files / run_files.SCORES)
        for done in (files, index_plans.place(folder, turn)):
            shutil.rmtree(done)
        return scores[scores["split"] == "test"].assign(fold=turn, quarters=quarters)

    with ThreadPoolExecutor(shared.workers) as threads:
        tables = list(threads.map(scored, turns))
    return pd.concat(tables, ignore_index=True) if tables else None


def smaller(parts: Parts, groups: "np.ndarray[tuple[int], np.dtype[np.object_]]") -> Iterator[tuple[int, Parts]]:
    """Quarters -> the parts with about so much of train; none that lacks a class."""
    quarter = fold(parts.train, parts.labels, groups, QUARTERS)
    for quarters in range(1, QUARTERS):
        fewer = replace(parts, train=parts.train[quarter < quarters])
        off = abs(len(fewer.train) / len(parts.train) - quarters / QUARTERS)
        if off <= UNLIKE and all(fewer.counts()["train"]):
            yield quarters, fewer
