"""The learning curve of a cell, against scikit-learn's areas and worlds where more images help, or do not."""

import folded
import numpy as np
import pandas as pd
import pytest
from sklearn.metrics import roc_auc_score

from steelyard.models.objective import Objective
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.learning import learned
from steelyard.models.verdict.sweep_verdict import Learning

WISH = Objective.parse("recall @ precision >= 0.5")
LABELS = np.tile([0, 0, 0, 1], 150)
TABLE = folded.table_of(LABELS, [f"g{row // 4}" for row in range(len(LABELS))])
TURNS = folded.turns_of(TABLE)


def scores_of(apart: float, draw: int) -> folded.Scores:
    return np.random.default_rng([7, draw]).normal(apart * LABELS, 1).astype(np.float64)


def found(apart: dict[int, float]) -> tuple[Evidence, pd.DataFrame, Learning | None]:
    """Quarters of train -> how far a network that learned from so many tells the classes apart."""
    tables, whole = [], []
    for turn, parts in TURNS.items():
        for quarters, far in apart.items():
            trial = folded.scored(parts, turn, scores_of(far, quarters), WISH)
            test = trial.scores[trial.scores["split"] == "test"]
            if quarters == 4:
                whole.append(trial)
            else:
                tables.append(test.assign(fold=turn, quarters=quarters))
    evidence, smaller = folded.evidence(TABLE, whole, WISH), pd.concat(tables, ignore_index=True)
    return evidence, smaller, learned(evidence, evidence.trials[0], smaller)


def test_areas_are_those_of_all_held_out_scores_and_equal_scikit_learns() -> None:
    _, smaller, curve = found({1: 0.5, 2: 1.0, 3: 1.4, 4: 1.5})
    assert curve and curve.shares == (0.25, 0.5, 0.75, 1.0)
    for quarters, area in zip((1, 2, 3), curve.areas, strict=False):
        of = smaller[smaller["quarters"] == quarters]
        assert area.value == pytest.approx(roc_auc_score(of["label"], of["score"]))
        assert area.low < area.value < area.high
    assert curve.gain.value == pytest.approx(curve.areas[3].value - curve.areas[1].value, abs=0.005)


@pytest.mark.parametrize(
    ("apart", "shown"),
    [
        ({1: 0.3, 2: 0.8, 3: 1.6, 4: 2.5}, True),
        ({1: 1.0, 2: 1.5, 3: 1.5, 4: 1.55}, False),
        ({1: 1.0, 2: 2.5, 3: 2.0, 4: 1.5}, False),
    ],
    ids=["rising", "open", "falling"],
)
def test_the_gain_is_shown_where_more_images_lift_the_curve(apart: dict[int, float], shown: bool) -> None:
    _, _, curve = found(apart)
    assert curve and (curve.gain.low > 0) == shown


def test_a_part_of_train_that_some_fold_could_not_give_is_left_out() -> None:
    evidence, smaller, _ = found({1: 0.5, 2: 1.0, 3: 1.4, 4: 1.5})
    lacking = smaller[(smaller["quarters"] > 1) | (smaller["fold"] > 1)]
    curve = learned(evidence, evidence.trials[0], lacking)
    assert curve and curve.shares == (0.5, 0.75, 1.0)
    assert learned(evidence, evidence.trials[0], lacking[lacking["quarters"] != 2]) is None
