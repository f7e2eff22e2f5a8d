"""The runs of the tutorial's story, chapter by chapter: each is a sweep, and all share the test part."""

from pydantic import Field, field_validator

from steelyard.models.errors import BadInput
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Frozen

OBJECTIVE = "recall @ precision >= 0.7 at prevalence 0.5"
IMBALANCED, BALANCED, SMALL = (4800, 1200), (5000, 5000), (3000, 3000)
WEIGHT = "weights 0.85"
MORE = ", more seeds"
"""Ends the name of a chapter that repeats cells of another with further seeds."""

SWITCHES: dict[tuple[bool, bool], str] = {
    (True, True): "tutorial",
    (True, False): "softmax twice",
    (False, True): "frozen BatchNorm",
    (False, False): "neither",
}
"""Softmax twice and frozen BatchNorm, on or off -> the chapter whose runs have them so."""

BEYOND = ("sound", "features")
"""Chapters of recipes that are none of the tutorial's, on its images."""


class Story(Frozen):
    """What the story is told with."""

    data: str = Field(
        default="cifar10",
        description="cifar10, or folder:PATH with the classes cat and dog below train and test (copies of its images).",
    )
    seeds: str = Field(default="3", description="3 trains each run with seeds 1, 2 and 3; 7, only with seed 7.")
    share: float = Field(
        default=1.0, gt=0, le=1, description="Share of the training images, for a quick look: 0.1 takes a tenth."
    )

    @field_validator("seeds")
    @classmethod
    def _seeds_parse(cls, text: str) -> str:
        most = grid.LARGEST_SEED - 2 * len(grid.seeds(text)) - 1
        if max(grid.seeds(text)) > most:
            raise BadInput(f"seeds must be at most {most}, since twice as many follow them, got {text}; try 3")
        return text

    def chapters(self) -> dict[str, Sweep]:
        """The sweeps by name, in the order they run; cells that two chapters share run in the first."""
        switched = {
            name: self._sweep(IMBALANCED, "0.85", softmax_twice=softmax, frozen_batchnorm=batchnorm)
            for (softmax, batchnorm), name in SWITCHES.items()
            if name != "tutorial"
        }
        return {
            "tutorial": self._sweep(IMBALANCED, "1,0.85", handling="constant,downsample,upsample"),
            f"tutorial{MORE}": self._sweep(IMBALANCED, "0.5", seeds=self._more_seeds()),
            "balanced": self._sweep(BALANCED, "0.85"),
            "balanced, smaller": self._sweep(SMALL, "0.5"),
            **switched,
            **{recipe: self._sweep(IMBALANCED, "0.5", recipe=recipe) for recipe in BEYOND},
        }

    def _more_seeds(self) -> str:
        """Twice as many seeds more: whether the unweighted run collapses is a matter of chance."""
        seeds = grid.seeds(self.seeds)
        first = max(seeds) + 1
        return ",".join(str(seed) for seed in range(first, first + 2 * len(seeds))) + ","

    def _sweep(self, counts: tuple[int, int], weights: str, **other: object) -> Sweep:
        cats, dogs = (max(1, round(count * self.share)) for count in counts)
        own = {"seeds": self.seeds, "recipe": "tutorial", "objective": OBJECTIVE} | other
        of = {"data": self.data, "positive": "dog", "negative": "cat", "train_counts": f"cat={cats},dog={dogs}"}
        return Sweep.model_validate(of | {"weights": weights} | own)
