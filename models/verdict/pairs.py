"""Which positives only one of two models finds, seed by seed."""

import numpy as np
import numpy.typing as npt

from steelyard.models.statistics.multiplicity import mcnemar
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.tried import Cell, seeded
from steelyard.models.verdict.verdict import Pair


def pairs(evidence: Evidence, cell: Cell) -> tuple[Pair, ...]:
    """A cell's trials beside the baseline's of the same seeds; empty for the baseline itself, or without it.

    Empty too where every class counts.
    """
    partners = evidence.partners(cell)
    if partners is None or evidence.every_class:
        return ()
    called = evidence.called["operating"] == 1
    mine, baselines = (called[columns][:, evidence.test.labels == 1] for columns in partners)
    seeds = [evidence.tried[column].outcome.seed for column in partners[not seeded(evidence.tried, partners[0])]]
    return tuple(_pair(*of_seed) for of_seed in zip(seeds, mine, baselines, strict=True))


def _pair(seed: int, found: npt.NDArray[np.bool_], by_baseline: npt.NDArray[np.bool_]) -> Pair:
    only_cell, only_baseline = int(np.sum(found & ~by_baseline)), int(np.sum(by_baseline & ~found))
    return Pair(seed=seed, only_cell=only_cell, only_baseline=only_baseline, p=mcnemar(only_cell, only_baseline))
