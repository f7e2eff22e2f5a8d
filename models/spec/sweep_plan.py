"""A sweep, resolved: the trials it trains and what they share."""

from collections.abc import Sequence
from pathlib import Path

from steelyard.models.names import cut
from steelyard.models.spec.trial import Embedding, Frozen, Partition, Recipe, Trial

LONGEST = 120
"""Characters of each name in a title: MLflow takes 500 in all."""


def called_negative(positive: str, negative: str) -> str:
    """What the class to tell the positive from is called; ``negative`` is "" for every other class."""
    return negative or ("rest" if positive != "rest" else "not rest")


def only_other(positive: str, class_names: Sequence[str]) -> str:
    """The other class, where a source has no more than two; else ""."""
    others = [name for name in class_names if name != positive]
    return others[0] if len(others) == 1 else ""


class Subject(Frozen):
    """What a sweep is about, in names.

    Attributes:
        image_set: short name of the source.
        content_hash: of the image set.
        positive: class to find; "" where every class counts.
        negative: as ``called_negative`` names it; "" where every class counts.
        other: the only other class of the source, which people read for the negative; "" where there are several.
        classes: all of them, where every class counts; else none.
    """

    image_set: str
    content_hash: str
    positive: str = ""
    negative: str = ""
    other: str = ""
    classes: tuple[str, ...] = ()

    @property
    def class_names(self) -> tuple[str, ...]:
        """In the order of the labels: K where every class counts, else the negative's and that of the class to find."""
        return self.classes or (self.negative, self.positive)

    @property
    def read(self) -> tuple[str, ...]:
        """The same as people read them: ``functional`` and not ``rest``, where a source has no other class."""
        return self.classes or (self.other or self.negative, self.positive)

    @property
    def title(self) -> str:
        """Name of the experiment: ``<image set> · <positive> vs <negative>`` or ``<image set> · 10 classes``, cut."""
        if self.classes:
            return f"{cut(self.image_set, LONGEST)} · {len(self.classes)} classes"
        image_set, positive, negative = (cut(name, LONGEST) for name in (self.image_set, self.positive, self.negative))
        return f"{image_set} · {positive} vs {negative}"


class Shared(Frozen):
    """What all trials of a sweep share.

    Attributes:
        folder: of the sweep; holds the plans and what the trials write.
        image_set: folder of the image set.
        features: folder of the features; None where no recipe needs them.
        pixels: folder of the images as the backbone sees them; None where none is trained on.
        backbone: file of its weights; likewise.
        licence: of the backbone's weights; "" where there is none, or it is not known.
        subject: what it is about.
        devices: names to spread the trials over.
        per_device: trials that may share a device.
        workers: trials trained side by side.
    """

    folder: Path
    image_set: Path
    features: Path | None = None
    pixels: Path | None = None
    backbone: Path | None = None
    licence: str = ""
    subject: Subject
    devices: tuple[str, ...]
    per_device: int
    workers: int


class SweepPlan(Frozen):
    """What ``resample`` decided, and where it wrote the details.

    Attributes:
        shared: folders, subject and devices.
        partition: as resolved.
        counts: part -> (negatives, positives), or images of every class.
        trials: in the order they start: seed by seed, the baseline first.
        later: likewise those of which some follow, once it is known which cells are best on val.
    """

    shared: Shared
    partition: Partition
    counts: dict[str, tuple[int, ...]]
    trials: tuple[Trial, ...]
    later: tuple[Trial, ...] = ()

    def following(self, cells: int) -> tuple[Trial, ...]:
        """As many of ``later`` as may follow: those of the baseline, which comes first, and of so many other cells."""
        some = list(dict.fromkeys(trial.handling for trial in self.later))[: cells + 1]
        return tuple(trial for trial in self.later if trial.handling in some)

    @property
    def recipes(self) -> tuple[Recipe, ...]:
        """Of the trials, in the order planned."""
        return tuple(dict.fromkeys(trial.recipe for trial in self.trials))

    @property
    def embedding(self) -> Embedding | None:
        """How images become features; None where no recipe needs them."""
        return next((trial.embedding for trial in self.trials if trial.embedding), None)
