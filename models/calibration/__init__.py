"""Calibration: scores corrected to the prevalence that is wanted, and how far they can be believed before and after."""
