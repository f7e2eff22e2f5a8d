"""The small languages of the grid: what each text means, and what is said of one that means nothing."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.errors import BadInput
from steelyard.models.spec import grid


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", ()),
        ("0.85", (0.85,)),
        ("0.7,0.8,0.9", (0.7, 0.8, 0.9)),
        ("0.9, 0.7 ,", (0.9, 0.7)),
        ("0.5:0.95:10", (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95)),
        ("0.2:0.4:2", (0.2, 0.4)),
        ("0.1234567", (0.123457,)),
        ("0.5,1", (0.5, 1.0)),
        ("0.5:1:3", (0.5, 0.75, 1.0)),
    ],
)
def test_weights_are_read_in_the_order_given(text: str, expected: tuple[float, ...]) -> None:
    assert grid.weights(text).numbers == expected


@given(st.floats(0.001, 0.4), st.floats(0.5, 0.999), st.integers(2, 40))
def test_a_range_of_weights_is_linspace_with_both_ends(start: float, stop: float, count: int) -> None:
    points = grid.weights(f"{start}:{stop}:{count}").numbers
    np.testing.assert_allclose(points, np.linspace(start, stop, count), atol=1e-6)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("0", "0"),
        ("1.1", "1.1"),
        ("nan", "nan"),
        ("inf", "inf"),
        ("-0.2", "-0.2"),
        ("0.5,1.5", "1.5"),
        ("0:0.5:3", "0"),
    ],
)
def test_a_weight_of_zero_or_above_one_is_refused_and_the_reason_given(text: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        grid.weights(text)
    assert str(caught.value).startswith(f"weights must lie strictly between 0 and 1, got {told}; the negative class")
    assert "a weight of 0 makes a batch without the other class 0/0 = NaN: try 0.95" in str(caught.value)


def test_a_weight_that_rounds_to_zero_is_refused() -> None:
    with pytest.raises(BadInput, match="strictly between 0 and 1, got 0;"):
        grid.weights("1e-9")


@pytest.mark.parametrize("text", ["heavy", "0.5;0.6", "a:b:3", "0.5:high:3"])
def test_weights_that_are_no_numbers_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match=rf"^weights must be numbers like 0.7,0.8,0.9 or 0.5:0.95:10, got '{text}'$"):
        grid.weights(text)


@pytest.mark.parametrize("text", ["0.9:0.5:5", "0.5:0.5:5", "0.5:nan:5"])
def test_a_range_that_does_not_ascend_is_refused_and_shown_swapped(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        grid.weights(text)
    start, stop, count = text.split(":")
    assert str(caught.value) == f"weights must ascend from < to, got '{text}'; swap the ends: {stop}:{start}:{count}"


@pytest.mark.parametrize(
    "text", ["0.5:0.9", "0.5:0.9:1", "0.5:0.9:x", "0.5:0.9:2.5", "0.5:0.9:10001", "1:2:3:4", "0:1:²"]
)
def test_a_range_without_a_count_from_two_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        grid.weights(text)
    assert str(caught.value) == f"weights must be from:to:count, count from 2 to 10000, got '{text}'; try 0.5:0.95:10"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("3", (1, 2, 3)), ("1", (1,)), ("7,", (7,)), ("1,5,9", (1, 5, 9)), ("5, 1, 5", (5, 1)), ("0,", (0,))],
)
def test_seeds_are_a_count_or_a_list(text: str, expected: tuple[int, ...]) -> None:
    assert grid.seeds(text) == expected


@pytest.mark.parametrize("text", ["", ",", "three", "1.5", "-1", "1,-5", "²", "1,²"])
def test_seeds_that_are_no_whole_numbers_are_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        grid.seeds(text)
    told = f"seeds must be a count like 3 or a list like 1,5,9 (or 7, for only 7), got '{text}'"
    assert str(caught.value) == told


def test_a_seed_beyond_what_a_generator_takes_is_refused() -> None:
    assert grid.seeds("4294967295,") == (4294967295,)
    with pytest.raises(BadInput, match=r"^seeds must be at most 4294967295, got 4294967296; try 1,2,3$"):
        grid.seeds("1,4294967296")


@pytest.mark.parametrize("text", ["0", "10001"])
def test_a_count_of_seeds_out_of_range_is_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        grid.seeds(text)
    assert str(caught.value) == f"seeds must be a count from 1 to 10000, got {text}; seeds 3 trains with 1, 2 and 3"


@pytest.mark.parametrize(
    ("text", "expected"),
    [("", {}), ("cat=4800,dog=1200", {"cat": 4800, "dog": 1200}), (" cat = 5 ", {"cat": 5}), ("a=b=2", {"a=b": 2})],
)
def test_counts_are_read_per_class(text: str, expected: dict[str, int]) -> None:
    assert grid.counts(text) == expected


@pytest.mark.parametrize("text", ["cat", "cat=", "=5", "cat=0", "cat=-1", "cat=1.5", "cat=many", "a=1,a=2", "cat=²"])
def test_counts_that_do_not_read_are_refused(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        grid.counts(text)
    told = f"train-counts must be name=count,... with counts >= 1, each class once, got '{text}'"
    assert str(caught.value) == told


def test_names_lose_blanks_and_keep_their_order() -> None:
    assert grid.names(" upsample, ,downsample,") == ("upsample", "downsample")
