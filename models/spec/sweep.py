"""What is asked for: a `Sweep`, frozen, validated, and complete.

Whatever can change a metric is a field here and is logged; whatever cannot is a setting (``tasks.settings``).
"""

from collections.abc import Callable, Mapping

from pydantic import Field, ValidationInfo, field_validator, model_validator

from steelyard.models.errors import BadInput
from steelyard.models.handlings.parse import parse
from steelyard.models.handlings.registry import METHODS
from steelyard.models.names import printable
from steelyard.models.objective import Objective
from steelyard.models.objective.objective import EDGE
from steelyard.models.spec import grid
from steelyard.models.spec.images import Images, ImagesOptions, Text
from steelyard.models.spec.recipes import LEAST_STEPS, RECIPES, recipes
from steelyard.models.spec.trial import FEATURES, SIZES, Part, Recipe, Trained
from steelyard.models.statistics.intervals import IntervalName

DEFAULT = "recall @ precision >= 0.7"
"""What is wanted where one class is to be found and nothing else is said."""

EVERY_CLASS = "balanced_accuracy"
"""The same where every class counts, and the one objective that is about all of them."""

SOUND, TUTORIAL = RECIPES["sound"], RECIPES["tutorial"]

READERS: dict[str, Callable[[str], object]] = {
    "weights": grid.weights,
    "seeds": grid.seeds,
    "train_counts": grid.counts,
    "handling": lambda text: [parse(written) for written in grid.names(text)],
    "objective": lambda text: text and Objective.parse(text),
}
"""What reads a field that is a small language; it refuses what means nothing."""


class Sweep(Images):
    """A grid of trials on one image set, and how they are compared."""

    positive: str = Field(
        default="",
        description="Class to find. Default: the one that the source names (elpv: defective), else every class counts; "
        "needed where there are only two.",
    )
    negative: str = Field(default="", description="Class to tell it from. Default: every other class.")
    train_counts: str = Field(
        default="", description="Training images to take per class, in path order: cat=4800,dog=1200."
    )
    imbalance: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="Share of positives in train; the rest of them are left out. 0 leaves train as it comes, the "
        "default of all sources but elpv (0.1).",
    )
    imbalance_factor: float | None = Field(
        default=None,
        ge=1,
        le=1e6,
        description="Where every class counts: images of the first class in train to one of the last, the classes "
        "between thinned to an exponential profile as in CIFAR-10-LT (100). Default: as it comes.",
    )
    split_seed: int = Field(default=0, ge=0, description="Seed of the partition; all trials of a sweep share it.")
    folds: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Parts of the images that take turns: each is test once, val once and train otherwise; 1 for one "
        "split, else 3 or more. Default: 5 where features is the only recipe, the source has no split of its own and "
        "each class is in 10 groups or more, else 1.",
    )
    drop_suspects: bool = Field(
        default=False,
        description="Recipe features: leave images out of train whose labels the others of train do not bear out. Val "
        "and test keep theirs. To look at them first: steelyard images.",
    )
    weights: str = Field(
        default="",
        description="Weights of the positive class, the negative gets the rest to 1: 0.7,0.8,0.9 or 0.5:0.95:10; of "
        "classes by name: cat=1,dog=4;cat=1,dog=9; or powers of the inverse class frequency: power:0:1:5. Default: "
        "odds sqrt(r), r and 2 r from the class ratio r in train (r / 2 below 1); where every class counts "
        f"{grid.POWER}{','.join(f'{power:g}' for power in grid.DEFAULT_POWERS)}.",
    )
    handling: str = Field(
        default="",
        description=f"Other handlings to try, comma-separated, options after colons (focal:gamma=2): "
        f"{', '.join(METHODS)}.",
    )
    seeds: str = Field(default="3", description="3 trains each cell with seeds 1, 2 and 3; 7, only with seed 7.")
    recipe: str = Field(
        default=FEATURES,
        description="How a network is trained: features (a linear head on a frozen, pretrained backbone), sound (a "
        "small network from scratch) or tutorial (the blog post's way, with its quirks); several, with commas, are "
        "compared in one sweep: features,sound.",
    )
    network: Trained | None = Field(
        default=None,
        description=f"Recipes sound and tutorial: {', '.join(f'{name} ({size})' for name, size in SIZES.items())} or, "
        f"in recipe tutorial only, tutorial. Default: the recipe's (sound: {SOUND.network}).",
    )
    epochs: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description=f"Recipe sound: passes of ceil(train size / batch) steps ({SOUND.epochs}, on few images as many as "
        f"make {LEAST_STEPS:,} steps); in recipe tutorial of what the handling selects ({TUTORIAL.epochs}).",
    )
    batch: int | None = Field(
        default=None,
        ge=2,
        description=f"Recipes sound and tutorial: images per step. Default: the recipe's ({SOUND.batch}).",
    )
    learning_rate: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description=f"Per step; in recipe sound the peak of the one-cycle schedule ({SOUND.learning_rate:g}), in "
        f"tutorial constant ({TUTORIAL.learning_rate:g}).",
    )
    validate_on: Part | None = Field(
        default=None,
        description="Part that chooses: val, or test as the tutorial has it, which makes test optimistic. Default: val "
        "(tutorial: test).",
    )
    softmax_twice: bool | None = Field(
        default=None,
        description="Recipe tutorial: the network ends in softmax, the loss applies it again. Default: on.",
    )
    frozen_batchnorm: bool | None = Field(
        default=None, description="Recipe tutorial: BatchNorm learns in eval mode from epoch 2 on. Default: on."
    )
    fixed_order: bool | None = Field(
        default=None, description="Recipe tutorial: images are shuffled once, not each epoch. Default: on."
    )
    fixed_pool: bool | None = Field(
        default=None, description="Recipe tutorial: one 3x3 average pool, blind to 7 of 16 cells. Default: on."
    )
    objective: str = Field(
        default="",
        description=f"What is wanted, on val: {DEFAULT} (default), recall @ false_positive_rate <= 0.1, "
        "recall @ alarms <= 30 per 1000 (images called positive), precision @ recall >= 0.95 (or under a bound on "
        "false_positive_rate or alarms), recall, f1, fbeta 2, balanced_accuracy, average_precision, or cost fn=10 fp=1 "
        "(of a missed positive and a false alarm). Add 'at prevalence 0.02' to judge it where 2 % are positive; where "
        "train is thinned its share is the default, and 'at prevalence test' is test's. Where "
        f"every class counts: {EVERY_CLASS} (default), or one of a class, as recall of CLASS @ precision >= 0.7.",
    )

    margin: float = Field(
        default=0.9,
        ge=EDGE,
        lt=1,
        description="Chance that the constraint is to hold with for all images, by which the threshold is chosen: the "
        f"higher, the further inside it. {EDGE:g} takes a threshold at the very edge of val.",
    )
    interval: IntervalName = Field(
        default="wilson",
        description="Interval of shares such as recall: wilson (covers 95 % on average) or clopper_pearson "
        "(at least 95 % everywhere, wider).",
    )

    @field_validator(*READERS)
    @classmethod
    def _can_be_read(cls, text: str, info: ValidationInfo) -> str:
        READERS[str(info.field_name)](text)
        return text

    @field_validator("positive", "negative", "train_counts")
    @classmethod
    def _is_printable(cls, text: str) -> str:
        return printable(text)

    @field_validator("folds")
    @classmethod
    def _leaves_train(cls, folds: int | None) -> int | None:
        if folds == 2:
            raise BadInput("folds must be 1, or 3 or more (one is test, one val, the rest train), got 2; try 5")
        return folds

    @model_validator(mode="after")
    def _fits_together(self) -> "Sweep":
        if self.positive and self.positive == self.negative:
            raise BadInput(f"positive and negative must be two classes, got {self.positive!r} for both")
        if self.positive and self.imbalance_factor is not None:
            share = 1 / (1 + self.imbalance_factor)
            raise BadInput(
                f"imbalance-factor must be left out where positive is given, got {self.imbalance_factor:g}; "
                f"--imbalance {share:.3g} leaves 1 {printable(self.positive)} to {self.imbalance_factor:g} others"
            )
        if (self.folds or 1) > 1 and (self.validate_on == "test" or self.recipe.strip() == "tutorial"):
            raise BadInput(f"folds must be 1 where test is to validate on, got {self.folds}; give --validate-on val")
        if self.drop_suspects and not self.embeds:
            raise BadInput(
                f"drop-suspects must be left out in recipe {printable(self.recipe)}, which has no features to "
                "find them by; give --recipe features, or correct them with --labels"
            )
        trained = self.trained_by()
        if 1 in grid.weights(self.weights).numbers and any(recipe.name != "tutorial" for recipe in trained):
            raise BadInput(
                f"weights must lie strictly between 0 and 1, got 1; the negative class gets the rest, and "
                f"{grid.WHY_NOT_ZERO}: try 0.95 (only recipe tutorial takes 1)"
            )
        return self

    def trained_by(self) -> tuple[Recipe, ...]:
        """The recipes with what was asked for.

        Raises:
            BadInput: a recipe that is not known, or a quirk or a network that it does not have.
        """
        return recipes(self.recipe, {field: getattr(self, field) for field in CHANGES})

    @property
    def wanted(self) -> Objective:
        """The objective with its margin."""
        return Objective.parse(self.objective, self.margin)

    @property
    def embeds(self) -> bool:
        """Whether a recipe needs features."""
        return FEATURES in grid.names(self.recipe)


CHANGES = tuple(field for field in Recipe.model_fields if field in Sweep.model_fields)
"""Fields of a recipe that a sweep may change."""


ByName = Text | Mapping[str, float]
"""Also with a number for each class, as ``{"cat": 1, "dog": 4}``."""


class SweepOptions(ImagesOptions, total=False):
    """The fields of ``Sweep`` as Python has them; None stands for the default."""

    positive: str | int
    negative: str | int
    train_counts: ByName
    imbalance: float | None
    imbalance_factor: float | None
    split_seed: int
    folds: int | None
    drop_suspects: bool
    weights: ByName
    handling: Text
    seeds: Text
    recipe: Text
    network: str | None
    epochs: int | None
    batch: int | None
    learning_rate: float | None
    validate_on: str | None
    softmax_twice: bool | None
    frozen_batchnorm: bool | None
    fixed_order: bool | None
    fixed_pool: bool | None
    objective: str
    margin: float
    interval: str
