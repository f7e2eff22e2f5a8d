"""What changed between two sweeps: images, spec, versions, result, and the metrics of each cell."""
