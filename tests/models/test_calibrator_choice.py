"""Which calibrator is taken: by the number of images, and none that shows no gain on images it was not fitted on."""

import numpy as np
import numpy.typing as npt
import pytest
from scipy.special import expit

from steelyard.models.calibration.calibrator_choice import ENOUGH, balanced_size, chosen
from steelyard.models.calibration.priors import correct
from steelyard.models.calibration.reliability import reliability

Values = npt.NDArray[np.float64]


def scored(positives: int, negatives: int, slope: float, seed: int = 0) -> tuple[npt.NDArray[np.int64], Values]:
    """Two normal classes, 2 deviations apart; log odds of the posterior at 0.5, times ``slope``."""
    labels = np.repeat([1, 0], [positives, negatives])
    brightness = np.random.default_rng(seed).standard_normal(len(labels)) + 2 * (labels - 0.5)
    return labels, expit(slope * 2 * brightness)


def test_scores_that_are_right_are_left_as_they_are() -> None:
    labels, scores = scored(300, 900, slope=1)
    found = chosen(labels, scores, learned=0.5, wanted=0.1)
    assert found.calibrator is None and found.method == "platt" and found.after
    assert found.before == reliability(labels, correct(scores, 0.5, 0.1), 0.1)


@pytest.mark.parametrize(("positives", "negatives", "method"), [(60, 200, "platt"), (500, 1500, "isotonic")])
def test_scores_that_are_too_sure_are_calibrated(positives: int, negatives: int, method: str) -> None:
    labels, scores = scored(positives, negatives, slope=3)
    found = chosen(labels, scores, learned=0.5, wanted=0.1)
    assert found.calibrator and found.calibrator.kind == found.method == method and found.after
    assert found.after.brier < found.before.brier
    assert found.after.calibration_error < found.before.calibration_error
    assert found.calibrator.share == pytest.approx(positives / (positives + negatives))


def test_scores_that_cannot_be_corrected_are_judged_as_they_are() -> None:
    labels, scores = scored(100, 300, slope=1)
    found = chosen(labels, scores, learned=None, wanted=0.05)
    assert found.before == reliability(labels, scores, 0.05)
    assert found.calibrator and found.after and found.after.brier < found.before.brier


def test_scores_of_chance_are_not_calibrated_upside_down() -> None:
    labels, scores = scored(100, 300, slope=1)
    found = chosen(labels, 1 - scores, learned=0.5, wanted=0.25)
    assert found.calibrator and found.calibrator.kind == "platt" and found.calibrator.slope == 0


@pytest.mark.parametrize(("positives", "negatives"), [(9, 500), (500, 9)])
def test_with_fewer_than_10_of_a_class_nothing_is_tried(positives: int, negatives: int) -> None:
    found = chosen(*scored(positives, negatives, slope=3), learned=0.5, wanted=0.1)
    assert (found.calibrator, found.method, found.after) == (None, "", None)


def test_1000_images_half_of_them_positive_are_enough_and_so_are_250_positives_among_many() -> None:
    assert balanced_size(np.repeat([0, 1], [500, 500])) == ENOUGH
    assert balanced_size(np.repeat([0, 1], [10**6, 250])) == pytest.approx(ENOUGH, rel=1e-3)


def test_copies_of_an_image_judge_no_calibrator_that_was_fitted_on_it() -> None:
    """20 copies of each image: apart they make isotonic regression look good, in groups they do not."""
    rng = np.random.default_rng(0)
    labels, groups = np.repeat(np.arange(100) % 4 == 0, 20).astype(np.int64), np.repeat(np.arange(100), 20)
    scores = np.repeat(rng.random(100), 20)
    apart, together = (chosen(labels, scores, 0.25, 0.25, of) for of in (None, groups))
    assert apart.after and together.after
    assert apart.after.brier < together.after.brier


def test_one_group_that_has_all_of_a_class_leaves_nothing_to_try() -> None:
    labels, scores = scored(50, 150, slope=3)
    found = chosen(labels, scores, 0.5, 0.25, groups=np.where(labels == 1, 0, np.arange(200)))
    assert (found.calibrator, found.method) == (None, "")
