"""The bootstrap against scikit-learn: on the images, on every sample of them, and against the binomial variance."""

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import average_precision_score, roc_auc_score

from steelyard.models.statistics.areas import Ordered
from steelyard.models.statistics.bootstrap import CHUNK, bootstrap, chunks, draws
from steelyard.models.statistics.sampled import Sampled

POSITIVES, NEGATIVES, SAMPLES = 30, 70, 40
LABELS = np.random.default_rng(3).permutation(np.repeat([1, 0], [POSITIVES, NEGATIVES]))

Values = npt.NDArray[np.float64]


def scores(trials: int = 3, seed: int = 0, labels: npt.NDArray[np.int64] = LABELS) -> npt.NDArray[np.float32]:
    """(T, n), a little better than chance, on a grid of 21 so that many tie."""
    rng = np.random.default_rng(seed)
    return (np.rint(10 * np.clip(labels + rng.normal(0.5, 1, (trials, len(labels))), 0, 2)) / 20).astype(np.float32)


def called(rows: npt.NDArray[np.float32], at: npt.ArrayLike) -> npt.NDArray[np.bool_]:
    """(T, n): the images at or above a threshold for all trials, or one for each."""
    found: npt.NDArray[np.bool_] = rows.astype(np.float64) >= np.reshape(at, (-1, 1))
    return found


def resampled(row: npt.NDArray[np.float32], seed: int) -> Iterator[tuple[npt.NDArray[np.int64], Values]]:
    """Labels and scores of each sample, an image that is drawn twice being there twice."""
    positives, negatives = row[LABELS == 1].astype(np.float64), row[LABELS == 0].astype(np.float64)
    for hits, misfires in chunks(LABELS, SAMPLES, seed):
        for one, other in zip(hits.T.astype(int), misfires.T.astype(int), strict=True):
            drawn = np.concatenate([np.repeat(positives, one), np.repeat(negatives, other)])
            yield np.repeat([1, 0], [POSITIVES, NEGATIVES]), drawn


@given(
    st.lists(st.sampled_from([0.0, 0.2, 0.5, 0.7, 1.0]) | st.floats(0, 1, width=32), min_size=2, max_size=25),
    st.integers(1, 24),
    st.integers(0, 99),
    st.sampled_from([0.02, 0.3, 0.5]),
)
def test_areas_equal_scikit_learns_under_weights_with_ties_and_zeros(
    values: list[float], split: int, seed: int, prevalence: float
) -> None:
    split, rng, given_scores = min(split, len(values) - 1), np.random.default_rng(seed), np.array(values)
    sizes, labels = (split, len(values) - split), np.repeat([1, 0], [split, len(values) - split])
    weights = [draws(size, 4, rng).astype(np.float64) for size in sizes]
    roc_auc, precision = Ordered.of(given_scores[:split], given_scores[split:]).areas(
        weights[0], weights[1], prevalence
    )
    shares = (prevalence / sizes[0], (1 - prevalence) / sizes[1])
    for number in range(4):
        once = np.concatenate([weight[:, number] for weight in weights])
        shifted = np.concatenate([weight[:, number] * share for weight, share in zip(weights, shares, strict=True)])
        expected = average_precision_score(labels, given_scores, sample_weight=shifted)
        assert roc_auc[number] == pytest.approx(roc_auc_score(labels, given_scores, sample_weight=once), abs=1e-12)
        assert precision[number] == pytest.approx(expected, abs=1e-12)


def test_a_draw_has_as_many_images_as_there_are_and_counts_them_like_a_multinomial() -> None:
    drawn = draws(50, 4000, np.random.default_rng(0))
    assert drawn.shape == (50, 4000) and (drawn.sum(axis=0) == 50).all() and (drawn == np.rint(drawn)).all()
    assert drawn.mean(axis=1) == pytest.approx(np.ones(50), abs=5 * np.sqrt(0.98 / 4000))
    assert drawn.var() == pytest.approx(1 - 1 / 50, rel=0.02)


def test_pieces_are_bounded_add_up_to_all_samples_and_keep_the_size_of_each_class() -> None:
    pieces = list(chunks(np.repeat([1, 0], [900, 2100]), 1500, seed=0))
    assert len(pieces) > 1
    assert sum(hits.shape[1] for hits, _ in pieces) == sum(misfires.shape[1] for _, misfires in pieces) == 1500
    for hits, misfires in pieces:
        assert hits.size + misfires.size <= CHUNK
        assert (hits.sum(axis=0) == 900).all() and (misfires.sum(axis=0) == 2100).all()


def test_the_same_seed_draws_the_same_samples_and_another_seed_others() -> None:
    first, again, other = (np.concatenate(next(iter(chunks(LABELS, 10, seed)))) for seed in (1, 1, 2))
    assert (first == again).all() and (first != other).any()


@pytest.mark.parametrize("prevalence", [None, 0.05])
def test_values_and_replicates_equal_scikit_learn_on_the_images_and_on_each_sample(prevalence: float | None) -> None:
    rows = scores()
    found = bootstrap(LABELS, rows, {}, prevalence, SAMPLES, seed=7)
    share = POSITIVES / len(LABELS) if prevalence is None else prevalence
    for trial, row in enumerate(rows):
        everything = [(LABELS, row.astype(np.float64)), *resampled(row, seed=7)]
        weights = [np.where(labels == 1, share / POSITIVES, (1 - share) / NEGATIVES) for labels, _ in everything]
        areas = [roc_auc_score(*drawn) for drawn in everything]
        precisions = [average_precision_score(*d, sample_weight=w) for d, w in zip(everything, weights, strict=True)]
        for name, expected in (("roc_auc", areas), ("average_precision", precisions)):
            assert found[name].value[trial] == pytest.approx(expected[0], abs=1e-12)
            assert found[name].replicates[:, trial] == pytest.approx(np.array(expected[1:]), abs=2e-6)


def test_rates_are_the_counts_at_or_above_the_thresholds_of_each_trial() -> None:
    rows = scores()
    thresholds = {"low": np.array([0.0, 0.3, 2.0]), "tied": np.sort(rows, axis=1)[:, 40].astype(np.float64)}
    places = {place: called(rows, at) for place, at in thresholds.items()}
    found = bootstrap(LABELS, rows, places, samples=SAMPLES, seed=7)
    for place, at in thresholds.items():
        for trial, row in enumerate(rows):
            everything = [(LABELS, row.astype(np.float64)), *resampled(row, seed=7)]
            for name, label in (("recall", 1), ("false_positive_rate", 0)):
                counted = [float((drawn[labels == label] >= at[trial]).mean()) for labels, drawn in everything]
                rate = found[f"{place}/{name}"]
                assert rate.value[trial] == pytest.approx(counted[0], abs=1e-12)
                assert rate.replicates[:, trial] == pytest.approx(np.array(counted[1:]), abs=1e-12)


def test_the_samples_are_paired_so_that_equal_trials_differ_by_exactly_nothing() -> None:
    rows = np.repeat(scores(1), 2, axis=0)
    found = bootstrap(LABELS, rows, {"argmax": called(rows, 0.5)}, samples=SAMPLES)
    assert not found.pop("argmax/share").replicates.std(), "drawn within the classes"
    for metric in found.values():
        difference = metric.of(np.array([1])) - metric.of(np.array([0]))
        assert not difference.value.any() and not difference.replicates.any()
        assert metric.replicates.std() > 0


def test_other_trials_and_places_do_not_change_the_samples_of_a_trial() -> None:
    rows = scores()
    alone = bootstrap(LABELS, rows[2:], {"one": called(rows[2:], 0.4)}, samples=SAMPLES)
    beside = bootstrap(LABELS, rows, {"other": called(rows, 0.1), "one": called(rows, 0.4)}, samples=SAMPLES)
    for name, metric in alone.items():
        assert beside[name].replicates[:, -1] == pytest.approx(metric.replicates[:, 0], abs=1e-6)


def test_the_variance_of_recall_is_nearly_binomial_and_its_mean_the_estimate() -> None:
    labels = np.repeat([1, 0], [400, 100])
    rows = scores(1, seed=5, labels=labels)
    found = bootstrap(labels, rows, {"at": called(rows, 0.5)}, samples=4000)["at/recall"]
    share = found.value[0]
    assert 0.2 < share < 0.95
    assert found.replicates.mean() == pytest.approx(share, abs=5 * np.sqrt(share * (1 - share) / 400 / 4000))
    assert found.replicates.var() == pytest.approx(share * (1 - share) / 400, rel=0.1)


def test_groups_are_drawn_whole() -> None:
    groups = np.random.default_rng(0).integers(0, 12, len(LABELS))
    groups[:12] = np.arange(12)
    (hits, misfires), *_ = chunks(LABELS, 200, 0, groups)
    for weights, label in ((hits, 1), (misfires, 0)):
        for group in range(12):
            inside = weights[groups[label == LABELS] == group]
            assert not len(inside) or (inside == inside[0]).all()
    assert ((hits > 0).mean() < 0.75) and ((misfires > 0).mean() < 0.75), "1 - 1/e of the groups are in a sample"


def test_groups_without_one_of_the_classes_never_leave_a_sample_without_it() -> None:
    labels, groups = np.repeat([1, 0], [2, 30]), np.arange(32) // 2
    (hits, misfires), *_ = chunks(labels, 500, 0, groups)
    assert (hits.sum(axis=0) > 0).all() and (misfires.sum(axis=0) > 0).all()


def test_sampled_metrics_are_picked_and_subtracted_trial_by_trial() -> None:
    metric = Sampled(np.array([0.1, 0.2, 0.4]), np.array([[0.1, 0.3, 0.5], [0.2, 0.6, 0.9]]))
    found = metric.of(np.array([2, 1])) - metric.of(np.array([0, 0]))
    assert found.value == pytest.approx(np.array([0.3, 0.1]))
    assert found.replicates == pytest.approx(np.array([[0.4, 0.2], [0.7, 0.4]]))
