"""How often the same test images were asked, and what the best of so many answers owes to luck."""

from statistics import NormalDist

from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import Estimate


class Looks(Frozen):
    """Questions asked of the same test images, that of the sweep in question included.

    Attributes:
        sweeps: that asked for different things.
        gates: of registered models that were let in or kept out by them.
    """

    sweeps: int = 1
    gates: int = 0

    @property
    def all(self) -> int:
        """Of both kinds."""
        return self.sweeps + self.gates


def optimism(estimate: Estimate, looks: int) -> float:
    """By how much the best of so many equally good answers is expected to be too high, in the unit of the estimate.

    The expected largest of k draws of the estimate's error, as if they were independent, which is the worst case:
    sweeps on the same images err alike. The error's deviation is taken from the 95 % interval.

    Source:
        Blom 1958, Statistical Estimates and Transformed Beta-Variables: the largest of k normal draws is expected near
        the quantile (k - 3/8) / (k + 1/4).
    """
    normal = NormalDist()
    deviation = (estimate.high - estimate.low) / (2 * normal.inv_cdf(0.975))
    return deviation * normal.inv_cdf((looks - 0.375) / (looks + 0.25)) if looks > 1 else 0.0
