"""Scores and thresholds moved from the prior that a loss saw to a prevalence, and where that does not fit."""

import sys

import numpy as np
import numpy.typing as npt

from steelyard.models.handlings.registry import method_of
from steelyard.models.spec.trial import Handling, Recipe

Scores = npt.NDArray[np.floating]
Values = npt.NDArray[np.float64]

TWICE = "its loss took a softmax of probabilities, so its scores are not the posterior at any prior"

ROUGHLY = "its handling set in late, so the prior that its loss saw changed and the correction fits only roughly"
"""The one misfit in spite of which a correction is worth giving."""


def correct(scores: Scores, learned: float, wanted: float) -> Values:
    """Scores as they would be had the loss seen another share of positives:  odds * odds(wanted) / odds(learned).

    Class weights, sampling, thinning and the logit adjustment all multiply the odds of every image by one number; this
    divides by it. The order of the scores stays, and with it every decision whose threshold is ``moved`` likewise. To
    ``wanted`` and back is the identity, but where a score is so near 1 that float64 rounds it.

    Args:
        scores: (n,) float in [0, 1], probability of the positive; computed in float64 whatever it comes in.
        learned: share of positives that the loss saw, in (0, 1); ``Effect.effective_prior``.
        wanted: prevalence, in (0, 1).

    Returns:
        (n,) float64 in [0, 1]; 0 stays 0 and 1 stays 1.

    Raises:
        ValueError: ``learned`` or ``wanted`` is not in (0, 1), or a score is not in [0, 1].

    Source:
        Saerens, Latinne & Decaestecker 2002, "Adjusting the outputs of a classifier to new a priori probabilities",
        eq. 2.4; Elkan 2001, theorem 2; for undersampling Dal Pozzolo et al. 2015, "Calibrating probability
        with undersampling", the case of  odds(learned) = odds(wanted) / kept share.
    """
    _check(learned, wanted)
    given = np.asarray(scores, dtype=np.float64)
    if not ((given >= 0) & (given <= 1)).all():
        raise ValueError(
            f"scores must be in [0, 1], got {given.min()} to {given.max()}; give probabilities, not logits"
        )
    # By the odds against the positive: each step rounds in order, so no two scores change places. Those of 0 are
    # infinite, and so are those of a subnormal score, which becomes 0.
    with np.errstate(divide="ignore", over="ignore"):
        corrected: Values = 1 / (1 + (1 - given) / given * _factor(learned, wanted))
    return corrected


def moved(threshold: float, learned: float, wanted: float) -> float:
    """A threshold on the scale of corrected scores; outside [0, 1], where it calls all images or none, it stays.

    ``learned``, ``wanted`` and their errors are those of ``correct``.
    """
    inside = min(max(threshold, 0.0), 1.0)
    corrected = float(correct(np.array([inside]), learned, wanted)[0])
    return corrected if inside == threshold else threshold


def misfit(handling: Handling, recipe: Recipe, learned: float) -> str:
    """Why ``correct`` does not fit what was trained, in words; "" where it does.

    It fits where the scores estimate a posterior at some prior: plain or weighted cross-entropy, with or without a
    logit adjustment, on any stream. That the network estimates it well, nobody promises: where it has learnt its
    training set by heart, its scores are too sure at any prior.

    Returns:
        Reasons joined by "and"; ``ROUGHLY`` where a deferred handling is the only one.
    """
    reasons = (
        "" if 0 < learned < 1 else "its loss saw one class only, so its scores hold no odds to correct",
        method_of(handling.name).misfit,
        TWICE if recipe.softmax_twice else "",
        ROUGHLY if handling.begins(recipe.epochs) else "",
    )
    return ", and ".join(filter(None, reasons))


def _factor(learned: float, wanted: float) -> float:
    """What the odds against the positive are multiplied by; finite and not 0, so that 0 and 1 stay."""
    factor = learned / (1 - learned) * ((1 - wanted) / wanted)
    return min(max(factor, sys.float_info.min), sys.float_info.max)


def _check(learned: float, wanted: float) -> None:
    if not 0 < learned < 1:
        raise ValueError(
            f"learned must be in (0, 1), got {learned}; a loss that saw one class only leaves no odds to correct"
        )
    if not 0 < wanted < 1:
        raise ValueError(f"wanted must be in (0, 1), got {wanted}; give the share of positives in use, such as 0.05")
