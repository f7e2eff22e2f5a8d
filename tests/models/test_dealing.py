"""Samples dealt out to folds: who is in them, and that thresholds chosen there are those of just these images."""

from collections import Counter
from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.special import expit, logit

from steelyard.models.objective import Objective, drawn_choice
from steelyard.models.objective.drawn_choice import Scored, choose
from steelyard.models.objective.threshold_choice import best_threshold
from steelyard.models.statistics.bootstrap import bootstrap, chunks
from steelyard.models.statistics.dealing import deal
from steelyard.models.verdict.decided_again import DecidedAgain
from steelyard.models.verdict.scores_by_image import Part

FOLDS, SAMPLES = 5, 30
Groups = npt.NDArray[np.int64]


@st.composite
def image_sets(draw: st.DrawFn) -> tuple[npt.NDArray[np.int64], Groups | None]:
    rng = np.random.default_rng(draw(st.integers(0, 10**6)))
    labels = rng.permutation(np.repeat([1, 0], [draw(st.integers(10, 30)), draw(st.integers(20, 90))]))
    groups = np.unique(rng.integers(0, len(labels) // 2, len(labels)), return_inverse=True)[1]
    return labels, groups if draw(st.booleans()) else None


@settings(max_examples=30)
@given(image_sets(), st.integers(1, 6))
def test_each_sample_is_dealt_out_whole_with_its_groups_and_classes_spread_evenly(
    images: tuple[npt.NDArray[np.int64], Groups | None], folds: int
) -> None:
    labels, groups = images
    units = np.arange(len(labels)) if groups is None else groups
    (weights, *_) = chunks(labels, SAMPLES, 0, units)
    dealt = deal(labels, weights, groups, folds, np.random.default_rng(1))
    assert len(dealt) == folds
    for sample in range(SAMPLES):
        parts = [part[sample][part[sample] >= 0] for part in dealt]
        times = np.bincount(np.concatenate(parts), minlength=len(labels))
        assert (times[labels == 1] == weights[0][:, sample]).all()
        assert (times[labels == 0] == weights[1][:, sample]).all()
        for part in parts:
            of_part = Counter(units[part].tolist())
            assert all(count % int((units == unit).sum()) == 0 for unit, count in of_part.items())
        if groups is None:
            found = [int(labels[part].sum()) for part in parts]
            assert max(found) - min(found) <= 1


def parts_of(seed: int, groups: Groups | None, shift: float = 0.0) -> tuple[Part, Part]:
    """Val and test of 200 images in five folds; the network of each scores on a scale of its own, where one is shifted.

    All networks order the images alike.
    """
    rng = np.random.default_rng(seed)
    labels = rng.permutation(np.repeat([1, 0], [60, 140])).astype(np.int64)
    odds = rng.normal(2.0 * labels - 1.0, 1.0)
    test = np.arange(200) % FOLDS + 1
    scores = expit(odds + shift * test)[None].astype(np.float32)
    part = Part(pd.Index(np.arange(200)), labels, scores, 1, groups, test)
    return part, part


@pytest.mark.parametrize("groups", [None, np.arange(200) // 4], ids=["alone", "groups"])
@pytest.mark.parametrize("margin", [0.5, 0.9])
def test_each_fold_decides_by_what_its_own_images_would_choose(groups: Groups | None, margin: float) -> None:
    objective, (val, test) = Objective.parse("recall @ precision >= 0.85", margin), parts_of(0, groups)
    again = DecidedAgain(val, test, objective)
    (weights, *_) = chunks(test.own, SAMPLES, 0, np.arange(200) if groups is None else groups)
    dealt = deal(test.own, weights, groups, FOLDS, np.random.default_rng(0))
    found = again(dealt)
    for sample in range(SAMPLES):
        parts = [part[sample][part[sample] >= 0] for part in dealt]
        for fold in range(FOLDS):
            told = parts[fold]
            if groups is None or margin == 0.5:  # Of groups the depth is that of the real folds.
                scores = again.scores[0][0][told]
                choice = best_threshold(objective, test.own[told], scores, np.nan, None, FOLDS)
                argmax = again.test.scores[0][told] >= 0.5
                at = choice.threshold
                called = argmax if np.isnan(at) else again.scores[1][0][told] >= at
                assert found[0][sample, fold, 0] == called[test.own[told] == 1].sum()
                assert found[1][sample, fold, 0] == called[test.own[told] == 0].sum()


def test_networks_that_differ_in_their_scale_alone_are_decided_alike() -> None:
    objective = Objective.parse("recall @ precision >= 0.85", 0.9)
    (weights, *_) = chunks(parts_of(0, None)[1].own, SAMPLES, 0, np.arange(200))
    dealt = deal(parts_of(0, None)[1].own, weights, None, FOLDS, np.random.default_rng(0))
    plain, moved = (DecidedAgain(*parts_of(0, None, shift), objective)(dealt) for shift in (0.0, 0.8))
    for one, other in zip(plain, moved, strict=True):
        assert one == pytest.approx(other, abs=1)


def test_one_threshold_of_all_folds_is_chosen_on_the_whole_sample() -> None:
    objective, (val, test) = Objective.parse("recall @ precision >= 0.85", 0.9), parts_of(0, None, 0.5)
    (weights, *_) = chunks(test.own, SAMPLES, 0, np.arange(200))
    dealt = deal(test.own, weights, None, FOLDS, np.random.default_rng(0))
    hits, alarms = DecidedAgain(val, test, objective, together=True)(dealt)
    for sample in range(SAMPLES):
        drawn = np.concatenate([part[sample] for part in dealt])
        chosen = best_threshold(objective, test.own[drawn], val.scores[0][drawn], 0.5).threshold
        called = test.scores[0][drawn].astype(float) >= chosen
        assert hits[sample].sum() == called[test.own[drawn] == 1].sum()
        assert alarms[sample].sum() == called[test.own[drawn] == 0].sum()


def test_what_was_decided_is_the_value_and_what_is_decided_anew_its_variance() -> None:
    """Precision at a constraint on it: what moves it in one fold moves it back in the next, and little is left."""
    objective, (val, test) = Objective.parse("recall @ precision >= 0.85", 0.9), parts_of(1, None)
    called = logit(test.scores) > 0.3
    found = bootstrap(
        test.own,
        test.scores[:0],
        {"at": called},
        samples=400,
        folds=test.folds,
        again={"at": DecidedAgain(val, test, objective)},
    )
    assert found["at/recall"].value[0] == called[0][test.own == 1].mean()
    own, wrong, share = (found[f"at/{name}"].replicates[:, 0] for name in ("recall", "false_positive_rate", "share"))
    assert share.std() == pytest.approx(np.sqrt(0.3 * 0.7 / 200), rel=0.15), "images are drawn whatever their class"
    precision = share * own / (share * own + (1 - share) * wrong)
    rigid = bootstrap(test.own, test.scores[:0], {"at": called}, samples=400, folds=test.folds)
    assert own.std() > 1.3 * rigid["at/recall"].replicates.std(), "thresholds move"
    assert precision.std() < own.std()


def _groups(images: Groups) -> tuple[Groups, Groups]:
    """Groups of 67 images (the last has fewer), and how often each is there."""
    found, times = np.unique(images, return_counts=True)
    return found, -(-times // 67)


@pytest.mark.parametrize("differ", [False, True])
def test_a_group_that_is_there_twice_seldom_chooses_for_itself(differ: bool) -> None:
    """By chance its second copy is in one of the two folds beside that of the first in 2 of 5 samples."""
    groups, rng = np.arange(2600) // 67, np.random.default_rng(0)
    share = rng.uniform(0.05, 0.6, 39)[groups] if differ else 0.3
    labels = (rng.random(2600) < share).astype(np.int64)
    (weights, *_) = chunks(labels, 200, 0, groups)
    dealt = deal(labels, weights, groups, FOLDS, np.random.default_rng(1))
    beside, pairs = 0, 0
    for sample in range(200):
        parts = [groups[part[sample][part[sample] >= 0]] for part in dealt]
        folds = [(fold, of) for fold, part in enumerate(parts) for of in np.repeat(*_groups(part))]
        for group in range(39):
            own = [fold for fold, of in folds if of == group]
            if len(own) == 2:
                beside += (own[1] - own[0]) % FOLDS in (1, FOLDS - 1)
                pairs += 1
    assert 0.3 < beside / pairs < 0.55


def test_scores_that_are_all_the_same_stay_so() -> None:
    val, test = parts_of(0, None)
    same = [replace(part, scores=np.full_like(part.scores, 0.3)) for part in (val, test)]
    of_val, of_test = DecidedAgain(*same, Objective.parse("recall @ precision >= 0.85", 0.9)).scores
    assert np.ptp(of_val) == pytest.approx(0, abs=1e-9) and np.ptp(of_test) == pytest.approx(0, abs=1e-9)


def test_samples_larger_than_what_is_looked_at_at_once_are_chosen_on_one_by_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    val, _ = parts_of(0, None)
    scored, drawn = Scored(val.own, val.scores[0].astype(float)), np.stack([np.arange(200), np.arange(200)[::-1]])
    expected = choose(scored, drawn, Objective.parse("recall @ precision >= 0.85", 0.9))
    monkeypatch.setattr(drawn_choice, "AT_ONCE", 50)
    assert choose(scored, drawn, Objective.parse("recall @ precision >= 0.85", 0.9)).tolist() == expected.tolist()
