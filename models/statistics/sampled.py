"""A metric of some trials on the images and on bootstrap samples of them, and without each fold."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Self

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Sampled:
    """A metric of some trials, on the images and on bootstrap samples of them.

    Attributes:
        value: (T,) float64, on the images themselves.
        replicates: (B, T) float64; row b is of the same sample for every trial.
        without: the same, (F, T) and (B, F, T), with each fold's images left out; None where there are no folds.
    """

    value: Values
    replicates: Values
    without: Self | None = None

    @classmethod
    def combined(cls, metric: Callable[..., Values], *parts: "Sampled") -> Self:
        """What a function makes of the values of some metrics, place by place."""
        rest = [part.without for part in parts if part.without]
        return cls(
            metric(*(part.value for part in parts)),
            metric(*(part.replicates for part in parts)),
            cls.combined(metric, *rest) if len(rest) == len(parts) else None,
        )

    def of(self, columns: npt.NDArray[np.int64]) -> Self:
        """Of some of the trials, by their place."""
        return self.combined(lambda values: values[..., columns], self)

    def __sub__(self, other: Self) -> Self:
        """Trial by trial, sample by sample."""
        return self.combined(np.subtract, self, other)

    def __truediv__(self, number: float) -> Self:
        """In another unit."""
        return self.combined(lambda values: values / number, self)

    @property
    def units(self) -> "Sampled":
        """What varies beside the images: (U,) and (B, U) of the trials, or where there are folds of these.

        A fold's is its pseudo-value, F m - (F - 1) m_k, where m_k is the metric without it, averaged over the trials.

        Source:
            Tukey 1958, "Bias and confidence in not quite large samples".
        """
        if self.without is None:
            return self
        folds, left = len(self.without.value), self.without
        return Sampled(
            folds * self.value.mean() - (folds - 1) * left.value.mean(axis=-1),
            folds * self.replicates.mean(axis=-1, keepdims=True) - (folds - 1) * left.replicates.mean(axis=-1),
        )
