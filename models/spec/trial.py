"""What is trained: a `Trial`, frozen, with everything that can change its metrics and nothing else."""

import hashlib
import math
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field

Trained = Literal["residual", "plain", "tutorial"]
"""Networks on pixels, built in ``models.train.networks``."""

SIZES = {"residual": "112k parameters", "plain": "197k"}
"""Of those that any recipe on pixels but the tutorial's may train."""

Network = Literal[Trained, "linear", "backbone"]
Precision = Literal["float32", "bfloat16"]
Part = Literal["val", "test"]
Fit = Literal["pad", "crop", "stretch"]

LITE0 = "lite0"
"""The backbone that comes with Steelyard."""

FEATURES = "features"
"""The recipe that trains a linear head on features of a frozen backbone."""

FINETUNE = "finetune"
"""The recipe that trains the backbone on, from the head that ``features`` finds."""

BASELINE = "none"
"""Label of the handling that does nothing about the imbalance."""

LONGEST_LABEL = 60
"""Characters of what a handling is called; its options are a parameter of the trial whatever their length."""


class Frozen(BaseModel):
    """A value: immutable, and unknown keys are refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Partition(Frozen):
    """Which images are train, val and test; every trial of a sweep has the same.

    Attributes:
        positive: name of the class that is label 1; "" where every class counts, and labels are those of the image set.
        negative: name of the class that is label 0; "" for every other class.
        train_counts: images to take per class, in path order, as ``cat=4800,dog=1200``; "" for all.
        imbalance: share of positives in train after thinning them, in (0, 1); None for no thinning.
        imbalance_factor: images of the first class of train to one of the last, where every class counts, after
            thinning all but the first to an exponential profile; None for no thinning.
        split_seed: seed of the carving and the thinning.
        validate_on: ``val``; or ``test``, which then serves as both.
        folds: F parts of all images, each held out once, as val and as test; 1 where each part stays what it is.
        drop_suspects: whether images whose labels the others of train do not bear out are left out of it.
        dropped: a digest over which images these are, once that is known; "" where none is left out.
    """

    positive: str
    negative: str = ""
    train_counts: str = ""
    imbalance: float | None = None
    imbalance_factor: float | None = None
    split_seed: int = 0
    validate_on: Part = "val"
    folds: int = 1
    drop_suspects: bool = False
    dropped: str = ""

    @property
    def thins(self) -> bool:
        """Whether it leaves images out of train."""
        return bool(self.train_counts) or (self.imbalance, self.imbalance_factor) != (None, None)

    @property
    def turns(self) -> tuple[int, ...]:
        """The folds by number, from 1 on; 0 alone where there is one split."""
        return tuple(range(1, self.folds + 1)) if self.folds > 1 else (0,)

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        return not self.positive


class Handling(Frozen):
    """What is done about the imbalance, resolved to numbers; a number left out or at its default does nothing.

    Attributes:
        name: of the method; ``weights`` for all that only weigh.
        options: as people write them, ``gamma=2`` or ``after=0.8:by=weights``; "" for none.
        class_weights: cost of an error on each class, summing to 1; as many as there are classes.
        prior: share of each class in train, where the method needs it; else empty.
        weight_power: power of the inverse frequency that the weights are, where there are more than two classes.
        mixup_alpha: both parameters of the Beta distribution that images are mixed by; 0 for no mixing.
        deferred_after: share of the budget after which weights and sampling begin, in [0, 1).
        numbers: what the method's own loss or stream takes, by the parameter in MLflow: ``focal_gamma``.
        streamed: whether it chooses or mixes what is seen step by step; on features any other is a fixed loss, which
            is solved.
    """

    name: str
    options: str = ""
    class_weights: tuple[float, ...] = (0.5, 0.5)
    prior: tuple[float, ...] = ()
    weight_power: float = 0.0
    mixup_alpha: float = 0.0
    deferred_after: float = 0.0
    numbers: dict[str, float] = Field(default_factory=dict)
    streamed: bool = False

    def __hash__(self) -> int:
        return hash((self.name, self.options, self.class_weights))

    @property
    def label(self) -> str:
        """What people call it: ``none``, ``focal:gamma=2``, ``weights 0.85``; four digits of the smaller weight."""
        if self.name != "weights" or self.options:
            return _short(f"{self.name}:{self.options}") if self.options else self.name
        smaller = min(self.class_weights)
        digits = max(4, 2 - math.floor(math.log10(smaller))) if smaller else 4
        return f"weights {round(self.class_weights[1], digits):g}"

    @property
    def classes(self) -> int:
        """K, how many classes it is resolved for."""
        return len(self.class_weights)

    def number(self, parameter: str) -> float:
        """One of ``numbers``; 0 where it is left out."""
        return self.numbers.get(parameter, 0.0)

    def begins(self, epochs: int) -> int:
        """Epochs, of ``epochs``, before weights and sampling begin; at least one epoch has them."""
        return min(math.floor(self.deferred_after * epochs + 1e-9), epochs - 1)


def _short(label: str) -> str:
    """The same, or of a long one, such as the weights of many classes, its beginning and a digest of all of it."""
    if len(label) <= LONGEST_LABEL:
        return label
    digest = hashlib.sha256(label.encode()).hexdigest()[:6]
    return f"{label[: LONGEST_LABEL - 11]}... #{digest}"


class Recipe(Frozen):
    """Network, optimiser, schedule, augmentation and budget.

    Attributes:
        name: ``features``, ``finetune``, ``sound`` or ``tutorial``.
        network: ``linear`` (on features), ``backbone`` (trained on), ``residual``, ``plain`` or ``tutorial``.
        optimiser: ``adamw`` or ``adam``.
        schedule: ``one_cycle`` over all steps, or ``constant``.
        epochs: passes of ceil(train size / batch) steps, or of the handling's own stream.
        batch: images per step.
        learning_rate: peak of the one-cycle schedule, or constant; per step. Of ``finetune`` that of the head.
        weight_decay: of AdamW, per step and unit of learning rate.
        crop: largest shift in each direction, in pixels.
        flip: whether half of the images are mirrored left to right.
        mirrored_view: whether scores are the mean over the image and its mirror image.
        own_stream: whether an epoch is what the handling selects once, however many images that is.
        softmax_twice: whether the network ends in softmax although cross-entropy applies it again.
        frozen_batchnorm: whether BatchNorm is in eval mode while training, from the second epoch on (``finetune``:
            from the first).
        fixed_order: whether the stream is shuffled once and then repeated.
        fixed_pool: whether the network ends in one 3x3 average pool instead of a global one.
    """

    name: str = "sound"
    network: Network = "residual"
    optimiser: Literal["adamw", "adam"] = "adamw"
    schedule: Literal["one_cycle", "constant"] = "one_cycle"
    epochs: int = 30
    batch: int = 64
    learning_rate: float = 5e-3
    weight_decay: float = 0.3
    crop: int = 2
    flip: bool = True
    mirrored_view: bool = True
    own_stream: bool = False
    softmax_twice: bool = False
    frozen_batchnorm: bool = False
    fixed_order: bool = False
    fixed_pool: bool = False


BARE: dict[str, Any] = {"optimiser": "adam", "weight_decay": 0, "crop": 0, "flip": False, "mirrored_view": False}
"""Neither regularised nor augmented."""

HEADS = Recipe(name=FEATURES, network="linear", epochs=20, learning_rate=3e-3, **BARE)
"""Of a head; budget and steps are those of the handlings that are streams, the others are solved to convergence."""


class Embedding(Frozen):
    """How images become features: whatever of it changes, the features change.

    Attributes:
        backbone: ``lite0``, or a name of timm.
        weights: first 16 hexadecimal digits of the weights' SHA-256.
        size: pixels per side that the backbone sees.
        fit: how images that are not square are made so; None for padded beyond a ratio of 1.2, else stretched.
        interpolation: of Pillow, in lower case.
        layers: whose maps are pooled, as timm numbers them; the last layer's own pooling comes on top.
        mean: of the pixels of each channel, subtracted, in units of 255.
        std: likewise, divided by.
        views: 2 where features are the mean over an image and its mirror image, else 1.
        folded: whether each BatchNorm is part of the convolution before it.
        device: type of the device.
        threads: on a CPU.
        precision: of the backbone; features are float32.
    """

    backbone: str
    weights: str
    size: int
    fit: Fit | None
    interpolation: str
    layers: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    views: int
    folded: bool
    device: str
    threads: int
    precision: Precision


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
    """One training run: partition and fold x handling x seed x recipe, on one image set and one kind of machine.

    Attributes:
        image_set: its content hash.
        partition: what is train, val and test.
        handling: of the imbalance.
        seed: of everything random.
        recipe: how it is trained.
        compute: on what.
        embedding: what the features are made by; None for a recipe without a backbone.
        features: digest over image set and embedding, the code that embeds included; "" without a backbone.
        fold: that is held out, as val and as test, from 1 on; 0 where there is one split.
    """

    image_set: str
    partition: Partition
    handling: Handling
    seed: int
    recipe: Recipe
    compute: Compute
    embedding: Embedding | None = None
    features: str = ""
    fold: int = 0

    @property
    def seeded(self) -> bool:
        """Whether the seed changes anything: a head of a fixed loss is solved to convergence."""
        return self.recipe.name != FEATURES or self.handling.streamed

    @property
    def name(self) -> str:
        """``weights 0.85``, ``sound · weights 0.85 · fold 2 · seed 1``: a seed only where it changes something."""
        recipe = () if self.recipe.name == FEATURES else (self.recipe.name,)
        return " · ".join((*recipe, self.handling.label)) + self.apart

    @property
    def apart(self) -> str:
        """Behind the name of its cell, what tells it from the cell's other trials: `` · fold 2 · seed 1``."""
        return f" · fold {self.fold}" * bool(self.fold) + f" · seed {self.seed}" * self.seeded

    @property
    def budget(self) -> int:
        """Epochs; of a head that is solved 1, whatever its iterations."""
        return self.recipe.epochs if self.seeded else 1
