"""Calibration: scores corrected to the prevalence that is wanted, and how far they can be believed before and after."""

from models.calibration.account import Calibration, calibrate, sentence, table
from models.calibration.priors import correct, misfit, moved
from models.calibration.reliability import Bin, Reliability, reliability

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
