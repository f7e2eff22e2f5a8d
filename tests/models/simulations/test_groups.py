"""Images that come in groups: what drawing groups whole keeps promised, and drawing single images does not.

Handlings are as good as the baseline over all groups, but better in some and worse in others, as modules, patients or
hospitals may have it.
"""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit

from steelyard.models.statistics.bootstrap import bootstrap
from steelyard.models.statistics.significance import holm
from steelyard.models.statistics.spread import Spread, spreads

SWEEPS, GROUPS, SIZE, HANDLINGS, SEEDS = 300, 12, 32, 4, 3

pytestmark = pytest.mark.slow


def world(rng: np.random.Generator) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64], npt.NDArray[np.float64]]:
    """(n,) labels and groups, and (T, n) scores, the baseline's seeds first."""
    groups = np.repeat(np.arange(GROUPS), SIZE)
    labels = (rng.random(len(groups)) < rng.beta(1.5, 3, GROUPS)[groups]).astype(np.int64)
    shared = rng.normal(0, 0.7, GROUPS)[groups] + rng.normal(0, 0.8, len(groups))
    logits = [
        shared + (1.5 + of_groups[groups]) * labels + rng.normal(0, 0.3, len(groups))
        for of_groups in rng.normal(0, 0.4, (1 + HANDLINGS, GROUPS))
        for _ in range(SEEDS)
    ]
    return labels, groups, expit(np.array(logits))


def differences(seed: int, whole: bool) -> list[Spread]:
    labels, groups, scores = world(np.random.default_rng(seed))
    found = bootstrap(labels, scores, {}, samples=200, groups=groups if whole else None)["roc_auc"]
    cells = np.arange(len(scores)).reshape(-1, SEEDS)
    smaller = int(min(labels.sum(), (1 - labels).sum()))
    return spreads([found.of(cell) - found.of(cells[0]) for cell in cells[1:]], smaller, GROUPS if whole else None)


def claims(sweeps: list[list[Spread]]) -> float:
    """Share of sweeps that claim any difference."""
    return float(np.mean([min(holm([spread.p for spread in found])) <= 0.05 for found in sweeps]))


def test_groups_drawn_whole_seldom_claim_what_is_not_there_and_single_images_mostly_do() -> None:
    whole = [differences(seed, whole=True) for seed in range(SWEEPS)]
    # Within two standard errors of 5 % over so many sweeps.
    assert claims(whole) <= 0.075
    intervals = [spread.interval() for found in whole for spread in found]
    assert 0.93 <= np.mean([low <= 0 <= high for low, high in intervals]) <= 0.97
    assert claims([differences(seed, whole=False) for seed in range(SWEEPS // 5)]) > 0.5
