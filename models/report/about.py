"""What a sweep was about: its images, what its handlings made of them, and what ran."""

from datetime import datetime

from steelyard.models.calibration import moved
from steelyard.models.comparison.outcome import CellName
from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Embedding, Frozen, Partition, Recipe
from steelyard.models.verdict.cell_verdict import CellVerdict


class Effect(CellName):
    """What the handling of a cell made of train, as drawn for the first seed.

    Attributes:
        before: negatives and positives of train, or images of every class.
        after: mean draws of each per epoch.
        distinct: images of each that are ever drawn.
        effective_prior: share of positives that the loss sees, in [0, 1]; of class 1, where every class counts.
        prior: share of each class that the loss sees.
    """

    before: tuple[int, ...]
    after: tuple[float, ...]
    distinct: tuple[int, ...]
    effective_prior: float
    prior: tuple[float, ...] = ()


class About(Frozen):
    """Everything about a sweep that its comparison does not hold.

    Attributes:
        name: of its run.
        started: when its run began, with a time zone.
        data: the source, as asked for.
        subject: names of image set and classes.
        partition: how the images were divided.
        counts: part -> negatives and positives, or images of every class.
        image_set: what the image set is, in a line.
        findings: what was found wrong or worth knowing of the images, a line each.
        effects: of each handling, in the order planned.
        recipe: how networks were trained; of several recipes the first.
        compute: on what.
        versions: of code, Python and libraries.
        other_recipes: those beside the first, where the sweep had several.
        embedding: how images became features; None where no recipe needed them.
        licence: of the backbone's weights; "" where there is none, or it is not known.
    """

    name: str
    started: datetime
    data: str
    subject: Subject
    partition: Partition
    counts: dict[str, tuple[int, ...]]
    image_set: str
    findings: tuple[str, ...]
    effects: tuple[Effect, ...]
    recipe: Recipe
    compute: Compute
    versions: dict[str, str]
    other_recipes: tuple[Recipe, ...] = ()
    embedding: Embedding | None = None
    licence: str = ""

    def equivalent(self, cell: CellVerdict, baseline: CellVerdict) -> float | None:
        """The threshold of the baseline that does what a handling does at argmax.

        Argmax of the handling, moved from the prior that its loss saw to that of the baseline's. A handling that only
        moves the prior multiplies the odds of every image by one number; at argmax it calls the images that the
        baseline calls at this threshold, if both networks learned the same.

        Returns:
            In [0, 1]; None for the baseline itself, and where the handling does more than move the prior.

        Source:
            Elkan 2001, "The foundations of cost-sensitive learning", theorem 1.
        """
        priors = {(effect.cell, effect.weight_positive): effect.effective_prior for effect in self.effects}
        mine, base = (priors[of.cell, of.weight_positive] for of in (cell, baseline))
        if cell == baseline or cell.calibration[0].misfit or not 0 < mine < 1:
            return None
        return moved(ARGMAX, mine, base)
