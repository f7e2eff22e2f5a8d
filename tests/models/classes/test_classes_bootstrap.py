from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import pytest
import synthetic_classes
from hypothesis import given
from hypothesis import strategies as st
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    balanced_accuracy_score,
    precision_recall_fscore_support,
    roc_auc_score,
)

from steelyard.models.statistics import bootstrap as of_two
from steelyard.models.statistics.areas import influences
from steelyard.models.statistics.class_bootstrap import LEAST_SAMPLES, Redrawn, bootstrap, samples_for, weightings

SEEDED = st.integers(0, 2**32 - 1)

Labels = npt.NDArray[np.int64]


def decisions(seed: int, classes: int = 4, trials: int = 3, absent: int | None = None) -> tuple[Labels, Labels]:
    """(n,) labels and (T, n) calls, some images of every class but the absent one."""
    rng = np.random.default_rng(seed)
    present = [of for of in range(classes) if of != absent]
    labels = rng.permutation(np.concatenate([present, rng.choice(present, 40)]))
    called = np.where(rng.random((trials, len(labels))) < 0.6, labels, rng.integers(0, classes, (trials, len(labels))))
    return labels, called


def counted(labels: Labels, called: Labels, classes: int = 4, samples: int = 5, **what: Labels) -> Redrawn:
    return bootstrap(labels, {"argmax": called}, classes, samples, **what)[0]["argmax"]


def by_sklearn(labels: Labels, called: Labels, weights: npt.NDArray[np.floating]) -> dict[str, float]:
    scores = precision_recall_fscore_support(
        labels, called, labels=np.unique(labels), average="macro", sample_weight=weights, zero_division=0
    )
    return {
        "precision": scores[0],
        "recall": scores[1],
        "f1": scores[2],
        "accuracy": accuracy_score(labels, called, sample_weight=weights),
    }


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@given(SEEDED, st.sampled_from([None, 0, 2, 3]))
def test_every_sample_is_counted_as_scikit_learn_counts_it_over_the_classes_present(
    seed: int, absent: int | None
) -> None:
    labels, called = decisions(seed, absent=absent)
    found, weights = counted(labels, called).macro(), next(weightings(labels, 4, 5))
    for trial, row in enumerate(called):
        assert found["balanced_accuracy"].value[trial] == pytest.approx(balanced_accuracy_score(labels, row))
        for name, value in by_sklearn(labels, row, np.ones(len(labels))).items():
            assert found[name].value[trial] == pytest.approx(value)
        for sample in range(5):
            for name, value in by_sklearn(labels, row, weights[:, sample]).items():
                assert found[name].replicates[sample, trial] == pytest.approx(value)


@pytest.mark.filterwarnings("ignore:y_pred contains classes not in y_true")
@given(SEEDED)
def test_without_a_fold_the_others_are_counted_as_scikit_learn_counts_them(seed: int) -> None:
    labels, called = decisions(seed)
    folds = np.random.default_rng(seed).permutation(np.arange(len(labels)) % 3)
    redrawn, weights = counted(labels, called, folds=folds), next(weightings(labels, 4, 5))
    found, whole = redrawn.macro(), counted(labels, called).macro()
    for name, metric in found.items():
        assert metric.value == pytest.approx(whole[name].value)
        assert metric.replicates == pytest.approx(whole[name].replicates, rel=1e-5)
    for fold in range(3):
        kept = folds != fold
        for trial, row in enumerate(called):
            for name, value in by_sklearn(labels[kept], row[kept], np.ones(int(kept.sum()))).items():
                assert found[name].without.value[fold, trial] == pytest.approx(value)
            drawn = kept & (weights[:, 2] > 0)
            for name, value in by_sklearn(labels[drawn], row[drawn], weights[drawn, 2]).items():
                assert found[name].without.replicates[2, fold, trial] == pytest.approx(value, rel=1e-5)


@given(SEEDED)
def test_every_class_is_counted_as_scikit_learn_counts_it(seed: int) -> None:
    labels, called = decisions(seed)
    redrawn = counted(labels, called)
    precision, recall, f1, _ = precision_recall_fscore_support(labels, called[1], labels=range(4), zero_division=0)
    for of in range(4):
        found = redrawn.of_class(of)
        for name, values in (("precision", precision), ("recall", recall), ("f1", f1)):
            assert found[name].value[1] == pytest.approx(values[of])


@given(SEEDED, st.permutations(range(4)))
def test_macro_metrics_do_not_depend_on_the_order_of_the_classes(seed: int, order: list[int]) -> None:
    labels, called = decisions(seed)
    place = np.array(order)
    found, other = counted(labels, called).macro(), counted(place[labels], place[called]).macro()
    for name, metric in found.items():
        assert metric.value == pytest.approx(other[name].value)


def test_every_sample_keeps_the_number_of_images_of_every_class() -> None:
    labels, _ = decisions(1)
    groups = np.arange(len(labels)) % 7
    for of_groups in (None, groups):
        weights = np.concatenate([*weightings(labels, 4, 50, of_groups)], axis=1)
        assert weights.shape == (len(labels), 50)
        for of in range(4):
            assert weights[labels == of].sum(axis=0) == pytest.approx(np.sum(labels == of), rel=1e-6)


def test_images_of_a_group_are_drawn_together() -> None:
    labels, groups = np.repeat([0, 1, 2], 12), np.tile(np.arange(6), 6)
    weights = next(weightings(labels, 3, 40, groups))
    for of in range(3):
        for group in range(6):
            assert np.ptp(weights[(labels == of) & (groups == group)], axis=0).max() == 0


def test_fifty_classes_in_a_group_each_are_drawn_at_once() -> None:
    labels = np.repeat(np.arange(50), 4)
    weights = next(weightings(labels, 50, 30, groups=labels))
    assert weights == pytest.approx(np.ones((200, 30)))


def test_two_classes_vary_as_the_bootstrap_of_two_has_it() -> None:
    rng = np.random.default_rng(0)
    labels = np.repeat([1, 0], [40, 120])
    scores = np.clip(rng.normal(0.4 + 0.25 * labels, 0.2, (2, 160)), 0, 1)
    called = (scores >= 0.5).astype(np.int64)
    found = counted(labels, called, 2, 4000)
    known = of_two.bootstrap(labels, scores, {"at": scores >= 0.5}, samples=4000)
    recall, wrong = known["at/recall"], known["at/false_positive_rate"]
    accuracy = found.macro()["balanced_accuracy"]
    assert accuracy.value == pytest.approx((recall.value + 1 - wrong.value) / 2)
    expected = (recall.replicates + 1 - wrong.replicates) / 2
    assert accuracy.replicates.mean(axis=0) == pytest.approx(expected.mean(axis=0), abs=0.003)
    assert accuracy.replicates.std(axis=0) == pytest.approx(expected.std(axis=0), rel=0.05)


def test_trials_that_call_everything_wrong_have_nothing_right_in_any_sample() -> None:
    labels = np.repeat([0, 1, 2], 10)
    found = counted(labels, ((labels + 1) % 3)[None], 3).macro()
    assert all(not metric.value.any() and not metric.replicates.any() for metric in found.values())


@given(SEEDED)
def test_areas_are_those_of_scikit_learn_and_their_slopes_what_a_little_more_of_an_image_adds(seed: int) -> None:
    rng, labels = np.random.default_rng(seed), np.repeat([0, 1, 2], [5, 6, 7])
    scores = synthetic_classes.scored(labels, 3, int(rng.integers(100)), 1.0).round(1)
    values, slopes = influences(labels, scores)
    known: dict[str, Callable[..., float]] = {
        "roc_auc": roc_auc_score,
        "average_precision": average_precision_score,
    }
    for name, area in known.items():

        def macro(weights: npt.NDArray[np.floating], area: Callable[..., float] = area) -> float:
            return float(np.mean([area(labels == of, scores[:, of], sample_weight=weights) for of in range(3)]))

        assert values[name] == pytest.approx(macro(np.ones(18)))
        first, second = rng.choice(np.flatnonzero(labels == rng.integers(3)), 2, replace=False)
        step = np.zeros(18)
        step[[first, second]] = 1e-6, -1e-6
        change = (macro(1 + step) - macro(1 - step)) / 2e-6
        assert slopes[name][first] - slopes[name][second] == pytest.approx(change, abs=1e-6)


def test_areas_vary_as_the_bootstrap_of_two_classes_has_it() -> None:
    rng = np.random.default_rng(3)
    labels = np.repeat([1, 0], [60, 140])
    positive = np.clip(rng.normal(0.4 + 0.2 * labels, 0.2), 0, 1)
    known = of_two.bootstrap(labels, positive[None], {}, samples=2000)["roc_auc"].replicates.std()
    _, slopes = influences(labels, np.stack([1 - positive, positive], axis=1))
    _, moved = bootstrap(labels, {}, 2, 2000, {"roc_auc": slopes["roc_auc"][None]})
    assert moved["roc_auc"].std() == pytest.approx(known, rel=0.05)


def test_one_class_alone_has_areas_that_no_image_changes() -> None:
    values, slopes = influences(np.zeros(4, np.int64), np.full((4, 2), 0.5))
    assert values == {"roc_auc": 0.5, "average_precision": 1.0}
    assert not any(slope.any() for slope in slopes.values())


def test_many_trials_of_many_classes_have_fewer_samples_and_never_too_few() -> None:
    assert samples_for(2000, 30, 10) == samples_for(2000, 12, 100) == 2000
    assert samples_for(2000, 600, 10) == 1333
    assert samples_for(2000, 600, 100) == LEAST_SAMPLES
    assert samples_for(100, 600, 100) == 100
