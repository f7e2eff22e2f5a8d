"""Calibration: scores corrected to the prevalence that is wanted, and how far they can be believed before and after."""

from steelyard.models.calibration.correction_effect import Calibration, calibrate, sentence, table
from steelyard.models.calibration.priors import correct, misfit, moved
from steelyard.models.calibration.reliability import Bin, Reliability, reliability

__all__ = [
    "Bin",
    "Calibration",
    "Reliability",
    "calibrate",
    "correct",
    "misfit",
    "moved",
    "reliability",
    "sentence",
    "table",
]
