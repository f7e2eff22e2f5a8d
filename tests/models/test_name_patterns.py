"""Groups that file names suggest: several of several images each, never the classes."""

import re
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.findings.grouping import group_codes
from steelyard.models.findings.groups.name_fields import is_run
from steelyard.models.findings.groups.name_patterns import candidates, group_names

SERIES, EACH = 40, 15
CLASSES = ("cat", "dog")


def found(name: Callable[[str, int, int], str]) -> list[str]:
    """Candidates for names made of class, series and running number; each series is of one class."""
    numbers = np.arange(SERIES * EACH)
    labels = numbers // EACH % 2
    ids = [name(CLASSES[label], number // EACH, number) for label, number in zip(labels, numbers.tolist(), strict=True)]
    return candidates(ids, labels)


@pytest.mark.parametrize(
    ("name", "pattern"),
    [
        (lambda label, series, number: f"{label}/series{series}_{number:04}.jpg", r"series(\d+)"),
        (lambda label, series, number: f"train/{label}/patient-{series:03}/{number % EACH:03}.png", r"patient-(\d+)"),
        (lambda label, series, number: f"{label}/{'abcdefgh'[series % 8] * 3}_{number}.png", "([^/_]+)_[^/]*$"),
        (lambda label, series, number: f"{label}/of {'abcdefgh'[series % 8] * 3}/{number}.png", "([^/]+)/[^/]+$"),
        (lambda label, series, number: f"IMG_202403{1 + series % 30:02}_{number:06}.jpg", r"(20\d{6})"),
        (lambda label, series, number: f"{label}/2024-03-{1 + series % 30:02} {number}.jpg", r"(20\d\d-\d\d-\d\d)"),
        (lambda label, series, number: f"{label}/{series}_{number:04}.png", r"(\d+)[^/]*$"),
        (lambda label, series, number: f"{number:04}", r"(\d+)\d\d\D*$"),
        (lambda label, series, number: f"{label}.{number}.jpg", r"(\d+)\d\D*$"),
    ],
)
def test_the_first_candidate_is_what_a_reader_of_the_names_would_say(
    name: Callable[[str, int, int], str], pattern: str
) -> None:
    assert found(name)[0] == pattern


def test_numbers_that_begin_anew_in_each_lot_are_told_by_both() -> None:
    patterns = found(lambda label, series, number: f"{label}/cam{series % 8}_lot{series // 8}_{number:04}.bmp")
    assert patterns[:3] == [r"cam(\d+)", r"lot(\d+)", r"cam(\d+).*lot(\d+)"]


@pytest.mark.parametrize(
    "name",
    [
        lambda label, series, number: f"{label}/p{series // 2}/{number % EACH:03}.png",
        lambda label, series, number: f"{label}_p{series // 2}_{number % EACH:03}.png",
        lambda label, series, number: f"class{len(label + 'x' * (label == 'dog'))}/p{series // 2}/{number:04}.png",
        lambda label, series, number: f"n{ord(label[0])}_p{series // 2}_{number:04}.png",
    ],
)
def test_no_group_is_captured_together_with_the_class(name: Callable[[str, int, int], str]) -> None:
    patterns, numbers = found(name), np.arange(SERIES * EACH)
    ids = [name(CLASSES[number // EACH % 2], number // EACH, number) for number in numbers.tolist()]
    assert patterns[0] == r"p(\d+)"
    for pattern in (pattern for pattern in patterns if not is_run(pattern)):
        names = group_names(pattern, ids)
        assert set(names[numbers // EACH % 2 == 0]) == set(names[numbers // EACH % 2 == 1])


def test_names_that_only_say_the_class_or_nothing_suggest_no_named_group() -> None:
    rng = np.random.default_rng(0)
    hashes = [rng.bytes(8).hex() for _ in range(SERIES * EACH)]
    letters = str.maketrans("0123456789", "ghijklmnop")
    assert not found(lambda label, series, number: f"{label}/{hashes[number].translate(letters)}.png")
    assert all(is_run(pattern) for pattern in found(lambda label, series, number: f"{label}/{label}{number:04}.png"))


def test_what_fits_fewer_than_nine_names_in_ten_is_no_candidate() -> None:
    for odd, fits in ((20, True), (5, False)):
        patterns = found(
            lambda label, series, number, odd=odd: f"{label}/series{series}_{number}" if number % odd else f"x{number}"
        )
        assert (r"series(\d+)" in patterns) == fits


def test_names_of_groups_are_what_is_captured_joined_by_hyphens() -> None:
    ids = ["a/cam1_lot22_3.png", "a/cam1_4.png"]
    assert group_names(r"cam(\d+)_lot(\d+)", ids).tolist() == ["1-22", ""]


@given(st.lists(st.from_regex(r"[ab]/[xy_\-1-3]{1,4}/?[xy_.1-3]{1,6}", fullmatch=True), min_size=1, unique=True))
def test_every_candidate_gives_several_groups_of_several_images(ids: list[str]) -> None:
    patterns = candidates(ids, np.array([name < "b" for name in ids], dtype=int))
    for pattern in patterns:
        codes = group_codes(group_names(pattern, ids))
        assert re.compile(pattern).groups >= 1
        assert np.mean(codes >= 0) >= 0.9 and 5 <= codes.max() + 1 <= len(ids) / 2
    assert len(set(patterns)) == len(patterns)
