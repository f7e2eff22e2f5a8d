"""Which of the new images are most worth a label."""

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import chain, zip_longest

import numpy as np
import numpy.typing as npt

from steelyard.models.drift.coordinates import space

MOST = 24
"""Images that are named."""

UNUSUAL = 0.99
"""Share of the known images that are nearer to another known one: of new ones as before 1 % are called unlike."""

UNCERTAIN, UNLIKE = "near the threshold", "unlike the known images"

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Nearness:
    """How far new images are from the known ones.

    Attributes:
        nearest: (n,) int64, place of the nearest known image.
        distance: (n,) float, to that, in units of what ``UNUSUAL`` of the known images keep to: above 1 is unlike.
    """

    nearest: Rows
    distance: npt.NDArray[np.float64]


def nearness(known: npt.NDArray[np.floating], new: npt.NDArray[np.floating], widths: Sequence[int] = ()) -> Nearness:
    """Compare (n, D) new features with (m, D) known ones, m >= 2, along the principal axes of the known."""
    along = space(known, widths or (known.shape[1],))
    there, here = along.of(known), along.of(new)
    own = _apart(there, there)
    np.fill_diagonal(own, np.inf)
    usual = max(float(np.quantile(own.min(axis=1), UNUSUAL)), 1e-12)
    apart = _apart(here, there)
    return Nearness(apart.argmin(axis=1), apart.min(axis=1) / usual)


def _apart(first: npt.NDArray[np.float32], second: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
    one, other = first.astype(np.float64), second.astype(np.float64)
    squares = np.sum(one**2, axis=1)[:, None] + np.sum(other**2, axis=1) - 2 * one @ other.T
    apart: npt.NDArray[np.float64] = np.sqrt(np.maximum(squares, 0))
    return apart


def next_labels(
    scores: npt.NDArray[np.floating], threshold: float, near: Nearness | None, most: int = MOST
) -> list[tuple[int, str]]:
    """Rows of the images to label first, and why: half of them uncertain and half unlike all known ones, in turn.

    The one whose score is next to the threshold in log odds comes first; where the highest score of several classes
    decides, the one whose highest score is lowest. Where fewer are unlike, more are uncertain.

    Args:
        scores: (n,) float in [0, 1].
        threshold: on their scale; negative where the highest score decides.
        near: None where there are no features.
        most: rows at most.

    Source:
        Lewis & Gale 1994, "A sequential algorithm for training text classifiers" (uncertainty sampling).
    """
    unlike = [] if near is None else [int(row) for row in np.argsort(-near.distance) if near.distance[row] > 1]
    uncertain = np.argsort(scores if threshold < 0 else np.abs(_log_odds(scores) - _log_odds(threshold)), kind="stable")
    both = zip_longest([(int(row), UNCERTAIN) for row in uncertain], [(row, UNLIKE) for row in unlike])
    first: dict[int, str] = {}
    for row, why in filter(None, chain.from_iterable(both)):
        first.setdefault(row, why)
    return list(first.items())[:most]


def _log_odds(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    inside = np.clip(np.asarray(scores, np.float64), 2.0**-23, 1 - 2.0**-23)
    odds: npt.NDArray[np.float64] = np.log(inside / (1 - inside))
    return odds
