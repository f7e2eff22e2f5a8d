"""How cells differ from the baseline, and what that says of them in a word."""

from collections.abc import Mapping, Sequence

import numpy as np
import scipy

from steelyard.models.metrics.registry import metric as of_key
from steelyard.models.objective.rates import Values
from steelyard.models.statistics.significance import holm
from steelyard.models.verdict.cell_verdict import Difference, Shape
from steelyard.models.verdict.chosen import LEVEL
from steelyard.models.verdict.estimates import Z_95
from steelyard.models.verdict.measured import Measured
from steelyard.models.verdict.scored_trials import Cell

POWER = 0.8
"""In how many sweeps a difference is to be shown that is called detectable."""


def differences(measured: Measured, base: Cell | None) -> dict[Cell, dict[str, Difference]]:
    """Return each cell's metrics minus the baseline's, by metric, with Holm's correction over the cells within each.

    They are the objective's metric, with thresholds that each sample chooses again for both, and the ROC area; where
    every class counts the balanced accuracy too.
    """
    cells = [cell for cell in measured.chosen.cells if cell != base] if base else []
    found: dict[Cell, dict[str, Difference]] = {cell: {} for cell in cells}
    for metric in measured.compared if cells else ():
        pairs = [measured.differing(metric, cell, base) for cell in cells if base]
        for cell, difference in zip(cells, of_errors(pairs, of_key(metric).bounded), strict=True):
            found[cell][metric] = difference
    return found


def of_errors(pairs: Sequence[tuple[float, Values]], bounded: bool = True) -> list[Difference]:
    """Return differences from their value and its (B,) errors on samples, corrected for how many they are."""
    means = [value - float(errors.mean()) for value, errors in pairs]
    deviations = [max(float(errors.std(ddof=1)), 1e-12) for _, errors in pairs]
    p = [
        float(2 * scipy.special.ndtr(-abs(mean) / deviation)) for mean, deviation in zip(means, deviations, strict=True)
    ]
    shown = float(scipy.special.ndtri(1 - LEVEL / 2 / max(1, len(pairs))) + scipy.special.ndtri(POWER))
    ends = (-1.0, 1.0) if bounded else (-np.inf, np.inf)
    return [
        Difference(
            value=min(ends[1], max(ends[0], mean)),
            low=max(ends[0], mean - Z_95 * deviation),
            high=min(ends[1], mean + Z_95 * deviation),
            p_holm=corrected,
            detectable=shown * deviation,
        )
        for mean, deviation, corrected in zip(means, deviations, holm(p), strict=True)
    ]


def shape(found: Mapping[str, Difference]) -> Shape:
    """Return the word for a cell: by the first of its differences that is shown after Holm's correction."""
    for metric, difference in found.items():
        if difference.p_holm <= LEVEL:
            return "better" if (difference.value > 0) == of_key(metric).higher_is_better else "worse"
    return "same curve"
