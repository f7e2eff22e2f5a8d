"""What is trained: a `Trial`, frozen, with everything that can change its metrics and nothing else."""

import math
from typing import Literal

from pydantic import BaseModel, ConfigDict

Network = Literal["tutorial", "residual"]
Precision = Literal["float32", "bfloat16"]


class Frozen(BaseModel):
    """A value: immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Partition(Frozen):
    """Which images are train, val and test; every trial of a sweep has the same.

    Attributes:
        positive: name of the class that is label 1.
        negative: name of the class that is label 0; "" for every other class.
        train_counts: images to take per class, in path order, as ``cat=4800,dog=1200``; "" for all.
        imbalance: share of positives in train after thinning them, in (0, 1); None for no thinning.
        split_seed: seed of the carving and the thinning.
    """

    positive: str
    negative: str = ""
    train_counts: str = ""
    imbalance: float | None = None
    split_seed: int = 0


class Handling(Frozen):
    """What is done about the imbalance, resolved to numbers.

    Attributes:
        name: the stream of indices: ``none``, ``weights``, ``downsample`` or ``upsample``.
        class_weights: cost of an error on class 0 and 1, summing to 1; (0.5, 0.5) where there are none.
    """

    name: str
    class_weights: tuple[float, float] = (0.5, 0.5)

    @property
    def label(self) -> str:
        """What people call it: ``none``, ``downsample``, ``weights 0.85``; four digits of the smaller weight."""
        if self.name != "weights":
            return self.name
        digits = max(4, 2 - math.floor(math.log10(min(self.class_weights))))
        return f"weights {round(self.class_weights[1], digits):g}"


class Recipe(Frozen):
    """Network, optimiser, schedule, augmentation and budget.

    Attributes:
        name: ``sound``.
        network: ``residual`` or ``tutorial`` size.
        epochs: passes of ceil(train size / batch) steps.
        batch: images per step.
        learning_rate: peak of the one-cycle schedule, per step.
        weight_decay: of AdamW, per step and unit of learning rate.
        crop: largest shift in each direction, in pixels.
        flip: whether half of the images are mirrored left to right.
        mirrored_view: whether scores are the mean over the image and its mirror image.
    """

    name: str = "sound"
    network: Network = "residual"
    epochs: int = 24
    batch: int = 64
    learning_rate: float = 5e-3
    weight_decay: float = 0.05
    crop: int = 2
    flip: bool = True
    mirrored_view: bool = True


class Compute(Frozen):
    """What of the machine can change a metric.

    Attributes:
        device: type of the device, ``cpu``, ``cuda`` or ``mps``; never its number.
        threads: of one trial, on the CPU; the order of summation depends on it.
        precision: of the forward and backward pass in training; scores are always float32.
    """

    device: str
    threads: int
    precision: Precision


class Trial(Frozen):
    """One training run: partition x handling x seed x recipe, on one image set and one kind of machine."""

    image_set: str
    partition: Partition
    handling: Handling
    seed: int
    recipe: Recipe
    compute: Compute

    @property
    def name(self) -> str:
        """``weights 0.85 · seed 1``."""
        return f"{self.handling.label} · seed {self.seed}"
