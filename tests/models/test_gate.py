"""The gate's comparison: figures against scikit-learn, intervals against draws of known models."""

import numpy as np
import numpy.typing as npt
import pytest
from sklearn.metrics import balanced_accuracy_score, f1_score, recall_score

from steelyard.models.gate import FEWEST, compare, smallest
from steelyard.models.objective import Objective

Labels = npt.NDArray[np.int64]
RECALL = Objective.parse("recall @ precision >= 0.7")


def drawn(rng: np.random.Generator, labels: Labels, right: float, classes: int = 2) -> Labels:
    """Calls that are right so often, each image on its own."""
    wrong = (labels + rng.integers(1, classes, len(labels))) % classes
    return np.where(rng.random(len(labels)) < right, labels, wrong)


def two_models(seed: int, first: float, second: float, positives: int = 200) -> tuple[Labels, Labels]:
    rng, labels = np.random.default_rng(seed), np.repeat([1, 0], [positives, 4 * positives])
    return labels, np.stack([drawn(rng, labels, first), drawn(rng, labels, second)])


@pytest.mark.parametrize(
    ("objective", "score"),
    [("recall @ precision >= 0.7", recall_score), ("f1", f1_score), ("balanced_accuracy", balanced_accuracy_score)],
)
def test_figures_are_scikit_learns(objective: str, score: "npt.NDArray[np.float64]") -> None:
    labels, called = two_models(0, 0.9, 0.8)
    found = compare(labels, called, Objective.parse(objective), None, 1, 2)
    assert (found.champion, found.challenger) == pytest.approx([score(labels, each) for each in called])  # type: ignore[operator]
    assert found.gain == pytest.approx(found.challenger - found.champion)
    assert found.low < found.gain < found.high and (found.images, found.positives) == (1000, 200)


def test_of_several_classes_balanced_accuracy_counts_or_one_of_them() -> None:
    rng, labels = np.random.default_rng(1), np.repeat([0, 1, 2], [300, 200, 100])
    called = np.stack([drawn(rng, labels, 0.8, 3), drawn(rng, labels, 0.9, 3)])
    found = compare(labels, called, Objective.parse("balanced_accuracy"), None, None, 3)
    assert found.challenger == pytest.approx(balanced_accuracy_score(labels, called[1]))
    assert found.positives == smallest(labels, None, 3) == 100
    of_one = compare(labels, called, Objective.parse("recall of c @ precision >= 0.5"), None, 2, 3)
    assert of_one.champion == pytest.approx(np.mean(called[0][labels == 2] == 2)) and of_one.positives == 100


def test_of_a_cost_less_is_better_and_the_margin_a_share() -> None:
    labels, called = two_models(2, 0.8, 0.9)
    found = compare(labels, called, Objective.parse("cost fn=10 fp=1"), 0.1, 1, 2, margin=0.05)
    assert found.challenger < found.champion and found.gain > 0 and found.not_worse
    assert found.margin == pytest.approx(0.05 * 0.9), "all called positive cost 0.9 at that share, none 1.0"


def test_a_perfect_champion_without_cost_is_followed_by_one_that_is_as_good() -> None:
    labels = np.repeat([1, 0], [300, 1000])
    same = np.stack([labels, labels])
    assert compare(labels, same, Objective.parse("cost fn=10 fp=1"), None, 1, 2).not_worse


def test_what_finds_more_but_breaks_the_constraint_is_not_let_in() -> None:
    labels = np.repeat([1, 0], [60, 200])
    champion, challenger = labels.copy(), labels.copy()
    champion[:12] = 0
    challenger[60:180] = 1
    found = compare(labels, np.stack([champion, challenger]), RECALL, None, 1, 2)
    assert found.low > 0 and found.breaks and not found.not_worse
    assert found.held == pytest.approx((1.0, 60 / 180))


def test_a_worse_model_is_not_let_in_and_a_better_one_is() -> None:
    worse = [compare(*two_models(seed, 0.9, 0.7), RECALL, None, 1, 2) for seed in range(20)]
    better = [compare(*two_models(seed, 0.7, 0.9), RECALL, None, 1, 2) for seed in range(20)]
    assert all(found.worse and not found.not_worse for found in worse)
    assert all(found.not_worse for found in better)


def test_the_interval_holds_the_true_difference_in_95_of_100_draws() -> None:
    draws = 400
    held = [compare(*two_models(seed, 0.9, 0.85, 60), RECALL, None, 1, 2) for seed in range(draws)]
    covered = np.mean([found.low <= -0.05 <= found.high for found in held])
    assert 0.93 <= covered <= 0.98


def test_few_images_on_which_both_are_right_show_no_equality() -> None:
    """Of 30 images on which both are right, one in ten may still be one that only the champion finds."""
    labels = np.repeat([1, 0], [FEWEST, 100])
    found = compare(labels, np.stack([labels, labels]), RECALL, None, 1, 2)
    assert found.gain == 0 and found.low < -0.05 and not found.not_worse
    more = np.repeat([1, 0], [300, 1000])
    assert compare(more, np.stack([more, more]), RECALL, None, 1, 2).not_worse


def test_images_of_a_group_are_drawn_together() -> None:
    labels, called = two_models(3, 0.9, 0.9, 100)
    alone = compare(labels, called, RECALL, None, 1, 2)
    ten = np.arange(len(labels)) // 10
    alike = np.repeat(called[:, ::10], 10, axis=1)
    assert compare(labels, alike, RECALL, None, 1, 2, groups=ten).low < alone.low - 0.03
