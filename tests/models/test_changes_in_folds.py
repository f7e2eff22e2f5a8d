"""What changed between two nights in folds: on the images that both tested, each decided by its own night's fold."""

from dataclasses import replace

import folded
import numpy as np
import pandas as pd
import pytest
from changed import WANTED, about, changes

from steelyard.models.changes.metric_changes import independent
from steelyard.models.changes.pairing import Pairing
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.tables import ranked
from steelyard.models.objective import Objective
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.judge import judge
from steelyard.models.words.verdict_sentences import worded

IMAGES = 400
DOGS = (np.arange(IMAGES) % 5 == 0).astype(np.int64)


def night(
    size: int, group: int = 0, split_seed: int = 0, better: float = 0.0, folds: int = folded.FOLDS, wish: str = WANTED
) -> Dossier:
    """A sweep of the first images in folds of its own, each network as good as any."""
    draw, labels, objective = np.random.default_rng(1), DOGS[:size], Objective.parse(wish, 0.5)
    hard = draw.normal((1.5 + better) * DOGS, 1)[:size]
    names = [f"patient {row // group}" for row in range(size)] if group else []
    table = folded.table_of(labels, names)
    trials = []
    for turn, parts in folded.turns_of(table, folds, split_seed=split_seed).items():
        own = np.random.default_rng([turn, split_seed]).normal(0, 0.3, size)
        scores = (1 / (1 + np.exp(1 - hard - own))).astype(np.float32)
        trials.append(replace(folded.scored(parts, turn, scores, objective, seed=1), learned=0.2))
    evidence = folded.evidence(table, trials, objective)
    outcomes, kept = tuple(trial.outcome for trial in trials), tuple(trial.outcome for trial in evidence.trials)
    verdict = worded(judge(evidence, ranked(kept)))
    spec = Sweep(data="folder:pets", positive="dog", objective=wish, recipe="features")
    return Dossier(
        found=Comparison.of(outcomes, "1", "run", "sqlite:///", "0" * 16, objective, verdict, kept),
        spec=spec,
        about=about(spec, ("dog", "cat"), f"{split_seed}", f"{size:016}"),
        images=table.drop(columns="split").assign(part="test"),
        scores=corrected_scores.scores(evidence),
        curves=pd.DataFrame(),
        gallery=pd.DataFrame(),
    )


@pytest.mark.parametrize("group", [0, 4])
def test_where_images_came_the_others_are_compared_image_by_image(group: int) -> None:
    before, now = night(340, group), night(380, group, split_seed=1)
    pairing, found = Pairing(before, now), changes(before, now)
    assert pairing.both is not None and len(pairing.both) == 340 and not pairing.regrouped
    assert "on the 340 images that both tested" in found.answer[0]
    (cell,) = found.cells
    assert cell.earlier and cell.later
    for name, change in cell.changes.items():
        wide = independent(cell.earlier.verdict.metric(name), cell.later.verdict.metric(name))
        assert change.paired and change.deviation is None
        # Thresholds hold precision at its limit whatever images are hard, so that little of it is in common.
        most = 1.2 if name == "precision" else 0.8
        assert change.high - change.low < most * (wide[1] - wide[0])


def test_the_difference_is_that_of_the_decisions_on_them() -> None:
    before, now = night(340), night(380, split_seed=1)
    ids = before.test.ids.intersection(now.test.ids)
    recalls = []
    for sweep in (before, now):
        called = (sweep.test.scores.astype(np.float64) >= sweep.thresholds([0]))[0]
        recalls.append(called[sweep.test.ids.isin(ids) & (sweep.test.labels == 1)].mean())
    (cell,) = changes(before, now).cells
    assert cell.changes["recall"].value == pytest.approx(recalls[1] - recalls[0])


def test_an_image_with_other_pixels_or_another_label_is_not_one_that_both_tested() -> None:
    before, now = night(340), night(340, split_seed=1)
    assert Pairing(before, now).both is None
    pixels, labels = now.images.copy(), now.images.copy()
    pixels.loc[3, "digest"], labels.loc[4, "label"] = "other", 1 - labels.loc[4, "label"]
    for images, left in ((pixels, "00003"), (labels, "00004")):
        both = Pairing(before, replace(now, images=images)).both
        assert both is not None and len(both) == 339 and left not in both


def test_a_better_night_is_shown_to_be_and_too_few_images_in_common_are_not_compared() -> None:
    (cell,) = changes(night(340), night(380, split_seed=1, better=2)).cells
    assert cell.changes["roc_auc"].low > 0
    few = changes(night(100), night(400))
    assert "taken as independent, since test is not the same" in few.answer[0]


@pytest.mark.parametrize("part", ["val", "test"])
def test_where_a_fold_would_be_left_without_a_class_the_nights_are_independent(part: str) -> None:
    before, now = night(340), night(340, split_seed=1)
    fold = before.scores[(before.scores["split"] == part) & (before.scores["trial_id"] == before.scores["trial_id"][0])]
    gone = set(fold.loc[fold["label"] == 1, "id"])
    digests = now.images["digest"].where(~now.images["id"].isin(gone), "other")
    found = changes(before, replace(now, images=now.images.assign(digest=digests)))
    assert "taken as independent, since test is not the same" in found.answer[0]


def test_other_numbers_of_folds_are_not_compared_one_by_one() -> None:
    before, now = night(340), night(340, folds=4)
    assert "taken as independent, since their folds are not alike" in changes(before, now).answer[0]
    alike = changes(before, night(340, split_seed=1))
    assert "on the same images: " in alike.answer[0] and all(cell.changes["recall"].paired for cell in alike.cells)


def test_at_a_rare_prevalence_the_interval_stays_one_of_shares() -> None:
    wish = "recall @ precision >= 0.5 at prevalence 0.02"
    (cell,) = changes(night(210, wish=wish, better=0.6), night(400, wish=wish, better=0.6, split_seed=1)).cells
    assert all(-1 <= change.low <= change.value <= change.high <= 1 for change in cell.changes.values())
    assert cell.changes["precision"].paired
