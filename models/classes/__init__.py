"""Sweeps in which every class counts: more than two, and none of them the one to find."""
