"""What heads say of images that they have not seen: suspect labels, parts that differ, and how much is to be learnt."""

from dataclasses import replace

import numpy as np
import pytest
from seen_images import WIDTHS, Labels, features, looked
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import average_precision_score, roc_auc_score

from steelyard.models.data.partition import Parts
from steelyard.models.findings.heads import out_of_fold, regrouped
from steelyard.models.findings.neighbours import directions, elsewhere, nearest, nearest_of_class
from steelyard.models.findings.separability import separability
from steelyard.models.findings.suspect_labels import suspect_labels, suspicion
from steelyard.models.findings.unlike_parts import NEW, unlike_parts
from steelyard.models.findings.without_suspects import without_suspects


def two(count: int = 400, share: float = 0.3) -> Labels:
    return (np.random.default_rng(1).random(count) < share).astype(np.int64)


def alone(count: int) -> np.ndarray:
    return np.full(count, "", dtype=object)


def flipped(labels: Labels, classes: int, count: int) -> tuple[Labels, Labels]:
    rng = np.random.default_rng(2)
    rows = rng.choice(len(labels), count, replace=False)
    wrong = labels.copy()
    wrong[rows] = (wrong[rows] + rng.integers(1, classes, count)) % classes
    return wrong, rows


def test_out_of_fold_probabilities_are_those_of_logistic_regression_on_the_other_folds() -> None:
    labels = two()
    of = looked(features(labels, 2.0), labels)
    said, x = out_of_fold(of), of.coordinates
    for number in range(5):
        inside = of.folds != number
        c = 1 / (of.strength * inside.sum())
        oracle = LogisticRegression(C=c, max_iter=1000, tol=1e-8).fit(x[inside], labels[inside])
        assert said[~inside] == pytest.approx(oracle.predict_proba(x[~inside]), abs=5e-3)


@pytest.mark.parametrize("classes", [2, 4])
def test_wrong_labels_rank_first_and_most_of_them_are_told(classes: int) -> None:
    labels = np.random.default_rng(1).integers(0, classes, 500)
    wrong, rows = flipped(labels, classes, 15)
    said = out_of_fold(looked(features(labels, 5.0), wrong))
    assert average_precision_score(np.isin(np.arange(500), rows), suspicion(said, wrong)) > 0.9
    told = suspect_labels(said, wrong, alone(500))
    hit = told[told["place"].isin(rows)]
    assert len(hit) >= 10 and len(told) <= 20
    assert (labels[hit["place"]] == hit["proposed"]).mean() > 0.9
    assert told["probability"].is_monotonic_increasing


def test_of_a_class_with_few_images_nothing_is_said() -> None:
    labels = np.array([0] * 100 + [1] * 100 + [2] * 3)
    said = out_of_fold(looked(features(labels, 4.0), labels))
    assert not set(suspect_labels(said, labels, alone(203))["place"]) & {200, 201, 202}
    assert suspect_labels(said[:4], labels[:4], alone(4)).empty


def test_of_a_class_in_few_groups_nothing_is_said() -> None:
    labels = np.array([0] * 100 + [1] * 40)
    groups = ["" if not label else "one" for label in labels]
    of = looked(features(labels, 5.0), labels, groups)
    assert suspect_labels(out_of_fold(of), labels, of.groups).empty


def test_suspects_leave_train_and_never_val_or_test() -> None:
    labels = two(600)
    wrong, rows = flipped(labels, 2, 20)
    order = np.random.default_rng(3).permutation(600)
    parts = Parts(np.sort(order[:400]), np.sort(order[400:500]), np.sort(order[500:]), wrong, 0, 0)
    less = without_suspects(parts, features(labels, 5.0), WIDTHS, np.full(600, "", dtype=object))
    gone = np.setdiff1d(parts.train, less.train)
    assert less.suspects == len(gone) and np.array_equal(less.val, parts.val) and np.array_equal(less.test, parts.test)
    planted = np.intersect1d(rows, parts.train)
    assert len(np.intersect1d(gone, planted)) >= 0.6 * len(planted) and len(gone) <= 2 * len(planted)


def test_a_part_from_elsewhere_is_told_whole_and_within_classes_and_one_drawn_at_random_is_not() -> None:
    labels = two(600)
    values, parts = features(labels, 1.0), np.full(600, "train", dtype=object)
    parts[np.random.default_rng(4).random(600) < 0.2] = "test"
    among = {"bad": labels == 1, "camera = B": np.arange(600) < 30}
    assert unlike_parts(looked(values, labels), parts, among) == []
    values[parts == "test", 20] += 3
    told = unlike_parts(looked(values, labels), parts, among)
    assert [(of.part, of.among) for of in told][:2] == [("test", ""), ("test", "bad")]
    assert told[0].images == np.sum(parts == "test") and told[0].area.low > 0.8


def test_a_part_with_another_share_of_a_class_alone_is_not_told() -> None:
    labels, rng = two(800), np.random.default_rng(5)
    parts = np.where(rng.random(800) < np.where(labels == 1, 0.4, 0.1), "test", "train").astype(object)
    assert unlike_parts(looked(features(labels, 4.0), labels), parts, {}) == []


def test_new_images_are_compared_with_the_others_and_folds_with_nothing() -> None:
    labels = two(300)
    values = features(labels, 1.0)
    values[:40, 7] += 4
    parts = np.array([NEW] * 40 + ["train"] * 260, dtype=object)
    assert [of.part for of in unlike_parts(looked(values, labels), parts, {})] == [NEW]
    assert unlike_parts(looked(values, labels), np.where(parts == NEW, "1", "2").astype(object), {}) == []


def test_separability_is_the_area_of_what_heads_say_and_grows_with_images() -> None:
    labels = two(500)
    of = looked(features(labels, 1.2), labels)
    said = out_of_fold(of)
    told = separability(of, said, nearest(directions(of)))
    assert told is not None
    assert told.area.value == pytest.approx(roc_auc_score(labels, said[:, 1]), abs=0.03)
    assert told.area.low < told.area.value < told.area.high
    assert [share for share, _ in told.curve] == [0.25, 0.5, 0.75, 1.0] and told.curve[0][1] < told.curve[-1][1]
    assert 0.2 < told.nearest_error < 0.5


def test_the_nearest_image_is_of_another_group_where_that_is_asked_for() -> None:
    labels = np.zeros(6, np.int64)
    labels[3:] = 1
    axes = np.eye(6, 4, dtype=np.float32)
    axes[1], axes[2] = [1, 0.1, 0, 0], [1, 0.5, 0, 0]
    near = nearest(axes, 3)
    assert near[0, 0] == 1
    groups = np.array(["a", "a", "", "", "", ""], dtype=object)
    assert elsewhere(near, groups)[0] == 2
    assert elsewhere(near[:, :1], groups)[0] == -1
    assert nearest_of_class(axes, np.array([0]), np.array([1]), labels)[0] in (3, 4, 5)
    assert nearest_of_class(axes, np.array([0]), np.array([7]), labels)[0] == -1


def test_folds_may_be_others_and_groups_stay_whole() -> None:
    labels = two(200)
    of = looked(features(labels, 2.0), labels, [f"g{place // 4}" for place in range(200)])
    assert all(len(set(of.folds[place : place + 4])) == 1 for place in range(0, 200, 4))
    other = regrouped(of, np.arange(200) % 5)
    assert out_of_fold(other).shape == (200, 2)
    assert replace(other, strength=of.strength).folds.tolist() == (np.arange(200) % 5).tolist()
