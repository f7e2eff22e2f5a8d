"""Handlings of imbalance: each sets a stream of indices, a loss, or both; a few lines in the registry."""
