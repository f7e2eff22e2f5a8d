"""What a sweep was about: its images, what its handlings made of them, and what ran."""

from datetime import datetime

from steelyard.models.cell_name import CellName
from steelyard.models.sweep_plan import Subject
from steelyard.models.trial import Compute, Embedding, Frozen, Partition, Recipe


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
