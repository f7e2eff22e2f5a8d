"""Folds: each image is held out once and train otherwise, whatever is asked of train."""

import numpy as np
import pandas as pd
import pytest
from folded import table_of, turns_of
from hypothesis import given, settings
from hypothesis import strategies as st

from steelyard.models.data.folds import groups_of_classes
from steelyard.models.data.partition import counts_of
from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep


@st.composite
def image_sets(draw: st.DrawFn) -> pd.DataFrame:
    """60 to 200 cats and dogs, alone or in groups of 2 to 4."""
    count, size = draw(st.integers(60, 200)), draw(st.integers(1, 4))
    labels = np.random.default_rng(draw(st.integers(0, 99))).permutation((np.arange(count) % 3 == 0).astype(np.int64))
    return table_of(labels, [f"g{row // size}" for row in range(count)] if size > 1 else ())


@settings(max_examples=50)
@given(image_sets(), st.integers(2, 6), st.integers(0, 9))
def test_each_image_is_held_out_once_and_trained_on_in_all_other_folds_and_groups_stay_whole(
    table: pd.DataFrame, folds: int, seed: int
) -> None:
    turns = turns_of(table, folds, split_seed=seed)
    assert list(turns) == list(range(1, folds + 1))
    assert sorted(np.concatenate([parts.test for parts in turns.values()]).tolist()) == list(range(len(table)))
    for parts in turns.values():
        assert parts.val.tolist() == parts.test.tolist()
        assert sorted([*parts.train, *parts.test]) == list(range(len(table)))
        groups = [set(table["group"].to_numpy()[rows]) - {""} for rows in (parts.train, parts.test)]
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
    assert counts_of(turns) == {"train": (80, 40), "val": (100, 50), "test": (100, 50)}


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
    with pytest.raises(ValueError, match="greater than or equal to 1"):
        Sweep.model_validate({"folds": 0})
    for optimistic in ({"validate_on": "test"}, {"recipe": "tutorial"}):
        with pytest.raises(ValueError, match="folds must be 1 where test is to validate on, got 5"):
            Sweep.model_validate({"folds": 5} | optimistic)


def test_the_groups_of_a_class_are_counted_with_the_images_that_stand_alone() -> None:
    labels = np.array([0, 0, 0, 0, 1, 1, 1, -1])
    groups = np.array(["a", "a", "b", "", "a", "", "", "z"], dtype=object)
    assert groups_of_classes(labels, groups) == 3
