"""Reliability at a prevalence against scikit-learn, and its intervals against the exact coverage."""

import re

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.stats import binom
from sklearn.calibration import calibration_curve
from sklearn.metrics import brier_score_loss

from steelyard.models.calibration.correction_effect import calibrate, table
from steelyard.models.calibration.priors import ROUGHLY
from steelyard.models.calibration.reliability import Bin, Reliability, reliability
from steelyard.models.statistics.intervals import wilson_interval

PREVALENCE = st.floats(0.01, 0.99)
FOCAL = "the focal loss flattens scores, which no change of prior undoes"

Scored = tuple[npt.NDArray[np.int64], npt.NDArray[np.float64]]


@st.composite
def scored(draw: st.DrawFn) -> Scored:
    """Up to 40 labelled scores, both classes, half of them from a few values that tie."""
    score = st.one_of(st.sampled_from([0.0, 0.25, 0.5, 1.0]), st.floats(0, 1))
    rows = [*draw(st.lists(st.tuples(st.integers(0, 1), score), max_size=38)), (0, draw(score)), (1, draw(score))]
    return np.array([label for label, _ in rows]), np.array([value for _, value in rows])


def untied(n: int = 400) -> Scored:
    scores = np.random.default_rng(0).permutation(np.linspace(0.01, 0.99, n))
    return (np.random.default_rng(1).random(n) < scores**2).astype(np.int64), scores


def weights_of(labels: npt.NDArray[np.int64], prevalence: float) -> npt.NDArray[np.float64]:
    share = labels.mean()
    return np.where(labels == 1, prevalence / share, (1 - prevalence) / (1 - share))


@given(scored(), PREVALENCE)
def test_the_brier_score_is_that_of_scikit_learn_with_sample_weights(data: Scored, prevalence: float) -> None:
    expected = brier_score_loss(*data, sample_weight=weights_of(data[0], prevalence))
    assert reliability(*data, prevalence).brier == pytest.approx(expected)


@pytest.mark.parametrize("bins", [1, 2, 10, 40])
def test_at_the_share_of_the_sample_the_bins_are_the_calibration_curve_of_scikit_learn(bins: int) -> None:
    labels, scores = untied()
    found = reliability(labels, scores, float(labels.mean()), bins)
    observed, mean_scores = calibration_curve(labels, scores, n_bins=bins, strategy="quantile")
    np.testing.assert_allclose([each.observed for each in found.bins], observed, atol=1e-12)
    np.testing.assert_allclose([each.mean_score for each in found.bins], mean_scores)
    assert [each.images for each in found.bins] == [400 // bins] * bins
    assert found.calibration_error == pytest.approx(np.abs(observed - mean_scores).mean())
    bounds = [bound for each in found.bins for bound in (each.low, each.high)]
    expected = [bound for each in found.bins for bound in wilson_interval(each.observed, each.images)]
    np.testing.assert_allclose(bounds, expected, atol=1e-12)


@given(scored(), PREVALENCE)
def test_a_bin_is_what_weighing_each_image_makes_of_it(data: Scored, prevalence: float) -> None:
    labels, scores = data
    weights, found = weights_of(labels, prevalence), reliability(labels, scores, prevalence, bins=1)
    (only,) = found.bins
    assert only.observed == pytest.approx(prevalence) == np.average(labels, weights=weights)
    assert only.mean_score == pytest.approx(np.average(scores, weights=weights))
    assert found.calibration_error == pytest.approx(abs(only.mean_score - only.observed), abs=1e-12)


@given(scored(), PREVALENCE, st.integers(1, 12))
def test_bins_ascend_hold_every_image_once_and_never_split_a_tie(data: Scored, prevalence: float, bins: int) -> None:
    found = reliability(*data, prevalence, bins)
    assert sum(each.images for each in found.bins) == len(data[0]) and len(found.bins) <= bins
    assert all(0 <= each.low <= each.observed <= each.high <= 1 for each in found.bins)
    assert 0 <= found.calibration_error <= 1 and 0 <= found.brier <= 1
    ends, ordered = np.cumsum([each.images for each in found.bins])[:-1], np.sort(data[1])
    assert (ordered[ends - 1] < ordered[ends]).all()


@given(scored(), PREVALENCE)
def test_repeating_the_positives_changes_nothing_at_a_stated_prevalence_within_one_bin(
    data: Scored, prevalence: float
) -> None:
    times = np.where(data[0] == 1, 3, 1)
    repeated = reliability(np.repeat(data[0], times), np.repeat(data[1], times), prevalence, bins=1)
    once = reliability(*data, prevalence, bins=1)
    assert (repeated.brier, repeated.calibration_error) == pytest.approx(
        (once.brier, once.calibration_error), abs=1e-12
    )


@pytest.mark.parametrize("chance", [0.1, 0.5, 0.9, 0.98])
@pytest.mark.parametrize(("share", "prevalence"), [(0.5, 0.01), (1 / 3, 0.05), (0.1, 0.3)])
def test_the_interval_of_a_bin_covers_as_often_as_wilson_at_any_prevalence(
    chance: float, share: float, prevalence: float
) -> None:
    truth, covered, n = chance * prevalence / share, 0.0, 100
    truth /= truth + (1 - chance) * (1 - prevalence) / (1 - share)
    for positives in range(n + 1):
        # The upper bin is the one looked at; the lower one makes the share of the sample what it is.
        below = round((positives - share * n) / share) if positives > share * n else 0
        above = round((share * n - positives) / (1 - share)) if positives < share * n else 0
        labels = np.repeat([0, 1, 1, 0], [below, above, positives, n - positives])
        high = reliability(labels, np.repeat([0.1, 0.9], [below + above, n]), prevalence, bins=200).bins[-1]
        covered += binom.pmf(positives, n, chance) * (high.low <= truth <= high.high)
    assert 0.9 <= covered <= 0.98


def test_what_cannot_be_judged_is_refused() -> None:
    scores = np.array([0.1, 0.9])
    for labels, prevalence, bins, told in (
        ([1, 1], 0.5, 10, "labels must hold both classes, got 2 positives among 2 images"),
        ([0, 1], 1.0, 10, "prevalence must be in (0, 1), got 1.0; give the share of positives in use"),
        ([0, 1], 0.5, 0, "bins must be >= 1, got 0"),
    ):
        with pytest.raises(ValueError, match=re.escape(told)):
            reliability(np.array(labels), scores, prevalence, bins)


def judged(brier: float, error: float) -> Reliability:
    return Reliability(brier=brier, calibration_error=error, bins=(
        Bin(mean_score=0.2, observed=0.1, images=9, low=0.0, high=0.4),))  # fmt: skip


def test_scores_are_corrected_but_where_the_form_does_not_fit_at_all() -> None:
    labels, scores = untied()
    for misfit, learned, told in (("", 0.5, True), (ROUGHLY, 0.5, True), (FOCAL, 0.5, False), ("saw one", 1.0, False)):
        found = calibrate(labels, scores, learned, 0.2, misfit)
        assert (found.after is not None, found.misfit) == (told, misfit)
        assert found.before == reliability(labels, scores, 0.2)
    with pytest.raises(ValueError, match="learned must be in"):
        calibrate(labels, scores, 1.0, 0.2, "")


def test_correcting_to_where_the_scores_come_from_changes_nothing() -> None:
    found = calibrate(*untied(), 0.3, 0.3, "")
    assert found.after and found.after.brier == pytest.approx(found.before.brier)
    assert found.after.calibration_error == pytest.approx(found.before.calibration_error)


def test_the_table_has_a_row_per_bin_before_and_after() -> None:
    fits, not_corrected = calibrate(*untied(), 0.5, 0.2, ""), calibrate(*untied(), 0.5, 0.2, FOCAL)
    found = table({"none": [fits, fits], "focal": [not_corrected]})
    assert len(found) == 10 * (2 + 2 + 1)
    assert found.groupby(["cell", "trial"], sort=False)["scores"].unique().map(list).to_dict() == {
        ("none", 1): ["before", "after"], ("none", 2): ["before", "after"], ("focal", 1): ["before"],
    }  # fmt: skip
    assert fits.after
    last = found[(found["cell"] == "none") & (found["scores"] == "after")].iloc[-1]
    assert last[["bin", "brier"]].tolist() == [10, fits.after.brier]
    assert Bin(**last[list(Bin.model_fields)].to_dict()) == fits.after.bins[-1]
    assert isinstance(found, pd.DataFrame) and not table({}).columns.difference(found.columns).any()
