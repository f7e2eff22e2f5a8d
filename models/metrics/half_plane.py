"""A constraint as a half-plane of recall and false-positive rate."""

from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Values = npt.NDArray[np.float64]

TOLERANCE = 1e-12
"""Share of |a| + |b| + |c| that a constraint may be missed by, so that one met exactly is met despite rounding."""


class HalfPlane(NamedTuple):
    """The points at which  a TPR + b FPR >= c  holds; ``b`` is at most 0, as false alarms never help.

    Attributes:
        a: weight of the recall (TPR); a number, or one for each point.
        b: weight of the false-positive rate (FPR), likewise.
        c: what the weighted sum must reach, likewise.
    """

    a: float | Values
    b: float | Values
    c: float | Values

    def value(self, tpr: float | Values, fpr: float | Values) -> Values:
        """Compute the slack  a TPR + b FPR - c:  0 on the edge, negative where the constraint is missed."""
        return np.asarray(self.a * tpr + self.b * fpr - self.c, np.float64)

    def allows(self, tpr: float | Values, fpr: float | Values) -> npt.NDArray[np.bool_]:
        """Return whether the constraint holds at each point; on the edge it does."""
        scale = np.abs(self.a) + np.abs(self.b) + np.abs(self.c)
        return np.asarray(self.value(tpr, fpr) >= -TOLERANCE * scale, np.bool_)

    def highest_fpr(self, tpr: Values) -> Values:
        """Compute the highest false-positive rate that is allowed at each recall.

        Args:
            tpr: (k,) float64 in [0, 1].

        Returns:
            (k,) float64:  (a TPR - c) / -b,  clipped to [0, 1]; NaN where no rate is allowed.
        """
        most = np.divide(self.value(tpr, 0.0), -np.asarray(self.b), out=np.ones_like(tpr), where=np.less(self.b, 0))
        return np.where(self.allows(tpr, 0.0), np.clip(most, 0.0, 1.0), np.nan)
