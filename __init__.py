"""Finds the class weights, resampling and decision threshold for imbalanced image data."""
