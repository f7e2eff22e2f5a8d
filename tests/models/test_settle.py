from typing import Any

import pytest

from steelyard.models.errors import BadInput
from steelyard.models.spec.resolve import settle
from steelyard.models.spec.sweep import Sweep

THREE = ("cat", "dog", "fox")


def settled(*classes: str, positive: str = "", **options: Any) -> Sweep:
    return settle(Sweep(**options), classes, positive)


def test_one_class_to_find_is_wanted_at_a_precision() -> None:
    found = settled("cat", "dog", positive="dog")
    assert (found.positive, found.objective) == ("dog", "recall @ precision >= 0.7")


def test_without_one_more_than_two_classes_all_count_and_are_balanced() -> None:
    found = settled(*THREE)
    assert (found.positive, found.objective) == ("", "balanced_accuracy")


@pytest.mark.parametrize("options", [{"positive": "dog"}, {"objective": "recall of dog @ precision >= 0.5"}])
def test_what_was_asked_for_stays_and_settling_again_changes_nothing(options: dict[str, str]) -> None:
    once = settled(*THREE, **options)
    assert {key: getattr(once, key) for key in options} == options
    assert settle(once, THREE, "") == once


@pytest.mark.parametrize(
    ("classes", "options", "line"),
    [
        (("cat", "dog"), {}, "positive must name the class to find, one of cat, dog; give --positive NAME"),
        (THREE, {"negative": "cat"}, "negative must come with the class to find, got 'cat' alone"),
        (THREE, {"imbalance": 0.1}, "imbalance must come with the class to find, got 0.1 alone"),
        (
            THREE,
            {"objective": "f1"},
            "objective must, where every class counts, be balanced_accuracy or name its class",
        ),
        (THREE, {"objective": "recall of wolf @ precision >= 0.7"}, "objective must name one of the classes cat, dog"),
        (THREE, {"positive": "wolf"}, "positive must be one of the classes cat, dog, fox, got 'wolf'"),
        (
            THREE,
            {"positive": "dog", "objective": "recall of cat"},
            "objective must be about the class to find, dog, got",
        ),
    ],
)
def test_what_does_not_fit_the_classes_is_refused(classes: tuple[str, ...], options: dict[str, Any], line: str) -> None:
    with pytest.raises(BadInput) as refused:
        settled(*classes, **options)
    assert str(refused.value).startswith(line)


def test_an_imbalance_factor_beside_a_class_to_find_is_refused_with_what_does_the_same() -> None:
    with pytest.raises(ValueError, match=r"--imbalance 0.0099 leaves 1 dog to 100 others"):
        Sweep(positive="dog", imbalance_factor=100)
    with pytest.raises(BadInput, match="imbalance-factor must be left out where one class is to be found"):
        settled("cat", "dog", positive="dog", imbalance_factor=100)
