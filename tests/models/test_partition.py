"""Train, val and test: the order of the steps, each worked out by hand."""

from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest

from steelyard.models.data.partition import Parts, divide
from steelyard.models.spec.trial import Partition

CLASSES = ("cat", "dog", "fox")
DOG = Partition(positive="dog", negative="cat")


def table(
    labels: Sequence[int], split: Sequence[str] | str = "", group: Sequence[str] | str = "", digest: Sequence[str] = ()
) -> pd.DataFrame:
    """An image set's table in path order; all images differ unless ``digest`` says otherwise."""
    ids = [f"{row:05d}.png" for row in range(len(labels))]
    columns = {"id": ids, "label": labels, "split": split, "group": group, "digest": list(digest) or ids}
    return pd.DataFrame(columns).astype({"label": np.int64})


def divided(rows: pd.DataFrame, spec: Partition = DOG, **changes: object) -> Parts:
    return divide(rows, CLASSES, spec.model_copy(update=changes))


MIXED = table([0, 1] * 100 + [0] * 200)
OWN = table([0, 0, 0, 1, 1, 1] * 3, split=["train"] * 6 + ["val"] * 6 + ["test"] * 6)


def test_without_a_split_test_is_15_percent_and_val_15_percent_of_what_is_left() -> None:
    assert divided(MIXED).counts() == {"train": (217, 72), "val": (38, 13), "test": (45, 15)}


def test_a_source_with_its_own_split_keeps_it() -> None:
    parts = divided(OWN)
    assert (parts.train.tolist(), parts.val.tolist(), parts.test.tolist()) == (
        list(range(6)),
        list(range(6, 12)),
        list(range(12, 18)),
    )


def test_val_is_carved_from_train_and_never_from_test() -> None:
    rows = table([0, 1] * 60, split=["train"] * 80 + ["test"] * 40)
    parts = divided(rows)
    assert parts.test.tolist() == list(range(80, 120))
    assert parts.counts() == {"train": (34, 34), "val": (6, 6), "test": (20, 20)}


def test_a_source_with_only_its_own_val_has_test_carved_from_the_rest() -> None:
    rows = table([0, 1] * 60, split=["train"] * 80 + ["val"] * 40)
    parts = divided(rows)
    assert parts.val.tolist() == list(range(80, 120))
    assert parts.counts() == {"train": (34, 34), "val": (20, 20), "test": (6, 6)}


def test_train_counts_take_the_first_images_in_path_order() -> None:
    assert divided(OWN, train_counts="cat=2,dog=1").train.tolist() == [0, 1, 3]
    assert divided(OWN, train_counts="dog=2").train.tolist() == [0, 1, 2, 3, 4]


def test_train_counts_apply_after_test_is_carved_and_before_val_is() -> None:
    plain, counted = divided(MIXED), divided(MIXED, train_counts="cat=200,dog=40")
    np.testing.assert_array_equal(counted.test, plain.test)
    assert counted.counts() == {"train": (170, 34), "val": (30, 6), "test": (45, 15)}
    rest = np.setdiff1d(np.arange(400), plain.test)
    cats, dogs = rest[counted.labels[rest] == 0][:200], rest[counted.labels[rest] == 1][:40]
    taken = np.sort(np.concatenate([counted.train, counted.val]))
    np.testing.assert_array_equal(taken, np.sort(np.concatenate([cats, dogs])))


def test_train_counts_may_name_one_of_many_negative_classes() -> None:
    rows = table([0, 1, 2] * 10, split=["train"] * 18 + ["val"] * 6 + ["test"] * 6)
    parts = divide(rows, CLASSES, Partition(positive="dog", train_counts="fox=2"))
    assert np.bincount(rows["label"].to_numpy()[parts.train]).tolist() == [6, 6, 2]


@pytest.mark.parametrize("imbalance", [0.05, 0.1, 0.2])
def test_thinning_leaves_this_share_of_positives_in_train_alone(imbalance: float) -> None:
    plain, thin = divided(MIXED), divided(MIXED, imbalance=imbalance)
    negatives, positives = thin.counts()["train"]
    assert positives == round(imbalance / (1 - imbalance) * negatives)
    assert positives / (negatives + positives) == pytest.approx(imbalance, abs=0.5 / negatives)
    assert thin.thinned == len(plain.train) - len(thin.train)
    assert set(thin.train.tolist()) < set(plain.train.tolist())
    np.testing.assert_array_equal(thin.val, plain.val)
    np.testing.assert_array_equal(thin.test, plain.test)


def test_thinning_to_the_share_that_is_there_leaves_all() -> None:
    parts = divided(OWN, imbalance=0.5)
    assert (parts.train.tolist(), parts.thinned) == (list(range(6)), 0)


def test_of_copies_across_the_sources_own_parts_the_one_in_test_then_val_stays() -> None:
    digest = [f"{row}" for row in range(18)]
    digest[12] = digest[6] = digest[0]
    digest[7] = digest[1]
    parts = divided(table(OWN["label"].tolist(), OWN["split"].tolist(), digest=digest))
    assert parts.train.tolist() == [2, 3, 4, 5]
    assert parts.val.tolist() == [7, 8, 9, 10, 11]
    assert parts.test.tolist() == list(range(12, 18))
    assert parts.duplicates == 3


def test_of_copies_within_a_part_the_first_stays() -> None:
    digest = ["a", "b", "a", "d", "e", "a", *map(str, range(12))]
    labels = [0, 0, 0, 1, 1, 0, *OWN["label"].tolist()[6:]]
    parts = divided(table(labels, OWN["split"].tolist(), digest=digest))
    assert (parts.train.tolist(), parts.duplicates) == ([0, 1, 3, 4], 2)


def test_duplicates_are_dropped_before_train_is_counted() -> None:
    digest = ["a", "a", "b", "c", "d", "e", *map(str, range(12))]
    parts = divided(table(OWN["label"].tolist(), OWN["split"].tolist(), digest=digest), train_counts="cat=2,dog=3")
    assert parts.train.tolist() == [0, 2, 3, 4, 5]


def test_copies_among_classes_not_used_are_not_counted() -> None:
    labels, split = [*OWN["label"].tolist(), 2, 2], [*OWN["split"].tolist(), "train", "train"]
    rows = table(labels, split, digest=[*map(str, range(18)), "x", "x"])
    assert divided(rows).duplicates == 0
    assert divide(rows, CLASSES, Partition(positive="dog")).duplicates == 1


def test_labels_are_one_for_the_positive_zero_for_the_negative_and_minus_one_for_the_rest() -> None:
    rows = table([0, 1, 2] * 6, split=["train"] * 6 + ["val"] * 6 + ["test"] * 6)
    assert divided(rows).labels.tolist() == [0, 1, -1] * 6
    assert divide(rows, CLASSES, Partition(positive="dog")).labels.tolist() == [0, 1, 0] * 6
    assert divide(rows, CLASSES, Partition(positive="fox", negative="dog")).labels.tolist() == [-1, 0, 1] * 6


def test_the_split_seed_alone_moves_the_carving() -> None:
    first, again, other = divided(MIXED), divided(MIXED), divided(MIXED, split_seed=1)
    np.testing.assert_array_equal(first.test, again.test)
    assert set(first.test.tolist()) != set(other.test.tolist())
    assert set(first.val.tolist()) != set(other.val.tolist())


def test_the_split_seed_moves_nothing_where_the_source_has_a_split() -> None:
    for part in ("train", "val", "test"):
        np.testing.assert_array_equal(getattr(divided(OWN), part), getattr(divided(OWN, split_seed=5), part))
