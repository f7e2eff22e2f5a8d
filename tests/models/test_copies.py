"""Copies of three kinds are put together, and those told that lie across parts or have several labels."""

import numpy as np
import pytest

from steelyard.models.findings.copies import Copies, copies
from steelyard.models.findings.look_alikes import Pairs

NONE = Pairs(np.array([], np.int64), np.array([], np.int64), np.array([], np.float32))


def put(
    parts: list[str], labels: list[int], digests: str = "abcdef", first: list[int] | None = None, alike: Pairs = NONE
) -> Copies:
    """Of six images, exact copies being those of equal letters; ``first`` and ``alike`` count all of them."""
    names = np.array(list(digests), dtype=object)
    own = np.arange(6) if first is None else np.array(first)
    return copies(names, np.arange(6), own, alike, np.array(labels), np.array(parts, dtype=object))


def test_an_image_of_test_has_a_twin_where_a_copy_of_any_kind_is_in_train() -> None:
    parts = ["train", "test", "train", "test", "test", "train"]
    of = put(parts, [0] * 6, "aacdef", [0, 1, 2, 2, 4, 5], Pairs(np.array([4]), np.array([5]), np.ones(1, np.float32)))
    assert of.twins.tolist() == [False, True, False, True, True, False]
    assert of.clusters == {"alike": 1, "exact": 1, "near": 1} and of.images == {"alike": 2, "exact": 2, "near": 2}
    assert of.torn == 0


@pytest.mark.parametrize(
    ("one", "other"), [("test", "test"), ("val", "train"), ("test", ""), ("2", "2"), ("val", "test")]
)
def test_copies_within_a_part_or_outside_train_and_test_are_no_twins(one: str, other: str) -> None:
    of = put([one, other, "train", "train", "train", "train"], [0] * 6, "aacdef")
    assert not of.twins.any() and of.clusters == {"exact": 1}


def test_in_folds_each_copy_is_the_others_twin() -> None:
    of = put(["1", "2", "3", "3", "1", "2"], [0] * 6, first=[0, 0, 2, 2, 4, 5])
    assert of.twins.tolist() == [True, True, False, False, False, False]


def test_clusters_join_by_way_of_others_and_those_under_several_labels_come_first() -> None:
    pairs = Pairs(np.array([1]), np.array([2]), np.ones(1, np.float32))
    of = put([""] * 6, [0, 0, 1, 1, 0, 0], "abcdff", [0, 0, 2, 3, 4, 5], pairs)
    assert of.torn == 1 and of.table["cluster"].tolist() == [1, 1, 1, 2, 2]
    assert of.table["row"].tolist() == [0, 1, 2, 4, 5]
    assert of.table["kind"].tolist() == ["near", "near", "alike", "exact", "exact"]


def test_without_copies_there_is_nothing() -> None:
    of = put(["train"] * 6, [0] * 6)
    assert of.table.empty and of.clusters == {} and of.torn == 0


def test_every_copy_in_test_is_a_twin_wherever_the_one_in_train_stands() -> None:
    of = put(["test", "test", "train", "test", "train", "val"], [0] * 6, "aaadef", [0, 1, 2, 3, 3, 3])
    assert of.twins.tolist() == [True, True, False, True, False, False]


def test_copies_that_are_not_in_use_are_not_told_and_have_no_label_of_their_own() -> None:
    of = put(["train", "", "", "", "train", ""], [0, -1, -1, -1, 1, -1], "aaccef")
    assert of.clusters == {"exact": 1} and of.torn == 0 and of.table["row"].tolist() == [0, 1]
