"""The trials of all folds as one: decisions are counted over all images, areas are means, and scikit-learn agrees."""

import numpy as np
import pandas as pd
import pytest
from folded import Scores, evidence, head_scores, scored, table_of, together, turns_of
from heads import features_of
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, make_scorer, precision_score, recall_score, roc_auc_score
from sklearn.model_selection import TunedThresholdClassifierCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from steelyard.models.objective import Objective, candidates
from steelyard.models.objective.operating_point import TWO, Operating
from steelyard.models.objective.threshold_choice import best_threshold
from steelyard.models.statistics.combined_intervals import precision_interval
from steelyard.models.statistics.intervals import Share
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.one_class_metrics import Point
from steelyard.models.verdict.pooled import pooled
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.words.cells_in_brief import in_brief
from steelyard.models.words.verdict_sentences import worded

WANTED = Objective.parse("recall @ precision >= 0.7")
TABLE = table_of(np.tile([0, 0, 0, 1], 60), [f"g{row // 4}" for row in range(240)])
TURNS = turns_of(TABLE)


def noise(turn: int, cell: str = "none", apart: float = 2.0) -> Scores:
    """Each fold's network scores on a scale of its own."""
    rng = np.random.default_rng([turn, len(cell)])
    signal = apart * (TABLE["label"].to_numpy() == 1) + rng.normal(0, 1, len(TABLE))
    return np.asarray(1 / (1 + np.exp(-(signal + 2 * (turn - 3)))))


def sweep(*cells: str) -> list[ScoredTrial]:
    return [
        scored(parts, turn, noise(turn, cell), WANTED, cell)
        for turn, parts in TURNS.items()
        for cell in cells or ("none",)
    ]


def test_every_image_is_decided_once_by_the_threshold_of_its_own_fold() -> None:
    trials = sweep()
    (outcome,), (one,) = together(trials, WANTED)
    test = one.scores[one.scores["split"] == "test"]
    assert sorted(test["id"]) == TABLE["id"].tolist()
    called = np.concatenate(
        [of.scores[of.scores["split"] == "test"]["score"] >= of.operating.threshold for of in trials]
    )
    hits, calls = int(np.sum(called & (test["label"] == 1))), int(called.sum())
    assert outcome.operating is not None
    assert outcome.operating.test["recall"] == hits / 60
    assert outcome.operating.test["precision"] == hits / calls
    assert outcome.test["loss"] == pytest.approx(0.9)
    assert outcome.of_folds == tuple(of.outcome.trial_id for of in trials)
    assert outcome.thresholds == tuple(of.operating.threshold for of in trials)
    assert (outcome.fold, outcome.seed, outcome.cell) == (0, 1, "none")


def test_the_threshold_to_use_is_chosen_on_all_scores_of_val_and_on_none_of_test() -> None:
    trials = sweep()
    _, (one,) = together(trials, WANTED)
    alone = one.scores.assign(score=one.scores["score"].where(one.scores["split"] == "val", 0.5))
    assert one.operating.threshold == Operating.choose(alone, WANTED).threshold


def test_areas_are_means_over_folds_whose_scores_have_no_scale_in_common() -> None:
    found = evidence(TABLE, sweep(), WANTED).sampled
    labels = TABLE["label"].to_numpy()
    by_fold = [(labels[parts.test], noise(turn).astype(np.float32)[parts.test]) for turn, parts in TURNS.items()]
    roc = np.mean([roc_auc_score(*fold) for fold in by_fold])
    assert found["roc_auc"].value == pytest.approx([roc])
    assert found["average_precision"].value.shape == (1,)
    apart = np.concatenate([scores for _, scores in by_fold])
    whole = roc_auc_score(np.concatenate([own for own, _ in by_fold]), apart)
    assert abs(whole - roc) > 0.05, "pooled scores would say something else"


def test_average_precision_is_a_mean_over_folds_too() -> None:
    even = table_of(np.tile([0, 0, 0, 1], 60))
    turns = turns_of(even)
    trials = [scored(parts, turn, noise(turn), WANTED) for turn, parts in turns.items()]
    found = evidence(even, trials, WANTED).sampled["average_precision"].value
    labels = even["label"].to_numpy()
    of_folds = [
        average_precision_score(labels[parts.test], noise(turn).astype(np.float32)[parts.test])
        for turn, parts in turns.items()
    ]
    assert found == pytest.approx([np.mean(of_folds)])


def test_leaving_a_fold_out_leaves_its_images_out() -> None:
    trials = sweep()
    found = evidence(TABLE, trials, WANTED)
    recall = found.sampled["operating/recall"]
    assert recall.without is not None and recall.without.value.shape == (5, 1)
    hits = [
        (of.scores["score"] >= of.operating.threshold)[(of.scores["split"] == "test") & (of.scores["label"] == 1)]
        for of in trials
    ]
    for left in range(5):
        others = pd.concat([of for fold, of in enumerate(hits) if fold != left])
        assert recall.without.value[left, 0] == pytest.approx(others.mean())
    assert found.at("operating")["precision"].without is not None


def test_on_the_images_themselves_a_threshold_that_is_chosen_again_is_the_one_that_was() -> None:
    found = evidence(TABLE, sweep("none", "upsample"), WANTED)
    counted = (found.called["operating"][:, found.test.labels == 1]).mean(axis=1)
    assert found.sampled["operating/recall"].value == pytest.approx(counted)


def test_what_the_one_threshold_of_the_model_to_use_brings_in_all_folds_is_told_where_it_differs() -> None:
    trials = sweep()
    _, (one,) = together(trials, WANTED)
    test = one.scores[one.scores["split"] == "test"]
    called, own = test["score"] >= one.operating.threshold, test["label"] == 1
    verdict = worded(judge(evidence(TABLE, trials, WANTED), [("none", 0.5)]))
    found, best = verdict.one_threshold, verdict.cells[0]
    assert found is not None and found.differs
    assert (found.recall, found.precision) == pytest.approx((called[own].mean(), own[called].mean()))
    of_folds = best.point["recall"].value, best.point["precision"].value
    assert (found.recall_of_folds, found.precision_of_folds) == pytest.approx(of_folds)
    told = f"recall is {found.recall:.2f} and precision {found.precision:.2f}; by each fold's own"
    assert sum(told in sentence for sentence in verdict.words) == 1
    line = (
        f"The network's one threshold gives recall {found.recall:.2f}, precision {found.precision:.2f} over all folds."
    )
    assert line in in_brief(verdict).legend and len(line) <= 80


def test_one_fold_that_failed_fails_its_cell_and_seed_and_no_other() -> None:
    trials = sweep("none", "upsample")
    lost = trials[3].outcome.model_copy(update={"status": "FAILED", "reason": "out of memory", "operating": None})
    outcomes = [lost if of is trials[3] else of.outcome for of in trials]
    every, whole = pooled(outcomes, [of for of in trials if of is not trials[3]], WANTED, "wilson", TWO)
    assert [(of.cell, of.status) for of in every] == [("none", "FINISHED"), ("upsample", "FAILED")]
    assert every[1].reason == "fold 2: out of memory"
    assert [of.outcome.cell for of in whole] == ["none"]


def test_the_verdict_says_how_many_folds_there_were_and_compares_cells_fold_by_fold() -> None:
    found = judge(evidence(TABLE, sweep("none", "upsample"), WANTED), [("none", 0.5), ("upsample", 0.5)])
    assert found.folds == 5
    assert found.sizes == (180, 60)
    (best, other) = found.cells
    assert len(best.thresholds) == 1 and best.point["recall"].seeds == 0
    assert other.differences["roc_auc"].low < other.differences["roc_auc"].value < other.differences["roc_auc"].high


def constrained(labels: Scores, called: Scores) -> float:
    """Recall where the precision is 0.7 or more; of equals the fewer false alarms, as the higher threshold has."""
    precision = precision_score(labels, called, zero_division=0)
    return float(recall_score(labels, called) + 1e-6 * precision) if precision >= 0.7 else -1.0


def test_folds_scores_and_thresholds_are_scikit_learns() -> None:
    labels, strength = np.random.default_rng(3).permutation(np.tile([0, 0, 0, 1], 100)).astype(np.int64), 0.1
    features, turns = features_of(labels, width=10, apart=0.5), turns_of(table_of(labels))
    trials = [
        scored(parts, turn, head_scores(features, labels, parts.train, strength), WANTED)
        for turn, parts in turns.items()
    ]
    (outcome,), (one,) = together(trials, WANTED)
    ours = one.scores[one.scores["split"] == "test"].set_index("id").sort_index()
    model = LogisticRegression(C=1 / (strength * 320), tol=1e-10, max_iter=10_000)
    theirs, exact = make_pipeline(StandardScaler(), model), features.astype(np.float64)
    folds = [(parts.train, parts.test) for parts in turns.values()]
    out_of_fold = cross_val_predict(theirs, exact, labels, cv=folds, method="predict_proba")[:, 1]
    np.testing.assert_allclose(ours["score"].to_numpy(), out_of_fold, atol=1e-3)
    for parts, threshold in zip(turns.values(), outcome.thresholds, strict=True):
        scores = theirs.fit(exact[parts.train], labels[parts.train]).predict_proba(exact[parts.val])[:, 1]
        split, scorer = [(parts.train, parts.val)], make_scorer(constrained)
        tuned = TunedThresholdClassifierCV(theirs, scoring=scorer, thresholds=candidates(scores), cv=split)
        assert threshold == pytest.approx(tuned.fit(exact, labels).best_threshold_, abs=1e-3)


def test_without_a_false_alarm_precision_at_a_stated_prevalence_is_as_sure_as_its_counts() -> None:
    labels = np.tile([0, 0, 0, 1], 100)
    table = table_of(labels)
    wanted = Objective.parse("recall @ precision >= 0.7 at prevalence 0.1", 0.9)
    apart = 0.1 + 0.8 * labels + np.random.default_rng(0).uniform(0, 0.05, len(labels))
    trials = [scored(parts, turn, apart, wanted) for turn, parts in turns_of(table).items()]
    (cell,) = judge(evidence(table, trials, wanted), [("none", 0.5)]).cells
    precision = cell.point["precision"]
    hits = Share(cell.point["recall"].value, 100)
    counted = precision_interval(hits, Share(0.0, 300), 0.1)
    assert precision.value == 1.0 and precision.low == pytest.approx(counted[0], abs=0.05)


def test_a_fold_chooses_as_deep_as_all_of_val_together_would() -> None:
    wanted, labels = Objective.parse("recall @ precision >= 0.7", 0.9), TABLE["label"].to_numpy()
    val = TURNS[1].val
    alone, of_five = (best_threshold(wanted, labels[val], noise(1)[val], 0.5, parts=parts).value for parts in (1, 5))
    assert of_five > alone


def test_more_images_leave_less_of_what_folds_add_and_no_seed_is_said_to_decide() -> None:
    found = evidence(TABLE, sweep("none", "upsample"), WANTED)
    for point in Point.of_each(found, "operating").values():
        for spread in point.spreads.values():
            assert spread.folded and spread.left(4) == spread.between / 4
        assert point.without_seeds().spreads == point.spreads
    told = {cell.feasibility.decided_by for cell in judge(found, [*found.cells]).cells if cell.feasibility}
    assert told <= {"images", "nothing", None}
