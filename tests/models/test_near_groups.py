"""Groups of near-copies: one beside those of the source, joined across them, or told and left."""

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.data.image_set import group_codes
from steelyard.models.data.near_groups import PREFIX, Together, named, together
from steelyard.models.verdict.scores_by_image import Part


def made(clusters: list[list[int]], groups: dict[int, str] | None = None, number: int = 40) -> Together:
    """Of images ``0``, ``1``, ..., each alone but for the clusters and groups."""
    first = np.arange(number)
    for rows in clusters:
        first[rows] = min(rows)
    names = np.array([(groups or {}).get(row, "") for row in range(number)], dtype=object)
    return together(first, names, [str(row) for row in range(number)])


def test_near_copies_get_one_group_and_the_others_stay_alone() -> None:
    found = made([[3, 7], [1, 9]])
    assert found.groups[[1, 3, 7, 9]].tolist() == [f"{PREFIX}1", f"{PREFIX}3", f"{PREFIX}3", f"{PREFIX}1"]
    assert sum(found.groups != "") == 4
    assert [rows.tolist() for rows in found.kept] == [[1, 9], [3, 7]]
    assert not found.joined and not found.parted and not found.alike


def test_an_image_alone_joins_the_group_of_its_near_copy() -> None:
    found = made([[0, 5]], {5: "ward", 6: "ward"})
    assert found.groups[[0, 5, 6]].tolist() == ["ward"] * 3
    assert not found.joined


def test_groups_that_share_a_near_copy_become_one() -> None:
    found = made([[0, 2]], {0: "b", 1: "b", 2: "a", 3: "a", 4: "c"})
    assert found.groups[:5].tolist() == ["b + a"] * 4 + ["c"]
    assert [rows.tolist() for rows in found.joined] == [[0, 2]]


def test_groups_that_would_hold_more_than_a_tenth_stay_and_images_alone_still_join_theirs() -> None:
    groups = {0: "a", 1: "a", 2: "a", 3: "b", 4: "b"}
    found = made([[0, 3], [4, 9]], groups)
    assert found.groups[[0, 1, 2, 3, 4, 9]].tolist() == ["a", "a", "a", "b", "b", "b"]
    assert [rows.tolist() for rows in found.parted] == [[0, 3]]
    assert [rows.tolist() for rows in found.kept] == [[4, 9]]


@pytest.mark.parametrize(("size", "number", "kept"), [(2, 10, 1), (3, 40, 0), (3, 60, 1), (6, 100, 0)])
def test_a_cluster_of_more_than_a_twentieth_and_more_than_two_is_told_and_not_grouped(
    size: int, number: int, kept: int
) -> None:
    found = made([list(range(size))], number=number)
    assert (len(found.kept), len(found.alike)) == (kept, 1 - kept)
    assert (found.groups != "").any() == bool(kept)


@given(st.lists(st.integers(0, 11), min_size=1, max_size=40), st.lists(st.sampled_from(["", "a", "b", "c"])))
def test_no_group_of_the_source_is_ever_parted(codes: list[int], names: list[str]) -> None:
    first = np.array([codes.index(code) for code in codes])
    groups = np.array([*names, *[""] * len(codes)][: len(codes)], dtype=object)
    found = together(first, groups, [str(row) for row in range(len(codes))])
    for name in set(groups.tolist()) - {""}:
        assert len(set(found.groups[groups == name].tolist())) == 1
    for rows in found.kept:
        assert len(set(found.groups[rows].tolist())) == 1 and found.groups[rows[0]]


def part_of(groups: list[str]) -> tuple[Part, "pd.Series[str]"]:
    ids = pd.Index([str(row) for row in range(len(groups))])
    names = pd.Series(groups, index=ids, dtype=object)
    labels = np.arange(len(groups)) % 2
    return Part(ids, labels, np.zeros((1, len(groups)), np.float32), groups=group_codes(ids, names)), names


def test_groups_of_near_copies_are_drawn_whole_but_not_counted_as_those_of_the_source() -> None:
    part, names = part_of(["", f"{PREFIX}1", f"{PREFIX}1", ""])
    assert part.groups is not None and (part.groups.max() + 1, part.named_groups(names)) == (3, None)
    part, names = part_of(["a", f"{PREFIX}1", f"{PREFIX}1", "a + b"])
    assert part.groups is not None and (part.groups.max() + 1, part.named_groups(names)) == (3, 2)
    assert named(["", "a", f"{PREFIX}a"]) == {"a"}


def test_a_near_copy_whose_others_are_in_another_part_stands_alone() -> None:
    part, names = part_of(["", f"{PREFIX}1", f"{PREFIX}2", ""])
    assert part.groups is None and part.named_groups(names) is None
