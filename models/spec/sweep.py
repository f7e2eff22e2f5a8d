"""What is asked for: a `Sweep`, frozen, validated, and complete.

Whatever can change a metric is a field here and is logged; whatever cannot is a setting (``tasks.settings``).
"""

from collections.abc import Callable, Mapping
from itertools import combinations

from pydantic import Field, ValidationInfo, field_validator, model_validator

from steelyard.models.errors import BadInput
from steelyard.models.handlings.parse import parse
from steelyard.models.handlings.registry import METHODS
from steelyard.models.names import cut, printable
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES, GRAMMAR
from steelyard.models.spec import grid
from steelyard.models.spec.images import FOR_ONE, Images, ImagesOptions, Text
from steelyard.models.spec.recipes import LEAST_STEPS, RECIPES, recipes
from steelyard.models.spec.trial import FEATURES, FINETUNE, SIZES, Part, Recipe, Trained

DEFAULT = "recall @ precision >= 0.7"
"""What is wanted where one class is to be found and nothing else is said."""

EVERY_CLASS = "balanced_accuracy"
"""The same where every class counts, and the one objective that is about all of them."""

LONGEST = 150
"""Characters of a title."""

SOUND, TUTORIAL, TUNED = RECIPES["sound"], RECIPES["tutorial"], RECIPES[FINETUNE]

CHOICES = [",".join(names) for number in range(1, len(RECIPES) + 1) for names in combinations(RECIPES, number)]
"""What a form offers as recipes."""

STARTS = rf"^\s*({'|'.join(dict.fromkeys(example.split()[0] for example in EXAMPLES))}|$)"
"""What an objective begins with, which a form can tell; the rest is for the grammar."""

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
        description="Class to find; needed where there are only two. Default: the source's (elpv: defective), else "
        "every class counts.",
    )
    negative: str = Field(default="", description="Class to tell it from. Default: every other class.")
    train_counts: str = Field(
        default="",
        description="Training images to take per class, in path order: cat=4800,dog=1200. Default: all.",
    )
    imbalance: float | None = Field(
        default=None,
        ge=0,
        lt=1,
        description="Share of positives in train; the rest of them are left out, and 0 leaves out none. Default: 0 "
        "(elpv: 0.1).",
    )
    imbalance_factor: float | None = Field(
        default=None,
        ge=1,
        le=1e6,
        description="Where every class counts: images of the first class in train to one of the last, the others "
        "between, as in CIFAR-10-LT (100). Default: as they come.",
    )
    split_seed: int = Field(default=0, ge=0, description="Seed of the division into train, val and test.")
    folds: int | None = Field(
        default=None,
        ge=1,
        le=100,
        description="Parts of the images, each held out once while the others train; 1 for one split. Default: 5 "
        "where features is the only recipe, the source has no split and each class has 10 groups or more, else 1.",
    )
    drop_suspects: bool = Field(
        default=False,
        description="Leave images out of train whose labels the others of train do not bear out (recipe features).",
    )
    weights: str = Field(
        default="",
        description="Weights of the positive class, the negative gets the rest to 1: 0.7,0.8,0.9 or 0.5:0.95:10. Of "
        "classes: cat=1,dog=4;cat=1,dog=9 or power:0:1:5 (of the inverse class frequency). Default: odds sqrt(r), r "
        "and 2 r from the class ratio r in train (r / 2 below 1); where every class counts "
        f"{grid.POWER}{','.join(f'{power:g}' for power in grid.DEFAULT_POWERS)}.",
    )
    handling: str = Field(
        default="",
        description="Other handlings to try, with commas between them and options after colons (focal:gamma=2): "
        f"{', '.join(METHODS)}. Default: weights alone.",
        json_schema_extra={"pattern": rf"^[\s,]*({'|'.join(METHODS)}|$)"},
    )
    seeds: str = Field(
        default="3",
        description="Seeds of each cell: 3 is 1, 2 and 3; 7, is only 7.",
        json_schema_extra={"pattern": r"^[\d\s,]*\d[\d\s,]*$"},
    )
    recipe: str = Field(
        default=FEATURES,
        description="How a network is trained: features (a linear head on a frozen, pretrained backbone), finetune "
        "(that backbone trained on, from such a head), sound (a small network from scratch) or tutorial (the blog "
        "post's way). Several, with commas, are compared.",
        json_schema_extra={"enum": [*CHOICES]},
    )
    then_finetune: int = Field(
        default=0,
        ge=0,
        le=100,
        description="After the heads, fine-tune so many cells, the best, and the baseline. Default: none.",
    )
    network: Trained | None = Field(
        default=None,
        description="Network of recipes sound and tutorial: "
        f"{', '.join(f'{name} ({parameters})' for name, parameters in SIZES.items())}, or tutorial in recipe tutorial. "
        f"Default: the recipe's (sound: {SOUND.network}).",
    )
    epochs: int | None = Field(
        default=None,
        ge=1,
        le=10_000,
        description=f"Passes of train in recipes sound, finetune and tutorial. Default: the recipe's (sound: "
        f"{SOUND.epochs}, on few images as many as make {LEAST_STEPS:,} steps; finetune: {TUNED.epochs}; tutorial: "
        f"{TUTORIAL.epochs}).",
    )
    batch: int | None = Field(
        default=None,
        ge=2,
        description=f"Images per step in recipes sound, finetune and tutorial. Default: the recipe's ({SOUND.batch}; "
        f"finetune: {TUNED.batch}).",
    )
    learning_rate: float | None = Field(
        default=None,
        gt=0,
        le=10,
        description="Step size in recipes sound and finetune (the peak of a one-cycle schedule; of finetune the "
        "head's, the backbone's is a tenth) and tutorial. Default: the recipe's "
        f"(sound: {SOUND.learning_rate:g}, finetune: {TUNED.learning_rate:g}, tutorial: {TUTORIAL.learning_rate:g}).",
    )
    validate_on: Part | None = Field(
        default=None,
        description="Part that chooses thresholds and ranks cells; test leaves no images apart to report on. Default: "
        "val (recipe tutorial: test).",
    )
    softmax_twice: bool | None = Field(
        default=None, description="The network ends in softmax, the loss applies it again. Default: on."
    )
    frozen_batchnorm: bool | None = Field(
        default=None, description="BatchNorm learns in eval mode from epoch 2 on. Default: on."
    )
    fixed_order: bool | None = Field(default=None, description="Images are shuffled once, not each epoch. Default: on.")
    fixed_pool: bool | None = Field(
        default=None, description="One 3x3 average pool, blind to 7 of 16 cells. Default: on."
    )
    objective: str = Field(
        default="",
        description=f"What is wanted: {GRAMMAR}. Default: {DEFAULT}; where every class counts {EVERY_CLASS}.",
        json_schema_extra={"pattern": STARTS},
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
        if self.then_finetune and (FEATURES not in grid.names(self.recipe) or FINETUNE in grid.names(self.recipe)):
            raise BadInput(
                f"then-finetune must come with recipe features and without finetune, got {self.then_finetune} with "
                f"{printable(self.recipe)}; leave it out, or give --recipe features"
            )
        trained = self.trained_by()
        if 1 in grid.weights(self.weights).numbers and any(recipe.name != "tutorial" for recipe in trained):
            raise BadInput(
                f"weights must lie strictly between 0 and 1, got 1; the negative class gets the rest, and "
                f"{grid.WHY_NOT_ZERO}: try 0.95 (only recipe tutorial takes 1)"
            )
        return self

    def trained_by(self) -> tuple[Recipe, ...]:
        """The recipes with what was asked for; what is fine-tuned once others have ended comes last.

        Raises:
            BadInput: a recipe that is not known, or a quirk or a network that it does not have.
        """
        return recipes(self.recipe, {field: getattr(self, field) for field in CHANGES}, bool(self.then_finetune))

    @property
    def title(self) -> str:
        """What its runs are called: ``elpv, recall @ precision >= 0.7``, ``digits · 8, f1``."""
        of_one = self.positive or self.data == FOR_ONE
        images = " · ".join(filter(None, (self.called, self.positive)))
        return cut(f"{images}, {self.objective.strip() or (DEFAULT if of_one else EVERY_CLASS)}", LONGEST)

    @property
    def wanted(self) -> Objective:
        """The objective, read."""
        return Objective.parse(self.objective)

    @property
    def embeds(self) -> bool:
        """Whether a recipe needs features."""
        return not {FEATURES, FINETUNE}.isdisjoint(grid.names(self.recipe))

    @property
    def finetunes(self) -> bool:
        """Whether a backbone is trained on."""
        return bool(self.then_finetune) or FINETUNE in grid.names(self.recipe)


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
    then_finetune: int
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
