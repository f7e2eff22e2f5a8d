"""Odd images: what stands out from a set is told with its reason, and of an even set nothing is."""

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from looking import looks_of, ordinary
from PIL import Image, ImageFilter
from sklearn.datasets import load_digits

from steelyard.models.findings.looks.odd_images import FEWEST, REASONS, odd_images

DIGITS = [Image.fromarray((digit * 15.9).astype("uint8")) for digit in load_digits().images[:300]]


def told(looks: pd.DataFrame) -> list[tuple[int, str]]:
    found = odd_images(looks)
    assert set(found["why"]) <= set(REASONS)
    return list(zip(found["row"].tolist(), found["why"].tolist(), strict=True))


def with_one(row: int, **changed: float) -> pd.DataFrame:
    looks = ordinary(200)
    looks.loc[row, list(changed)] = list(changed.values())
    return looks


def test_of_images_that_differ_a_little_none_is_odd() -> None:
    assert odd_images(ordinary(500)).empty


@given(st.floats(0.05, 0.95), st.floats(1.01, 1.2))
def test_the_least_of_a_uniform_set_is_not_odd(level: float, factor: float) -> None:
    looks = ordinary(40)
    looks.loc[:, :] = looks.iloc[0].to_numpy()
    looks[["mean", "p05", "p95", "std", "sharpness"]] = level / 2
    looks.loc[7, ["mean", "p05", "p95", "std", "sharpness"]] = level / 2 / factor
    assert odd_images(looks).empty


@pytest.mark.parametrize(
    ("why", "changed", "value", "usual"),
    [
        ("dark", {"mean": 0.1, "p95": 0.16}, "0.16", "0.80"),
        ("bright", {"mean": 0.92, "p05": 0.8}, "0.80", "0.15"),
        ("blank", {"std": 0.01}, "0.02", "0.40"),
        ("blurred", {"sharpness": 0.1}, "0.10", "0.50"),
        ("size", {"width": 320, "height": 240}, "320 x 240", "640 x 480"),
        ("shape", {"width": 480, "height": 640}, "480 x 640", "640 x 480"),
        ("colour", {"saturation": 0}, "0.00", "0.20"),
        ("tint", {"red": 0.9}, "red +0.41, blue -0.01", "red -0.00, blue +0.00"),
    ],
)
def test_what_stands_out_is_told_with_its_value_and_the_usual_one(
    why: str, changed: dict[str, float], value: str, usual: str
) -> None:
    found = odd_images(with_one(33, **changed))
    assert found[["row", "why"]].values.tolist() == [[33, why]]
    if why != "tint":
        assert found[["value", "usual"]].values.tolist() == [[value, usual]]


def test_a_colour_image_among_grey_ones_is_told() -> None:
    looks = ordinary(100).assign(saturation=0.0)
    looks["red"] = looks["blue"] = looks["green"]
    looks.loc[4, "saturation"] = 0.2
    assert told(looks) == [(4, "colour")]


def test_several_reasons_are_a_row_each() -> None:
    looks = with_one(5, mean=0.05, p95=0.06, std=0.003, width=64, height=48)
    assert sorted(told(looks)) == [(5, "blank"), (5, "dark"), (5, "size")]


def test_many_of_another_size_are_a_kind_of_their_own() -> None:
    looks = ordinary(200)
    looks.loc[:19, "width"] = 480
    assert {why for _, why in told(looks)} == {"shape", "size"}
    looks.loc[:20, "width"] = 480
    assert told(looks) == []


def test_sizes_that_vary_are_odd_only_where_they_are_far_out() -> None:
    looks = ordinary(200)
    looks["width"] = looks["height"] = [300.0 + row for row in range(200)]
    assert told(looks) == []
    looks.loc[0, ["width", "height"]] = 100
    assert told(looks) == [(0, "size")]


def test_of_a_few_images_nothing_is_usual() -> None:
    looks = with_one(3, mean=0.1, p95=0.1)
    assert told(looks.head(FEWEST - 1)) == [] and told(looks.head(FEWEST)) == [(3, "dark")]
    assert odd_images(looks.head(0)).columns.tolist() == ["row", "why", "value", "usual"]


def test_a_tenth_of_digits_that_is_dimmed_to_a_fifth_is_told_and_no_other() -> None:
    images = [digit.point(lambda level: level // 5) if row < 30 else digit for row, digit in enumerate(DIGITS)]
    assert [row for row, why in told(looks_of(images)) if why == "dark"] == list(range(30))


@pytest.mark.parametrize("level", [0, 90, 255])
def test_a_blank_among_digits_is_told(level: int) -> None:
    assert (150, "blank") in told(looks_of([*DIGITS[:150], Image.new("L", (8, 8), level), *DIGITS[150:]]))


def test_a_blurred_digit_is_told() -> None:
    blurred = DIGITS[9].filter(ImageFilter.GaussianBlur(1))
    assert (300, "blurred") in told(looks_of([*DIGITS, blurred]))
