"""Train, val and test of an image set: a pure function of its table and a spec, never of a trial's seed."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.carve import carve
from steelyard.models.data.profile import long_tailed
from steelyard.models.errors import BadInput
from steelyard.models.names import listed
from steelyard.models.spec import grid
from steelyard.models.spec.trial import Partition

SHARE = 0.15
"""Share carved off for test, and for val, of what each is carved from."""

PRECEDENCE = {"test": 0, "val": 1, "train": 2, "": 2}
"""Of exact duplicates, the copy that stays is the one in the first of these parts."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Parts:
    """Rows of an image set, and what happened on the way.

    Attributes:
        train: (n,) int64 rows, ascending.
        val: likewise.
        test: likewise.
        labels: (N,) int64 over the whole image set: 1 positive, 0 negative, -1 not used; where every class counts, the
            image set's own.
        duplicates: exact duplicates left out.
        thinned: images left out of train to make it imbalanced.
        classes: K, of the labels.
    """

    train: Rows
    val: Rows
    test: Rows
    labels: Rows
    duplicates: int
    thinned: int
    classes: int = 2

    def counts(self) -> dict[str, tuple[int, ...]]:
        """Part -> images of each label: (negatives, positives), or of every class."""
        parts = {"train": self.train, "val": self.val, "test": self.test}
        return {part: _counted(self.labels[rows], self.classes) for part, rows in parts.items()}


def divide(table: pd.DataFrame, class_names: tuple[str, ...], spec: Partition) -> Parts:
    """Divide an image set.

    In this order: drop duplicates; carve test if the source has none; apply ``train_counts`` in path order; carve val
    from the rest of train if the source has none, never from test; thin train, its positives or, where every class
    counts, to an exponential profile. Where test is to
    validate on, it serves as val too, nothing is carved for it, and a val of the source's own is left alone.

    Args:
        table: as in ``models.data.image_set``, in path order.
        class_names: name of each label of the table.
        spec: classes, counts, share of positives and seed.

    Raises:
        BadInput: a class that is not there, counts beyond what is there, a share of positives that train does not
            reach, or a part that lacks a class it needs.
    """
    labels = labels_of(table["label"].to_numpy(), class_names, spec)
    used = np.flatnonzero(labels >= 0)
    kept = _without_duplicates(table, used)
    rng = np.random.default_rng([spec.split_seed, 0])
    train, test = _part_or_carve(table, labels, kept[table["split"].to_numpy()[kept] != "val"], "test", rng)
    own_val = kept[table["split"].to_numpy()[kept] == "val"]
    train = _first_of_each(train, table["label"].to_numpy(), class_names, spec.train_counts)
    if spec.validate_on == "test":
        val = test
    else:
        train, val = (train, own_val) if len(own_val) else carve(train, labels, table["group"].to_numpy(), SHARE, rng)
    thin = _thin(train, labels, class_names, spec, rng)
    classes = len(class_names) if spec.every_class else 2
    parts = Parts(thin, val, test, labels, len(used) - len(kept), len(train) - len(thin), classes)
    if spec.every_class:
        _check_every_class(parts, class_names)
    else:
        _check(parts, spec)
    return parts


def labels_of(labels: npt.NDArray[np.integer], class_names: tuple[str, ...], spec: Partition) -> Rows:
    """(N,) int64: the image set's own labels where every class counts, else those of two classes."""
    return labels.astype(np.int64) if spec.every_class else binary_labels(labels, class_names, spec)


def binary_labels(labels: npt.NDArray[np.integer], class_names: tuple[str, ...], spec: Partition) -> Rows:
    """(N,) int64: 1 for the positive class, 0 for the negative one (or every other), -1 for the rest."""
    known = ", ".join(class_names)
    for argument, name in (("positive", spec.positive), ("negative", spec.negative)):
        if name not in class_names and (name or argument == "positive"):
            raise BadInput(f"{argument} must be one of the classes {known}, got {name!r}; give --{argument} NAME")
    if spec.positive == spec.negative:
        raise BadInput(f"positive and negative must be two classes of {known}, got {spec.positive!r} for both")
    binary = np.full(len(labels), -1 if spec.negative else 0, dtype=np.int64)
    if spec.negative:
        binary[labels == class_names.index(spec.negative)] = 0
    binary[labels == class_names.index(spec.positive)] = 1
    return binary


def _without_duplicates(table: pd.DataFrame, rows: Rows) -> Rows:
    """The first copy of each image, where the parts nearest the verdict come first: test, val, train."""
    precedence = table["split"].iloc[rows].map(PRECEDENCE).to_numpy()
    ordered = rows[np.argsort(precedence, kind="stable")]
    first = ~table["digest"].iloc[ordered].duplicated().to_numpy()
    return np.sort(ordered[first])


def _part_or_carve(
    table: pd.DataFrame, labels: Rows, rows: Rows, part: str, rng: np.random.Generator
) -> tuple[Rows, Rows]:
    own = table["split"].to_numpy()[rows] == part
    if own.any():
        return rows[~own], rows[own]
    return carve(rows, labels, table["group"].to_numpy(), SHARE, rng)


def _first_of_each(rows: Rows, labels: Rows, class_names: tuple[str, ...], train_counts: str) -> Rows:
    """The first rows of each class named in ``train_counts``; all of the classes that are not."""
    keep = np.ones(len(rows), dtype=bool)
    for name, count in grid.counts(train_counts).items():
        if name not in class_names:
            raise BadInput(f"train-counts must name classes among {', '.join(class_names)}, got {name!r}")
        of_class = np.flatnonzero(labels[rows] == class_names.index(name))
        if len(of_class) < count:
            raise BadInput(f"train-counts must be at most the {len(of_class)} {name} in train, got {name}={count}")
        keep[of_class[count:]] = False
    return rows[keep]


def _thin(train: Rows, labels: Rows, class_names: tuple[str, ...], spec: Partition, rng: np.random.Generator) -> Rows:
    if spec.imbalance_factor is not None:
        return _long_tailed(train, labels, class_names, spec.imbalance_factor, rng)
    return _fewer_positives(train, labels, spec.imbalance, rng)


def _long_tailed(
    train: Rows, labels: Rows, class_names: tuple[str, ...], factor: float, rng: np.random.Generator
) -> Rows:
    there = _counted(labels[train], len(class_names))
    if not min(there):
        # Refused with its name once val and test are drawn.
        return train
    wanted = long_tailed(there, factor)
    if emptied := [name for name, count in zip(class_names, wanted, strict=True) if not count]:
        raise BadInput(
            f"imbalance-factor must leave an image of each class in train, got {factor:g}, which leaves none of "
            f"{listed(emptied)}; try {min(there)} or less"
        )
    rows = [np.flatnonzero(labels[train] == label) for label in range(len(class_names))]
    kept = [rng.choice(of, count, replace=False) for of, count in zip(rows, wanted, strict=True)]
    return np.sort(train[np.concatenate(kept)])


def _fewer_positives(train: Rows, labels: Rows, imbalance: float | None, rng: np.random.Generator) -> Rows:
    if imbalance is None:
        return train
    negatives, positives = train[labels[train] == 0], train[labels[train] == 1]
    wanted = round(imbalance / (1 - imbalance) * len(negatives))
    if not 1 <= wanted <= len(positives):
        there = len(positives) / max(1, len(train))
        raise BadInput(
            f"imbalance must be a share of positives from {1 / (1 + len(negatives)):.2g} to the {there:.3g} that train "
            f"has, got {imbalance:g}; positives are only left out, never added"
        )
    return np.sort(np.concatenate([negatives, rng.choice(positives, wanted, replace=False)]))


def _check(parts: Parts, spec: Partition) -> None:
    others = spec.negative or f"not {spec.positive}"
    for part, (negatives, positives) in parts.counts().items():
        if not negatives or not positives:
            raise BadInput(
                f"{part} must hold both classes, got {positives} of {spec.positive} and {negatives} of {others}; "
                "give more images, or another --split-seed"
            )


def _check_every_class(parts: Parts, class_names: tuple[str, ...]) -> None:
    counts = parts.counts()
    if lacking := [name for name, count in zip(class_names, counts["train"], strict=True) if not count]:
        raise BadInput(
            f"train must hold every class, got none of {listed(lacking)}; give more images, or leave the class out"
        )
    for part in ("val", "test"):
        if np.count_nonzero(counts[part]) < 2:
            raise BadInput(
                f"{part} must hold two classes or more, got {np.count_nonzero(counts[part])}; give more images"
            )


def _counted(labels: Rows, classes: int) -> tuple[int, ...]:
    return tuple(int(np.sum(labels == label)) for label in range(classes))
