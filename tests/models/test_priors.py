"""The correction of scores to a prevalence: the papers' figures, Bayes' rule, what stays, and where it does not fit."""

import re
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit, logit
from scipy.stats import norm

from steelyard.models.calibration.priors import ROUGHLY, correct, misfit, moved
from steelyard.models.handlings.index_stream import effective_priors
from steelyard.models.handlings.parse import resolve
from steelyard.models.handlings.registry import METHODS
from steelyard.models.metrics import metrics
from steelyard.models.spec.trial import Handling, Recipe

PRIOR = st.floats(0.001, 0.999)
ANY_PRIOR = st.floats(0, 1, exclude_min=True, exclude_max=True)
SCORES = st.lists(st.floats(0, 1), min_size=1, max_size=30)
SCORES_32 = st.lists(st.floats(0, 1, width=32), min_size=1, max_size=30)
ONE_CLASS = "its loss saw one class only, so its scores hold no odds to correct"


@dataclass(frozen=True)
class Undersampling:
    """Dal Pozzolo et al. 2015: negatives kept with probability ``kept``; p = kept p_s / (kept p_s - p_s + 1)."""

    kept: float

    def undone(self, score: float) -> float:
        return self.kept * score / (self.kept * score - score + 1)

    def learned(self, prevalence: float) -> float:
        return prevalence / (prevalence + self.kept * (1 - prevalence))


def one(score: float, learned: float, wanted: float) -> float:
    return float(correct(np.array([score]), learned, wanted)[0])


def test_a_quarter_of_the_negatives_kept_makes_a_half_a_fifth() -> None:
    quarter = Undersampling(0.25)
    assert quarter.undone(0.5) == pytest.approx(0.2)
    assert one(0.5, quarter.learned(0.03), 0.03) == pytest.approx(0.2)


@given(st.floats(0.01, 1), st.floats(0, 1), PRIOR)
def test_undersampling_is_undone_as_its_paper_has_it(kept: float, score: float, prevalence: float) -> None:
    thinned = Undersampling(kept)
    assert one(score, thinned.learned(prevalence), prevalence) == pytest.approx(thinned.undone(score), abs=1e-12)


@given(st.floats(0.001, 0.999), PRIOR, PRIOR)
def test_it_is_theorem_2_of_elkan(score: float, learned: float, wanted: float) -> None:
    p, b, c = score, learned, wanted
    assert one(p, b, c) == pytest.approx(c * (p - p * b) / (b - p * b + c * p - b * c), rel=1e-9)


@given(st.floats(-4, 4), PRIOR, PRIOR)
def test_the_posterior_of_two_gaussians_moves_from_one_prior_to_another(
    value: float, learned: float, wanted: float
) -> None:
    likelihood = norm.pdf(value, loc=[0.0, 1.5])
    at = {prior: prior * likelihood[1] / (prior * likelihood[1] + (1 - prior) * likelihood[0]) for prior in (
        learned, wanted)}  # fmt: skip
    assert one(at[learned], learned, wanted) == pytest.approx(at[wanted], rel=1e-9)


@given(st.floats(-30, 30), PRIOR, PRIOR)
def test_it_adds_to_the_logit(value: float, learned: float, wanted: float) -> None:
    expected = expit(value - logit(learned) + logit(wanted))
    assert one(float(expit(value)), learned, wanted) == pytest.approx(expected, rel=1e-3 if value > 20 else 1e-6)


@given(st.lists(st.just(0.0) | st.floats(1e-300, 0.999), min_size=1, max_size=30), PRIOR, PRIOR)
def test_there_and_back_is_the_identity(scores: list[float], learned: float, wanted: float) -> None:
    back = correct(correct(np.array(scores), learned, wanted), wanted, learned)
    np.testing.assert_allclose(back, scores, rtol=1e-9)


@given(SCORES, ANY_PRIOR, ANY_PRIOR)
def test_no_two_scores_change_places_and_both_ends_stay(scores: list[float], learned: float, wanted: float) -> None:
    ordered = correct(np.array([0.0, *sorted(scores), 1.0]), learned, wanted)
    assert (np.diff(ordered) >= 0).all()
    assert (ordered[0], ordered[-1]) == (0.0, 1.0)


@given(SCORES_32, st.floats(0.001, 0.999), PRIOR, PRIOR)
def test_decisions_stay_where_the_threshold_is_moved_likewise(
    scores: list[float], threshold: float, learned: float, wanted: float
) -> None:
    given_scores, at = np.array(scores, dtype=np.float32), moved(threshold, learned, wanted)
    called = correct(given_scores, learned, wanted) >= at
    # Rounding may make a score equal to the threshold next to it, never put it on the other side.
    near = np.isclose(given_scores.astype(np.float64), threshold, rtol=1e-12, atol=0)
    np.testing.assert_array_equal(called[~near], (given_scores.astype(np.float64) >= threshold)[~near])


@pytest.mark.parametrize("threshold", [-0.1, 0.0, 1.0, float(np.nextafter(1, 2))])
def test_a_threshold_that_calls_all_or_none_stays(threshold: float) -> None:
    assert moved(threshold, 0.5, 0.05) == threshold


def test_argmax_of_weights_by_inverse_frequency_is_a_threshold_at_the_share_of_positives() -> None:
    assert moved(metrics.ARGMAX, 0.5, 0.2) == pytest.approx(0.2)


@given(SCORES_32, PRIOR, PRIOR)
def test_float32_is_computed_in_float64(scores: list[float], learned: float, wanted: float) -> None:
    narrow = np.array(scores, dtype=np.float32)
    found: npt.NDArray[np.float64] = correct(narrow, learned, wanted)
    assert found.dtype == np.float64
    np.testing.assert_array_equal(found, correct(narrow.astype(np.float64), learned, wanted))


@pytest.mark.parametrize("learned", [0.0, 1.0, -0.1, float("nan")])
def test_a_prior_of_one_class_only_is_refused(learned: float) -> None:
    told = f"learned must be in (0, 1), got {learned}; a loss that saw one class only leaves no odds to correct"
    with pytest.raises(ValueError, match=re.escape(told)):
        correct(np.array([0.5]), learned, 0.2)


@pytest.mark.parametrize("wanted", [0.0, 1.0, 5.0])
def test_a_prevalence_outside_zero_and_one_is_refused(wanted: float) -> None:
    told = f"wanted must be in (0, 1), got {wanted}; give the share of positives in use, such as 0.05"
    with pytest.raises(ValueError, match=re.escape(told)):
        correct(np.array([0.5]), 0.2, wanted)


def test_logits_are_refused() -> None:
    told = "scores must be in [0, 1], got -2.0 to 3.0; give probabilities, not logits"
    with pytest.raises(ValueError, match=re.escape(told)):
        correct(np.array([-2.0, 3.0]), 0.2, 0.5)


@pytest.mark.parametrize("name", METHODS)
def test_the_closed_form_fits_every_handling_but_those_that_say_why_not(name: str) -> None:
    handling = resolve(name, (48, 12))
    learned = effective_priors((48, 12), handling)[1]
    assert misfit(handling, Recipe(), learned) == (ROUGHLY if name == "deferred" else METHODS[name].misfit)


def test_reasons_are_joined_and_a_deferred_handling_that_begins_at_once_fits() -> None:
    late = resolve("deferred", (48, 12))
    assert misfit(Handling(name="weights", class_weights=(0, 1)), Recipe(), 1.0) == ONE_CLASS
    twice = misfit(late, Recipe(softmax_twice=True), 0.5)
    assert twice.startswith("its loss took a softmax of probabilities") and twice.endswith(f", and {ROUGHLY}")
    assert misfit(late, Recipe(epochs=1), 0.5) == ""
