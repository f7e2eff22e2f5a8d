"""What changed between two sweeps: images, spec, versions and result."""
