"""The trials of all folds as one: held-out scores that choose and report together, and scikit-learn agrees."""

import numpy as np
import pytest
from folded import Scores, evidence, head_scores, scored, table_of, together, turns_of
from heads import features_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import precision_score, recall_score, roc_auc_score
from sklearn.model_selection import cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from steelyard.models.objective import Objective
from steelyard.models.objective.certificate import Candidates
from steelyard.models.objective.operating_point import TWO
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.pooled import pooled
from steelyard.models.verdict.scored_trials import ScoredTrial

WANTED = Objective.parse("recall @ precision >= 0.7")
TABLE = table_of(np.tile([0, 0, 0, 1], 60), [f"g{row // 4}" for row in range(240)])
TURNS, LABELS = turns_of(TABLE), TABLE["label"].to_numpy(np.int64)


def noise(turn: int, cell: str = "none") -> Scores:
    """Of each fold's network, at a scale that all share."""
    rng = np.random.default_rng([turn, len(cell)])
    return np.asarray(1 / (1 + np.exp(1 - rng.normal(3 * LABELS, 1))))


def sweep(*cells: str) -> list[ScoredTrial]:
    return [
        scored(parts, turn, noise(turn, cell), WANTED, cell)
        for turn, parts in TURNS.items()
        for cell in cells or ("none",)
    ]


def held_out() -> Scores:
    scores = np.zeros(len(LABELS), np.float32)
    for turn, parts in TURNS.items():
        scores[parts.test] = noise(turn)[parts.test]
    return scores


def test_every_image_is_scored_once_by_a_network_of_the_other_folds_and_both_chooses_and_reports() -> None:
    (outcome,), (one,) = together(sweep(), WANTED)
    for part in ("val", "test"):
        rows = one.scores[one.scores["split"] == part].sort_values("id")
        assert rows["id"].tolist() == TABLE["id"].tolist()
        assert rows["score"].to_numpy() == pytest.approx(held_out())
    for parts in TURNS.values():
        assert np.array_equal(parts.val, parts.test) and not set(parts.train) & set(parts.test)
        assert len(parts.train) + len(parts.test) == len(LABELS), "four fifths teach"
    assert (outcome.fold, outcome.seed, outcome.cell) == (0, 1, "none")
    assert outcome.of_folds == tuple(of.outcome.trial_id for of in sweep())
    assert outcome.test["loss"] == pytest.approx(0.9)


def test_one_threshold_is_chosen_and_certified_on_all_of_them_groups_whole() -> None:
    names = TABLE.set_index("id")["group"]
    (outcome,), _ = together(sweep(), WANTED, names)
    expected = Candidates.of(WANTED, LABELS, held_out(), np.arange(240) // 4).choose(WANTED)
    assert outcome.operating
    assert (outcome.operating.threshold, outcome.operating.feasible) == (expected.threshold, expected.certified)
    called = held_out().astype(float) >= expected.threshold
    assert outcome.operating.test["recall"] == pytest.approx(recall_score(LABELS, called))
    assert outcome.operating.test["precision"] == pytest.approx(precision_score(LABELS, called))
    assert outcome.operating.test == outcome.operating.val


def test_one_fold_that_failed_fails_its_cell_and_seed_and_no_other() -> None:
    trials = sweep("none", "upsample")
    lost = trials[3].outcome.model_copy(update={"status": "FAILED", "reason": "out of memory", "operating": None})
    outcomes = [lost if of is trials[3] else of.outcome for of in trials]
    every, whole = pooled(outcomes, [of for of in trials if of is not trials[3]], WANTED, TWO)
    assert [(of.cell, of.status) for of in every] == [("none", "FINISHED"), ("upsample", "FAILED")]
    assert every[1].reason == "fold 2: out of memory"
    assert [of.outcome.cell for of in whole] == ["none"]


def test_the_verdict_is_of_all_images_and_says_how_many_folds_there_were() -> None:
    found = evidence(TABLE, sweep("none", "upsample"), WANTED)
    verdict = judge(found, chosen(found))
    assert (verdict.folds, verdict.sizes, verdict.groups, verdict.apart) == (5, (180, 60), 60, False)
    best, other = verdict.cells
    assert best.areas["roc_auc"].value == pytest.approx(roc_auc_score(LABELS, held_out()))
    assert len(best.thresholds) == 1 and best.feasibility and best.feasibility.status == "FEASIBLE"
    assert other.differences["roc_auc"].low < other.differences["roc_auc"].value < other.differences["roc_auc"].high


def test_folds_and_their_scores_are_scikit_learns() -> None:
    labels, strength = np.random.default_rng(3).permutation(np.tile([0, 0, 0, 1], 100)).astype(np.int64), 0.1
    features, turns = features_of(labels, width=10, apart=0.5), turns_of(table_of(labels))
    trials = [
        scored(parts, turn, head_scores(features, labels, parts.train, strength), WANTED)
        for turn, parts in turns.items()
    ]
    _, (one,) = together(trials, WANTED)
    ours = one.scores[one.scores["split"] == "test"].set_index("id").sort_index()
    model = LogisticRegression(C=1 / (strength * 320), tol=1e-10, max_iter=10_000)
    theirs, exact = make_pipeline(StandardScaler(), model), features.astype(np.float64)
    folds = [(parts.train, parts.test) for parts in turns.values()]
    out_of_fold = cross_val_predict(theirs, exact, labels, cv=folds, method="predict_proba")[:, 1]
    np.testing.assert_allclose(ours["score"].to_numpy(), out_of_fold, atol=1e-3)
