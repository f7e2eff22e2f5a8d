"""What holds for every partition, whatever the image set."""

import numpy as np
import pandas as pd
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from steelyard.models.data.partition import Parts, divide
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition

CLASSES = ("cat", "dog", "fox")


@st.composite
def tables(draw: st.DrawFn) -> pd.DataFrame:
    """20 to 90 images of three classes, with or without a split, blocks as groups and a few exact copies."""
    count, seed = draw(st.integers(20, 90)), draw(st.integers(0, 2**32 - 1))
    split = draw(
        st.sampled_from([[""], ["train", "train", "test"], ["train", "train", "val"], ["train", "val", "test"]])
    )
    block, copies = draw(st.integers(0, 6)), draw(st.integers(0, 9))
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 3, count)
    of = np.arange(count)
    for row in rng.choice(count, copies):
        of[row] = rng.choice(np.flatnonzero(labels == labels[row]))
    return pd.DataFrame(
        {
            "id": [f"{row:03d}" for row in range(count)],
            "label": labels,
            "split": rng.choice(split, count),
            "group": [f"g{row // block}" if block and split == [""] else "" for row in range(count)],
            "digest": [f"d{of[of[row]]}" for row in range(count)],
        }
    )


@st.composite
def specs(draw: st.DrawFn) -> Partition:
    negative, counts = draw(st.sampled_from(["", "cat", "fox"])), draw(st.sampled_from(["", "dog=4", "cat=6,dog=5"]))
    imbalance, seed = draw(st.sampled_from([None, 0.1, 0.2, 0.3])), draw(st.integers(0, 50))
    return Partition(positive="dog", negative=negative, train_counts=counts, imbalance=imbalance, split_seed=seed)


def divided(table: pd.DataFrame, spec: Partition) -> Parts:
    """The partition, where there is one: small sets are often refused, in words."""
    try:
        return divide(table, CLASSES, spec)
    except BadInput:
        assume(False)
        raise


ANY = settings(suppress_health_check=[HealthCheck.filter_too_much], max_examples=100)


@ANY
@given(tables(), specs())
def test_parts_are_disjoint_ascending_and_hold_both_classes(table: pd.DataFrame, spec: Partition) -> None:
    parts = divided(table, spec)
    together = np.concatenate([parts.train, parts.val, parts.test])
    assert len(np.unique(together)) == len(together)
    for rows in (parts.train, parts.val, parts.test):
        assert np.all(np.diff(rows) > 0)
        assert set(parts.labels[rows].tolist()) == {0, 1}


@ANY
@given(tables(), specs())
def test_every_image_used_is_in_a_part_or_counted_as_left_out(table: pd.DataFrame, spec: Partition) -> None:
    parts = divided(table, spec.model_copy(update={"train_counts": ""}))
    together = len(parts.train) + len(parts.val) + len(parts.test)
    assert together + parts.duplicates + parts.thinned == np.sum(parts.labels >= 0)


@ANY
@given(tables(), specs())
def test_no_image_is_seen_twice(table: pd.DataFrame, spec: Partition) -> None:
    parts = divided(table, spec)
    digests = table["digest"].iloc[np.concatenate([parts.train, parts.val, parts.test])]
    assert digests.is_unique
    assert parts.duplicates == table["digest"][parts.labels >= 0].duplicated().sum()


@ANY
@given(tables(), specs())
def test_no_group_is_in_two_parts(table: pd.DataFrame, spec: Partition) -> None:
    parts = divided(table, spec)
    seen = [set(table["group"].iloc[rows]) - {""} for rows in (parts.train, parts.val, parts.test)]
    assert sum(map(len, seen)) == len(set.union(*seen))


@ANY
@given(tables(), specs())
def test_the_sources_own_parts_are_kept(table: pd.DataFrame, spec: Partition) -> None:
    parts = divided(table, spec)
    split = table["split"].to_numpy()
    for part, rows in (("val", parts.val), ("test", parts.test)):
        if (split == part).any():
            assert set(split[rows]) == {part}
        else:
            assert set(split[rows]) <= {"", "train"}
    assert set(split[parts.train]) <= {"", "train"}


@ANY
@given(tables(), specs())
def test_val_and_test_are_never_thinned(table: pd.DataFrame, spec: Partition) -> None:
    thin, whole = divided(table, spec), divide(table, CLASSES, spec.model_copy(update={"imbalance": None}))
    np.testing.assert_array_equal(thin.val, whole.val)
    np.testing.assert_array_equal(thin.test, whole.test)
    assert np.sum(thin.labels[thin.train] == 0) == np.sum(whole.labels[whole.train] == 0)


@ANY
@given(tables(), specs())
def test_a_partition_is_a_pure_function_of_its_arguments(table: pd.DataFrame, spec: Partition) -> None:
    before = table.copy(deep=True)
    first = divided(table, spec)
    np.random.seed(1)
    again = divide(table, CLASSES, Partition.model_validate_json(spec.model_dump_json()))
    pd.testing.assert_frame_equal(table, before)
    for part in ("train", "val", "test", "labels"):
        np.testing.assert_array_equal(getattr(first, part), getattr(again, part))
