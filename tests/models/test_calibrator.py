"""Calibrators against scikit-learn's, and what they keep: the order of scores, finite odds, and the prevalence."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from sklearn.calibration import _SigmoidCalibration
from sklearn.isotonic import IsotonicRegression

from steelyard.models.calibration.calibrator import Isotonic, Platt, calibrated, isotonic, log_odds, platt
from steelyard.models.calibration.priors import correct

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float32]]
FITS = (platt, isotonic)


def scored(n: int, share: float, slope: float, seed: int) -> Scored:
    """Scores whose log odds are those of the posterior times ``slope``; rounded, so that some tie."""
    rng = np.random.default_rng(seed)
    odds = rng.normal(logit(share), 2, n)
    labels = (rng.random(n) < expit(odds)).astype(np.int64)
    return labels, np.round(expit(slope * odds), 3).astype(np.float32)


@st.composite
def any_scored(draw: st.DrawFn) -> Scored:
    """Up to 40 labelled scores, both classes, half of them from a few values that tie."""
    score = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1, width=32))
    rows = [*draw(st.lists(st.tuples(st.integers(0, 1), score), max_size=38)), (0, draw(score)), (1, draw(score))]
    return np.array([label for label, _ in rows]), np.array([value for _, value in rows], np.float32)


@pytest.mark.parametrize(("n", "share", "slope"), [(60, 0.3, 1.0), (300, 0.1, 2.0), (2000, 0.5, 0.4)])
def test_platts_curve_is_that_of_scikit_learn(n: int, share: float, slope: float) -> None:
    labels, scores = scored(n, share, slope, seed=1)
    theirs, ours = _SigmoidCalibration().fit(log_odds(scores), labels), platt(labels, scores)
    assert (ours.slope, ours.offset) == pytest.approx((-theirs.a_, -theirs.b_), abs=1e-3)
    assert ours.at_share(scores) == pytest.approx(theirs.predict(log_odds(scores)), abs=1e-4)


@given(any_scored())
def test_isotonic_regression_is_that_of_scikit_learn_but_for_its_ends(data: Scored) -> None:
    labels, scores = data
    positives, negatives = int(labels.sum()), int((1 - labels).sum())
    theirs = IsotonicRegression(out_of_bounds="clip").fit(scores.astype(np.float64), labels)
    at = np.concatenate([scores, np.linspace(0, 1, 21)]).astype(np.float64)
    ends = 1 / (negatives + 2), (positives + 1) / (positives + 2)
    knots = np.interp(at, theirs.X_thresholds_, theirs.y_thresholds_.clip(*ends))
    assert isotonic(labels, scores).at_share(at) == pytest.approx(knots, abs=1e-9)


@given(any_scored(), st.sampled_from(FITS), st.floats(0.01, 0.99))
def test_no_two_scores_change_places_and_no_odds_are_infinite(
    data: Scored, fit: type[Platt | Isotonic], wanted: float
) -> None:
    fitted = fit(*data)
    given = calibrated(fitted, np.linspace(0, 1, 101), wanted)
    assert (np.diff(given) >= -1e-12).all() and ((given > 0) & (given < 1)).all()


@pytest.mark.parametrize("fit", FITS)
def test_the_share_that_the_loss_saw_does_not_matter_to_the_fit(fit: type[Platt | Isotonic]) -> None:
    labels, scores = scored(500, 0.2, 1.5, seed=2)
    moved = correct(scores, 0.5, 0.05)
    assert fit(labels, moved).at_share(moved) == pytest.approx(fit(labels, scores).at_share(scores), abs=1e-3)


@pytest.mark.parametrize("fit", FITS)
def test_at_the_share_of_its_images_the_mean_probability_is_that_share_and_elsewhere_odds_move(
    fit: type[Platt | Isotonic],
) -> None:
    labels, scores = scored(2000, 0.3, 2.0, seed=3)
    fitted, share = fit(labels, scores), float(labels.mean())
    at_share = calibrated(fitted, scores, share)
    assert at_share.mean() == pytest.approx(share, abs=2e-3)
    gained = logit(calibrated(fitted, scores, 0.05)) - logit(at_share)
    assert gained == pytest.approx(logit(0.05) - logit(share))


def test_scores_that_part_the_classes_get_the_smoothed_labels() -> None:
    labels, scores = np.repeat([0, 1], [6, 3]), np.repeat([0.1, 0.9], [6, 3]).astype(np.float32)
    assert platt(labels, scores).at_share(np.array([0.1, 0.9])) == pytest.approx([1 / 8, 4 / 5], abs=1e-4)
    assert isotonic(labels, scores).at_share(np.array([0.1, 0.9])) == pytest.approx([1 / 8, 4 / 5])


@pytest.mark.parametrize("fit", FITS)
def test_one_class_alone_is_refused(fit: type[Platt | Isotonic]) -> None:
    with pytest.raises(ValueError, match="labels must hold both classes, got 0 positives among 3 images"):
        fit(np.zeros(3, np.int64), np.array([0.1, 0.2, 0.3]))
