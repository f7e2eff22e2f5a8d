import pytest

from steelyard.models.errors import BadInput
from steelyard.models.handlings.weighing import even
from steelyard.models.spec import grid
from steelyard.models.spec.cells import expand
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Handling

COUNTS, NAMES = (400, 100, 25), ("cat", "dog", "fox")


def weights(text: str, counts: tuple[int, ...] = COUNTS) -> dict[str, Handling]:
    return {cell.label: cell for cell in expand(Sweep(weights=text), counts, NAMES[: len(counts)])}


def test_a_vector_weighs_classes_by_name_and_the_others_1() -> None:
    found = weights("dog=4,fox=5;cat=2")
    assert list(found) == ["none", "weights:dog=4,fox=5", "weights:cat=2"]
    assert found["weights:dog=4,fox=5"].class_weights == (0.1, 0.4, 0.5)
    assert found["weights:cat=2"].class_weights == (0.5, 0.25, 0.25)


def test_powers_of_the_inverse_frequency_go_from_none_to_balanced() -> None:
    found = weights("power:0:1:3")
    assert list(found) == ["none", "weights:power=0.5", "balanced"]
    assert found["weights:power=0.5"].class_weights == pytest.approx((1 / 7, 2 / 7, 4 / 7))
    assert found["balanced"].class_weights == pytest.approx((1 / 21, 4 / 21, 16 / 21))
    assert [cell.weight_power for cell in found.values()] == [0, 0.5, 1]


def test_by_default_powers_of_a_half_and_1_are_tried() -> None:
    assert list(weights("")) == ["none", "weights:power=0.5", "balanced"]


def test_with_two_classes_vectors_and_powers_are_weights_of_the_positive() -> None:
    assert list(weights("cat=1,dog=4", (400, 100))) == ["none", "weights 0.8"]
    assert list(weights("power:0:1:3", (400, 100))) == ["none", "weights 0.6667", "weights 0.8"]


def test_balanced_is_the_handling_of_that_name_once() -> None:
    cells = expand(Sweep(weights="power:1", handling="balanced"), COUNTS, NAMES)
    assert [cell.label for cell in cells] == ["none", "balanced"]


@pytest.mark.parametrize("even_ones", ["cat=1,dog=1", "power:0", "cat=3,dog=3,fox=3"])
def test_weights_that_are_even_are_the_baseline(even_ones: str) -> None:
    (only,) = weights(even_ones).values()
    assert (only.name, only.class_weights) == ("none", even(3))


@pytest.mark.parametrize(
    "text",
    ["power:", "power:x", "power:1:0:3", "power:0:1", "power:0:1:1", "power:-1", "power:5", "power:nan", "cat=0",
     "cat=-1", "cat=nan", "cat=inf", "cat=1,cat=2", "=3", "cat=", "cat=1,dog", "cat=1;;dog=x"],
)  # fmt: skip
def test_what_is_no_grid_is_refused_in_one_line(text: str) -> None:
    with pytest.raises(BadInput) as refused:
        grid.weights(text)
    assert str(refused.value).startswith("weights must ")
    assert text in str(refused.value)


def test_weights_of_a_positive_class_are_refused_where_every_class_counts() -> None:
    with pytest.raises(BadInput, match="by class where every class counts, as cat=1,dog=4, or as power:0:1:5"):
        weights("0.7")


def test_weights_of_a_class_that_is_not_there_are_refused() -> None:
    with pytest.raises(BadInput, match="weights must name classes among cat, dog, fox, got wolf"):
        weights("wolf=2")
