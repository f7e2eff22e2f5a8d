"""A trial of which a test says only what matters to it."""

from typing import Any

from steelyard.models.spec.trial import Compute, Handling, Partition, Recipe, Trial


def cpu_trial(**given: Any) -> Trial:
    """The unweighted baseline for dogs with seed 1, on one thread of a CPU, but for the fields that are given."""
    usual = {
        "image_set": "0" * 16,
        "partition": Partition(positive="dog"),
        "handling": Handling(name="none"),
        "seed": 1,
        "recipe": Recipe(),
        "compute": Compute(device="cpu", threads=1, precision="float32"),
    }
    return Trial(**usual | given)
