"""The stream of indices that a handling turns train into: one row per epoch, the same work for every handling."""

import numpy as np
import numpy.typing as npt

from models.handlings.registry import METHODS, Indices, Labels, everything


def draw(labels: Labels, name: str, seed: int, epochs: int) -> npt.NDArray[np.int64]:
    """Indices in the order a trial sees them; a pure function of its arguments.

    An epoch is n draws for every handling, so handlings are compared on equal work: what the handling selects is
    shuffled, again and again until n is reached, and cut there.

    Args:
        labels: (n,) int in {0, 1}; labels of train.
        name: of the handling as resolved: ``none``, ``weights``, ``downsample`` or ``upsample``.
        seed: of the trial.
        epochs: rows to draw.

    Returns:
        (epochs, n) int64, positions in ``labels``.
    """
    rng = np.random.default_rng([seed, 1])
    select = METHODS[name].select if name in METHODS else everything
    return np.stack([_fill(select(labels, rng), len(labels), rng) for _ in range(epochs)])


def _fill(selected: Indices, length: int, rng: np.random.Generator) -> Indices:
    passes = -(-length // len(selected))
    return np.concatenate([rng.permutation(selected) for _ in range(passes)])[:length]


def effective_prior(draws: tuple[int, int], class_weights: tuple[float, float]) -> float:
    """Share of positives that the loss sees:  n1 r1 w1 / (n0 r0 w0 + n1 r1 w1).

    Args:
        draws: images drawn of class 0 and 1, n_c r_c.
        class_weights: w_c, > 0, no unit.

    Returns:
        In [0, 1].

    Source:
        Elkan 2001, "The foundations of cost-sensitive learning", theorem 1, solved for the prior.
    """
    negative, positive = (count * weight for count, weight in zip(draws, class_weights, strict=True))
    return positive / (negative + positive)
