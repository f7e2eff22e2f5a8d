"""Carving a share: exact without groups, as near as whole groups allow with them."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.data.carve import FOLDS, carve, fold

Rows = npt.NDArray[np.int64]
LABELS = st.lists(st.integers(0, 1), min_size=1, max_size=120).map(np.array)
SHARES = st.floats(0.05, 0.6)


def carved(labels: Rows, groups: list[str], share: float = 0.15, seed: int = 0) -> tuple[Rows, Rows]:
    rows = np.arange(len(labels))
    return carve(rows, labels, np.array(groups, dtype=object), share, np.random.default_rng(seed))


def blocks(labels: Rows, size: int) -> list[str]:
    return [f"block {row // size}" for row in range(len(labels))]


@given(LABELS, SHARES, st.integers(0, 99))
def test_without_groups_each_class_gives_the_rounded_share_and_at_least_one(
    labels: Rows, share: float, seed: int
) -> None:
    _, taken = carved(labels, [""] * len(labels), share, seed)
    for label in (0, 1):
        there = int(np.sum(labels == label))
        assert np.sum(labels[taken] == label) == min(there, max(1, round(share * there)))


@given(LABELS, SHARES, st.integers(1, 9), st.integers(0, 99))
def test_the_rest_and_the_carved_are_ascending_and_together_all(
    labels: Rows, share: float, size: int, seed: int
) -> None:
    rest, taken = carved(labels, blocks(labels, size), share, seed)
    assert np.all(np.diff(rest) > 0) and np.all(np.diff(taken) > 0)
    assert sorted([*rest.tolist(), *taken.tolist()]) == list(range(len(labels)))


@given(LABELS, SHARES, st.integers(1, 9), st.integers(0, 99))
def test_groups_are_never_split(labels: Rows, share: float, size: int, seed: int) -> None:
    groups = np.array(blocks(labels, size))
    rest, taken = carved(labels, groups.tolist(), share, seed)
    assert not set(groups[rest].tolist()) & set(groups[taken].tolist())


@given(LABELS, SHARES, st.integers(2, 9), st.integers(0, 99))
def test_no_group_taken_or_put_back_would_bring_the_shares_nearer(
    labels: Rows, share: float, size: int, seed: int
) -> None:
    groups = np.array(blocks(labels, size))
    _, taken = carved(labels, groups.tolist(), share, seed)
    total = np.maximum(np.bincount(labels, minlength=2), 1)
    missing = np.maximum(np.round(share * total), 1) - np.bincount(labels[taken], minlength=2)
    for group in set(groups.tolist()):
        counts = np.bincount(labels[groups == group], minlength=2)
        moved = missing + (counts if group in groups[taken] else -counts)
        assert np.sum((moved / total) ** 2) >= np.sum((missing / total) ** 2)


@pytest.mark.parametrize("seed", range(10))
@pytest.mark.parametrize("seed_of_labels", range(3))
def test_blocks_like_those_of_solar_cells_are_carved_to_within_one_block(seed: int, seed_of_labels: int) -> None:
    rng = np.random.default_rng(seed_of_labels)
    rates = np.repeat(rng.uniform(0.05, 0.6, 41), 64)[:2624]
    labels = (rng.random(2624) < rates).astype(np.int64)
    _, taken = carved(labels, blocks(labels, 64), 0.15, seed)
    for label in (0, 1):
        assert abs(np.sum(labels[taken] == label) - 0.15 * np.sum(labels == label)) <= 64


def test_images_without_a_group_stand_alone_beside_groups() -> None:
    labels = np.tile([0, 1], 50)
    groups = ["" if row >= 50 else "one" for row in range(100)]
    _, taken = carved(labels, groups)
    assert np.bincount(labels[taken]).tolist() == [8, 8]
    assert taken.min() >= 50, "the group is larger than the share"


def test_only_the_rows_given_are_carved() -> None:
    rows, labels = np.array([1, 3, 5, 7]), np.array([-1, 0, -1, 1, -1, 0, -1, 1])
    rest, taken = carve(rows, labels, np.full(8, "", dtype=object), 0.5, np.random.default_rng(0))
    assert sorted([*rest.tolist(), *taken.tolist()]) == rows.tolist()
    assert np.bincount(labels[taken]).tolist() == [1, 1]


def test_nothing_is_carved_off_nothing() -> None:
    nothing, alone = np.array([], dtype=np.int64), np.array([""], dtype=object)
    rest, taken = carve(nothing, np.array([0]), alone, 0.15, np.random.default_rng(0))
    assert (len(rest), len(taken)) == (0, 0)


def folded(labels: Rows, groups: list[str]) -> Rows:
    return fold(np.arange(len(labels)), labels, np.array(groups, dtype=object))


@given(LABELS, st.integers(1, 40))
def test_folds_are_numbered_from_0_and_none_of_them_is_empty(labels: Rows, size: int) -> None:
    found = folded(labels, blocks(labels, size))
    assert found.shape == labels.shape and found.dtype == np.int64
    assert set(found.tolist()) == set(range(int(found.max()) + 1)) and found.max() < FOLDS


@given(LABELS, st.integers(1, 40))
def test_a_group_is_in_one_fold_and_there_are_no_more_folds_than_groups(labels: Rows, size: int) -> None:
    groups = np.array(blocks(labels, size))
    found = folded(labels, groups.tolist())
    assert all(len(set(found[groups == group].tolist())) == 1 for group in set(groups.tolist()))
    assert found.max() < len(set(groups.tolist()))


@given(LABELS)
def test_without_groups_each_class_is_spread_evenly_over_five_folds(labels: Rows) -> None:
    found = folded(labels, [""] * len(labels))
    for label in (0, 1):
        counts = np.bincount(found[labels == label], minlength=int(found.max()) + 1)
        assert counts.max() - counts.min() <= 1 or np.sum(labels == label) < FOLDS
    if len(labels) >= 2 * FOLDS and min(np.bincount(labels, minlength=2)) >= FOLDS:
        assert found.max() == FOLDS - 1


def test_four_classes_are_spread_over_the_folds_like_two() -> None:
    labels = np.random.default_rng(0).permutation(np.repeat(np.arange(4), [100, 50, 20, 5]))
    found = folded(labels, [""] * len(labels))
    for label, count in enumerate((100, 50, 20, 5)):
        assert np.bincount(found[labels == label]).tolist() == [count // FOLDS] * FOLDS


@given(LABELS, st.integers(1, 9))
def test_folds_are_the_same_each_time_and_know_rows_by_what_they_are_not_where(labels: Rows, size: int) -> None:
    groups = blocks(labels, size)
    found = folded(labels, groups)
    assert np.array_equal(found, folded(labels, groups))
    apart = np.full(2 * len(labels), 9)
    apart[::2] = labels
    spread = np.repeat(np.array(groups, dtype=object), 2)
    assert np.array_equal(found, fold(np.arange(0, 2 * len(labels), 2), apart, spread))


@pytest.mark.parametrize(("groups", "folds"), [(1, 1), (2, 2), (3, 3), (4, 4), (5, 5), (40, 5)])
def test_fewer_groups_than_five_are_as_many_folds(groups: int, folds: int) -> None:
    labels = np.arange(120) % 7 // 5
    found = folded(labels, [f"patient {number % groups}" for number in range(120)])
    assert len(set(found.tolist())) == folds
