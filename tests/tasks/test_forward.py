"""Items of what can only be read from its beginning on, asked for in any order and from any number of threads."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.tasks.images.pack import AHEAD, MOST_THREADS, PIECE
from steelyard.tasks.sources.helpers.random_access import MOST_WAITING, Forward


class Counted:
    """The numbers up to ``end``, and how many of them were ever read."""

    def __init__(self, end: int, broken_at: int | None = None) -> None:
        self.end, self.broken_at, self.read = end, broken_at, 0

    def __call__(self) -> Iterator[int]:
        for number in range(self.end):
            if number == self.broken_at:
                raise ValueError("damaged here")
            self.read += 1
            yield number


@given(st.lists(st.integers(0, 49), max_size=60))
def test_any_order_gives_the_item_of_each_number(order: list[int]) -> None:
    items = Forward(Counted(50))
    assert [items[number] for number in order] == order


def test_threads_that_ask_out_of_order_read_each_item_once() -> None:
    numbers = Counted(3000)
    items, order = Forward(numbers), list(range(3000))
    for start in range(0, 3000, 100):  # Shuffled within 100, as pieces of work overtake each other.
        part = order[start : start + 100]
        random.Random(start).shuffle(part)
        order[start : start + 100] = part
    with ThreadPoolExecutor(8) as pool:
        assert list(pool.map(items.__getitem__, order)) == order
    assert numbers.read == 3000


def test_more_may_wait_than_extraction_has_under_way() -> None:
    assert MOST_WAITING >= PIECE * (AHEAD * MOST_THREADS + 1)


def test_no_more_wait_than_the_bound() -> None:
    items = Forward(Counted(5000))
    assert items[4999] == 4999
    assert len(items._waiting) == MOST_WAITING


def test_what_is_damaged_is_read_up_to_the_damage_once() -> None:
    numbers = Counted(1000, broken_at=500)
    items = Forward(numbers)
    assert [items[number] for number in range(500)] == list(range(500))
    for number in range(500, 1000):
        with pytest.raises(OSError, match="damaged here"):
            items[number]
    assert numbers.read == 500


def test_an_end_that_comes_early_is_told() -> None:
    with pytest.raises(OSError, match="the file ends early"):
        Forward(Counted(3))[3]
