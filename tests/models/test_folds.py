"""Folds: each image is test once, val once and train otherwise, whatever is asked of train."""

import numpy as np
import pandas as pd
import pytest
from folded import table_of, turns_of
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.models.data.folds import groups_of_classes
from steelyard.models.data.partition import counts_of, divide
from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Partition


@st.composite
def image_sets(draw: st.DrawFn) -> pd.DataFrame:
    """60 to 200 cats and dogs, alone or in groups of 2 to 4."""
    count, size = draw(st.integers(60, 200)), draw(st.integers(1, 4))
    labels = np.random.default_rng(draw(st.integers(0, 99))).permutation((np.arange(count) % 3 == 0).astype(np.int64))
    return table_of(labels, [f"g{row // size}" for row in range(count)] if size > 1 else ())


@settings(max_examples=50)
@given(image_sets(), st.integers(3, 6), st.integers(0, 9))
def test_each_image_is_test_once_and_val_once_and_groups_stay_whole(table: pd.DataFrame, folds: int, seed: int) -> None:
    turns = turns_of(table, folds, split_seed=seed)
    assert list(turns) == list(range(1, folds + 1))
    for part in ("test", "val"):
        rows = np.concatenate([parts.rows()[part] for parts in turns.values()])
        assert sorted(rows.tolist()) == list(range(len(table)))
    for turn, parts in turns.items():
        assert parts.val.tolist() == turns[turn % folds + 1].test.tolist()
        together = np.concatenate(list(parts.rows().values()))
        assert sorted(together.tolist()) == list(range(len(table)))
        for one, other in (("test", "val"), ("test", "train"), ("val", "train")):
            groups = [set(table["group"].to_numpy()[parts.rows()[name]]) - {""} for name in (one, other)]
            assert not groups[0] & groups[1]


@settings(max_examples=25)
@given(image_sets())
def test_classes_are_spread_evenly_over_the_folds(table: pd.DataFrame) -> None:
    tests = np.array([parts.counts()["test"] for parts in turns_of(table).values()])
    largest = 1 if (table["group"] == "").all() else table["group"].value_counts().max()
    assert (np.ptp(tests, axis=0) <= 2 * largest).all()


def test_counts_and_thinning_are_of_each_folds_train_and_touch_neither_val_nor_test() -> None:
    table = table_of(np.tile([0, 0, 1], 100))
    whole = turns_of(table)
    for changed in (turns_of(table, imbalance=0.1), turns_of(table, train_counts="cat=90,dog=10")):  # type: ignore[arg-type]
        for turn, parts in changed.items():
            negatives, positives = parts.counts()["train"]
            assert positives / (negatives + positives) == pytest.approx(0.1, abs=0.005)
            assert parts.val.tolist() == whole[turn].val.tolist()
            assert parts.test.tolist() == whole[turn].test.tolist()
        assert len({tuple(parts.train) for parts in changed.values()}) == 5


def test_the_counts_of_all_folds_are_the_mean_train_and_all_of_val_and_test() -> None:
    turns = turns_of(table_of(np.tile([0, 0, 1], 50)))
    assert counts_of(turns) == {"train": (60, 30), "val": (100, 50), "test": (100, 50)}


def test_all_images_are_train_where_none_is_left_to_test() -> None:
    table, spec = table_of(np.tile([0, 0, 1], 50)), Partition(positive="dog", folds=5, imbalance=0.2)
    parts = divide(table, ("cat", "dog"), spec)
    assert parts.counts() == {"train": (100, 25), "val": (0, 0), "test": (0, 0)}


def test_copies_are_left_out_before_folds_are_drawn() -> None:
    table = table_of(np.tile([0, 0, 1], 50))
    table.loc[30:59, "digest"] = table.loc[0:29, "digest"].to_numpy()
    turns = turns_of(table)
    assert sum(len(parts.test) for parts in turns.values()) == 150 - 30
    assert {parts.duplicates for parts in turns.values()} == {30}


def test_what_cannot_be_folded_is_refused() -> None:
    few = table_of(np.tile([0, 1], 40), [f"g{row // 20}" for row in range(80)])
    with pytest.raises(
        BadInput, match="folds must be at most 4, into which groups of such sizes can be divided, got 5"
    ):
        turns_of(few)
    alone = table_of(np.array([0] * 60 + [1] * 3))
    with pytest.raises(BadInput, match=r"must hold both classes, got 0 of dog .*give more images, or fewer --folds"):
        turns_of(alone)
    for folds, line in (({"folds": 2}, "folds must be 1, or 3 or more"), ({"folds": 0}, "greater than or equal to 1")):
        with pytest.raises(ValueError, match=line):
            Sweep.model_validate(folds)
    for optimistic in ({"validate_on": "test"}, {"recipe": "tutorial"}):
        with pytest.raises(ValueError, match="folds must be 1 where test is to validate on, got 5"):
            Sweep.model_validate({"folds": 5} | optimistic)


def test_the_groups_of_a_class_are_counted_with_the_images_that_stand_alone() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 1, -1])
    groups = np.array(["a", "a", "b", "", "a", "", "", "z"], dtype=object)
    assert groups_of_classes(labels, groups) == 3
