"""Patterns of file names: what is left once folders, classes and running numbers are gone."""

import pytest

from steelyard.models.findings.looks.name_forms import name_forms

CLASSES = ("cats", "defective")


@pytest.mark.parametrize(
    ("names", "pattern"),
    [
        ([f"cats/{number:04d}.jpg" for number in range(100)], "0000"),
        ([f"a/{number}.png" for number in range(100)], "0"),
        ([f"a/IMG_{number:04d}.JPG" for number in range(100)], "img_0000"),
        ([f"x/cat.{number}.jpg" for number in range(100)], ".0"),
        ([f"x/Cats_{number:03d}.jpg" for number in range(100)], "_000"),
        ([f"x/def-{number:03d}.jpg" for number in range(100)], "-000"),
    ],
)
def test_folders_classes_and_running_numbers_leave_one_pattern(names: list[str], pattern: str) -> None:
    assert set(name_forms(names, CLASSES)) == {pattern}


def test_a_number_that_many_images_share_is_a_code_and_stays() -> None:
    names = [f"cam{number % 2}_{number:05d}.png" for number in range(100)]
    assert set(name_forms(names, CLASSES)) == {"cam0_00000", "cam1_00000"}
    assert name_forms(names[:10], CLASSES)[0] == "cam0_00000", "of few images a number is running"
    assert len(set(name_forms(names[:10], CLASSES))) == 1


def test_numbers_of_one_form_say_nothing_of_those_of_another() -> None:
    names = [f"IMG_{number:04d}.jpg" for number in range(50)] + [f"DSC7_{number:04d}.jpg" for number in range(50)]
    assert set(name_forms(names, CLASSES)) == {"img_0000", "dsc7_0000"}


def test_a_class_that_is_a_number_is_taken_out() -> None:
    names = [f"{number % 2}_{number:03d}.png" for number in range(100)]
    assert set(name_forms(names, ("0", "1"))) == {"_000"}
