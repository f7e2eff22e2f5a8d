"""Shortcuts: what tells a class without a look at its images is told, and of a clean set nothing is."""

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from looking import looks_of, ordinary
from PIL import Image
from sklearn.datasets import load_digits

from steelyard.models.findings.looks.shortcuts import LIMITS, Shortcut, shortcuts

NAMES = ("cat", "dog")
LABELS = np.arange(400) % 2


def found(
    looks: pd.DataFrame,
    labels: npt.NDArray[np.int64] = LABELS,
    ids: Sequence[str] | None = None,
    groups: Sequence[str] | None = None,
    names: Sequence[str] = NAMES,
) -> list[Shortcut]:
    ids = ids or [f"{row:04d}.png" for row in range(len(looks))]
    return shortcuts(looks, ids, labels, groups or [""] * len(looks), names)


def told(of: list[Shortcut]) -> list[tuple[str, str]]:
    assert all(LIMITS[one.what] < one.low <= one.area <= one.high <= 1 for one in of)
    return [(one.what, one.class_name) for one in of]


def test_of_looks_that_know_nothing_of_classes_none_is_told() -> None:
    assert found(ordinary(400)) == []


@pytest.mark.parametrize(
    ("what", "columns"),
    [
        ("size", ["width", "height"]),
        ("light", ["red"]),
        ("border", ["bottom_right_mean"]),
        ("border", ["top_std", "bottom_std", "left_std", "right_std"]),
    ],
)
def test_what_is_larger_in_one_class_is_told_as_what_it_is(what: str, columns: list[str]) -> None:
    looks = ordinary(400)
    looks.loc[LABELS == 1, columns] *= 1.5
    assert told(found(looks)) == [(what, "dog")]


def test_a_brighter_class_whose_border_is_as_much_brighter_is_told_by_light_alone() -> None:
    looks = ordinary(400)
    levels = [name for name in looks.columns if name.endswith("mean") or name in ("red", "green", "blue", "p05", "p95")]
    looks.loc[LABELS == 1, levels] += 0.2
    assert told(found(looks)) == [("light", "dog")]


def test_a_prefix_of_one_class_is_told_and_its_place_in_sorted_folders_is_not() -> None:
    running = [f"{row // 2 + 200 * (row % 2):04d}.png" for row in range(400)]
    assert found(ordinary(400), ids=running) == []
    cameras = [f"{NAMES[row % 2]}/{('IMG', 'DSC')[row % 2]}_{row:04d}.png" for row in range(400)]
    assert told(found(ordinary(400), ids=cameras)) == [("name", "dog")]


def test_what_only_images_of_one_group_show_is_not_learnt_from_their_own_group() -> None:
    looks, blocks = ordinary(400), np.arange(400) // 40
    # Each group has a width of its own, and one class: across groups width says nothing.
    looks["width"] = 500 + 100 * np.array([3, 8, 1, 6, 9, 2, 7, 0, 5, 4])[blocks]
    labels, groups = blocks % 2, [f"site-{block}" for block in blocks]
    assert ("size", "dog") not in told(found(looks, labels, groups=groups))


def test_each_of_many_classes_is_judged_against_the_rest() -> None:
    looks, labels = ordinary(600), np.arange(600) % 3
    looks.loc[labels == 2, "top_left_mean"] += 0.4
    of = found(looks, labels, names=("a", "b", "c"))
    assert told(of)[0] == ("border", "c") and of[0].area > 0.99


def test_classes_of_few_images_are_left_out() -> None:
    looks, labels = ordinary(400), np.where(np.arange(400) < 9, 1, 0)
    looks.loc[labels == 1, "width"] = 9
    assert found(looks, labels) == []
    assert found(looks.head(0), labels[:0]) == []


def test_the_same_seed_gives_the_same_answer() -> None:
    looks = ordinary(400)
    looks.loc[LABELS == 1, "left_mean"] *= 1.1
    assert found(looks) == found(looks) != []


@pytest.mark.parametrize("share", [0.5, 1.0])
def test_a_white_corner_of_one_class_of_digits_is_told_and_of_no_other(share: float) -> None:
    digits = load_digits()
    images = [Image.fromarray((digit * 15.9).astype("uint8")) for digit in digits.images]
    marked = np.flatnonzero(digits.target == 8)
    for row in marked[: int(share * len(marked))]:
        images[row].putpixel((7, 7), 255)
    of = found(looks_of(images), digits.target, names=[str(digit) for digit in range(10)])
    assert told(of) == [("border", "8")]
