"""Parts of train that a learning curve is made of: groups whole, and only those that are what they are called."""

import numpy as np
import pytest

from steelyard.models.data.partition import Parts
from steelyard.tasks import learning


def parts_of(labels: "np.ndarray[tuple[int], np.dtype[np.int64]]") -> Parts:
    rows = np.arange(len(labels))
    return Parts(train=rows, val=rows, test=rows, labels=labels, duplicates=0, thinned=0)


@pytest.mark.parametrize(("groups", "quarters"), [(0, [1, 2, 3]), (40, [1, 2, 3]), (3, []), (1, [])])
def test_each_part_is_about_as_large_as_it_is_called_holds_the_smaller_ones_and_parts_no_group(
    groups: int, quarters: list[int]
) -> None:
    labels = np.tile([0, 0, 0, 1], 100)
    names = np.array([f"g{row * groups // 400}" if groups else "" for row in range(400)], dtype=object)
    found = dict(learning.smaller(parts_of(labels), names))
    assert list(found) == quarters
    before: set[int] = set()
    for number, parts in found.items():
        assert len(parts.train) / 400 == pytest.approx(number / 4, abs=learning.UNLIKE)
        assert before <= set(parts.train.tolist())
        before = set(parts.train.tolist())
        inside = np.isin(np.arange(400), parts.train)
        assert all(len(set(inside[names == name].tolist())) == 1 for name in set(names.tolist()) - {""})


def test_a_part_without_an_image_of_a_class_is_left_out() -> None:
    labels = np.zeros(40, np.int64)
    labels[:2] = 1
    found = dict(learning.smaller(parts_of(labels), np.full(40, "", dtype=object)))
    assert all(all(parts.counts()["train"]) for parts in found.values())
