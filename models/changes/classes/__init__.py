"""What changed between two sweeps in which every class counts."""
