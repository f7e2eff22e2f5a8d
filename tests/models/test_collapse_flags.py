"""What the guard says of a trained trial, word for word, and when it says nothing."""

import numpy as np
import numpy.typing as npt
import pytest
from cpu_trial import cpu_trial

from steelyard.models.handlings.parse import resolve
from steelyard.models.spec.trial import Handling, Partition, Recipe, Trial
from steelyard.models.train.collapse import constant_loss, flags

DRAWN = (80, 20)
LEARNT = (0.5, 0.3, 0.2, 0.1)
STILL = (0.9, 0.501, 0.5005, 0.5006)
"""A loss at the entropy of 80 : 20, 0.5004, after the first epoch."""

Scores = npt.NDArray[np.float32]
SPREAD = np.linspace(0.1, 0.9, 50, dtype=np.float32)


def trial(handling: Handling | str = "none", negative: str = "cat", **recipe: object) -> Trial:
    return cpu_trial(
        partition=Partition(positive="dog", negative=negative),
        handling=resolve(handling, DRAWN) if isinstance(handling, str) else handling,
        recipe=Recipe.model_validate(recipe),
    )


def same(score: float) -> Scores:
    return np.full(50, score, dtype=np.float32)


def said(scores: Scores, losses: tuple[float, ...] = LEARNT, of: Trial | None = None) -> tuple[str, ...]:
    return flagged(scores, scores, losses, of or trial())


def flagged(val: Scores, test: Scores, losses: tuple[float, ...] = LEARNT, of: Trial | None = None) -> tuple[str, ...]:
    """What is said of scores of the positive."""
    parts = {part: np.column_stack([1 - scores, scores]) for part, scores in (("val", val), ("test", test))}
    return flags(of or trial(), losses, DRAWN, parts)


def test_a_trial_that_learnt_is_not_flagged() -> None:
    assert said(SPREAD) == ()


@pytest.mark.parametrize(("score", "called"), [(0.2, "cat"), (0.5, "cat"), (0.7, "dog")])
def test_constant_scores_are_flagged_with_the_class_that_every_image_is_called(score: float, called: str) -> None:
    assert said(same(score)) == (f"collapsed: every image gets the score {score} and is called {called}",)


@pytest.mark.parametrize(
    ("low", "high", "called", "shown"),
    [(0.1, 0.45, "cat", "0.1 to 0.45"), (0.55, 0.9, "dog", "0.55 to 0.9"), (0.1, 0.5, "cat", "0.1 to 0.5")],
)
def test_one_class_for_all_at_argmax_is_flagged_with_its_name_and_a_tie_is_the_negative(
    low: float, high: float, called: str, shown: str
) -> None:
    scores = np.linspace(low, high, 50, dtype=np.float32)
    assert said(scores) == (f"at argmax every image is called {called} (scores {shown})",)


def test_without_a_name_for_the_others_they_are_what_is_not_the_positive() -> None:
    assert said(same(0.2), of=trial(negative="")) == (
        "collapsed: every image gets the score 0.2 and is called not dog",
    )


def test_a_single_image_called_otherwise_in_either_part_is_enough() -> None:
    other = same(0.2)
    other[7] = 0.6
    assert flagged(same(0.2), other) == ()
    assert flagged(other, same(0.2)) == ()


def test_two_constants_that_differ_are_no_constant_but_one_class() -> None:
    found = flagged(same(0.2), same(0.3))
    assert found == ("at argmax every image is called cat (scores 0.2 to 0.3)",)


def test_a_loss_that_stands_still_is_flagged_beside_the_constant_predictors() -> None:
    told = "its loss stands still at 0.5006; a constant predictor's is 0.5004"
    assert said(SPREAD, STILL) == (told,)
    assert said(same(0.2), STILL) == ("collapsed: every image gets the score 0.2 and is called cat", told)


@pytest.mark.parametrize(
    ("losses", "flagged"),
    [
        ((0.5004,), False),
        ((0.505, 0.5004), True),
        ((0.7, 0.5004), False),
        ((0.5004, 0.4), False),
        ((0.6, 0.5004, 0.5003, 0.45), False),
        ((0.2, 0.505, 0.503, 0.501), True),
        ((0.49, 0.5004, 0.5004), False),
        ((0.3, 0.497, 0.4975, 0.497), True),
        ((2.0, 1.5, 1.1), False),
        ((0.3, 0.2, 0.9, 5.0, 30.0), False),
        ((0.9135, 0.9134, 0.9135), True),
    ],
)
def test_only_the_last_three_epochs_count_and_one_alone_says_nothing(losses: tuple[float, ...], flagged: bool) -> None:
    assert bool(said(SPREAD, losses)) == flagged


def test_the_tutorials_collapse_is_flagged_twice() -> None:
    collapsed = trial(softmax_twice=True)
    found = said(same(0.26894), (0.515, 0.5133, 0.5133, 0.5133), collapsed)
    assert found == (
        "collapsed: every image gets the score 0.269 and is called cat",
        "its loss stands still at 0.5133; a constant predictor's is 0.5133",
    )


@pytest.mark.parametrize("written", ["balanced", "focal", "logit_adjusted", "mixup", "deferred", "effective_number"])
def test_a_loss_is_compared_with_the_constant_of_its_own_handling(written: str) -> None:
    of = trial(written)
    constant = constant_loss(of.handling, DRAWN, softmax=False)
    assert "stands still" in said(SPREAD, (constant,) * 10, of)[0]
    assert said(SPREAD, (0.98 * constant,) * 10, of) == ()


def test_of_a_deferred_handling_only_the_epochs_count_in_which_it_had_begun() -> None:
    of = trial("deferred:after=0.5")
    assert said(SPREAD, (0.1, 0.1, 0.6932, 0.6932), of) != ()
    assert said(SPREAD, (0.6932, 0.6932, 0.5, 0.4), of) == ()
    assert said(SPREAD, (0.6932, 0.6932, 0.6932), trial("deferred:after=0.8")) == ()


def test_the_mock_model_is_not_flagged_for_what_it_is() -> None:
    assert said(same(0.2), STILL, trial("constant")) == ()
