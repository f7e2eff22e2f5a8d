"""Train, val and test of an image set: a pure function of its table and a spec, never of a trial's seed."""

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.carve import carve
from steelyard.models.data.folds import drawn
from steelyard.models.data.image_set import labels_of
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
        suspects: images left out of train since their labels are suspect.
    """

    train: Rows
    val: Rows
    test: Rows
    labels: Rows
    duplicates: int
    thinned: int
    classes: int = 2
    suspects: int = 0

    def rows(self) -> dict[str, Rows]:
        """Part -> its rows, train first."""
        return {"train": self.train, "val": self.val, "test": self.test}

    def counts(self) -> dict[str, tuple[int, ...]]:
        """Part -> images of each label: (negatives, positives), or of every class."""
        return {part: _counted(self.labels[rows], self.classes) for part, rows in self.rows().items()}


Turns = Mapping[int, Parts]
"""The parts in each turn: by the fold that is held out, or by 0 where there is one split."""


def counts_of(turns: Turns) -> dict[str, tuple[int, ...]]:
    """Count the images of each part by label: train's on average over the turns, val's and test's all together.

    Where folds take turns val and test are the same images, all of them.
    """
    every = [parts.counts() for parts in turns.values()]
    summed = {part: [sum(of) for of in zip(*(each[part] for each in every), strict=True)] for part in every[0]}
    return {
        part: tuple(round(count / len(every)) if part == "train" else count for count in counts)
        for part, counts in summed.items()
    }


def divide(table: pd.DataFrame, class_names: tuple[str, ...], spec: Partition, turn: int = 0) -> Parts:
    """Divide an image set as ``take_turns`` does, in one turn."""
    return take_turns(table, class_names, spec, [turn])[turn]


def take_turns(
    table: pd.DataFrame, class_names: tuple[str, ...], spec: Partition, turns: Sequence[int] | None = None
) -> Turns:
    """Divide an image set in each turn.

    In this order: drop duplicates; carve test if the source has none; apply ``train_counts`` in path order; carve val
    from the rest of train if the source has none, never from test; thin train, its positives or, where every class
    counts, to an exponential profile. Where test is to validate on, it serves as val too, nothing is carved for it, and
    a val of the source's own is left alone. Where folds take turns nothing is carved: of all images, whatever the
    source has them for, one fold is held out, as val and as test, and the others are train.

    Args:
        table: as in ``models.data.image_set``, in path order.
        class_names: name of each label of the table.
        spec: classes, counts, share of positives and seed.
        turns: some of ``spec.turns``; None for all.

    Raises:
        BadInput: groups are too few or too unequal for the folds, a class that is not there, counts beyond what is
            there, a share of positives that train does not reach, or a part that lacks a class it needs.
    """
    labels = labels_of(table["label"].to_numpy(), class_names, spec)
    kept, groups = without_duplicates(table, np.flatnonzero(labels >= 0)), table["group"].to_numpy()
    turns = spec.turns if turns is None else turns
    folds = drawn(kept, labels, groups, spec) if any(turns) else np.zeros_like(kept)
    return {turn: _in_one(table, class_names, spec, labels, kept, folds, turn) for turn in turns}


def _in_one(
    table: pd.DataFrame,
    class_names: tuple[str, ...],
    spec: Partition,
    labels: Rows,
    kept: Rows,
    folds: Rows,
    turn: int,
) -> Parts:
    rng = np.random.default_rng([spec.split_seed, turn])
    own, groups = table["split"].to_numpy()[kept], table["group"].to_numpy()
    train, val, test = kept[(own != "val") & (own != "test")], kept[own == "val"], kept[own == "test"]
    if turn:
        train, test = kept[folds != turn], kept[folds == turn]
    elif not len(test):
        train, test = carve(train, labels, groups, SHARE, rng)
    train = _first_of_each(train, table["label"].to_numpy(), class_names, spec.train_counts)
    if turn or spec.validate_on == "test":
        val = test
    elif not len(val):
        train, val = carve(train, labels, groups, SHARE, rng)
    if spec.imbalance_factor is not None:
        thin = _long_tailed(train, labels, class_names, spec.imbalance_factor, rng)
    else:
        thin = _fewer_positives(train, labels, spec.imbalance, rng)
    classes = len(class_names) if spec.every_class else 2
    copies = int(np.sum(labels >= 0)) - len(kept)
    parts = Parts(thin, val, test, labels, copies, len(train) - len(thin), classes)
    _check(parts, class_names, spec)
    return parts


def without_duplicates(table: pd.DataFrame, rows: Rows) -> Rows:
    """The first copy of each image, where the parts nearest the verdict come first: test, val, train."""
    precedence = table["split"].iloc[rows].map(PRECEDENCE).to_numpy()
    ordered = rows[np.argsort(precedence, kind="stable")]
    first = ~table["digest"].iloc[ordered].duplicated().to_numpy()
    return np.sort(ordered[first])


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


def long_tailed(counts: Sequence[int], factor: float) -> tuple[int, ...]:
    """Images to keep per class:  floor(n_0 F ** (-c / (K - 1))),  n_0 the largest that every class has enough for.

    Args:
        counts: K images per class, all > 0.
        factor: F >= 1, images of class 0 to one of class K - 1.

    Returns:
        K counts, at most those given; 0 where so little of a class would be left.

    Source:
        Cao et al. 2019, "Learning imbalanced datasets with label-distribution-aware margin loss", which thins CIFAR-10
        to CIFAR-10-LT like this: with 5,000 images per class and F = 100 to 5000, 2997, 1796, ..., 50.
    """
    decay = [factor ** (-place / (len(counts) - 1)) for place in range(len(counts))]
    first = min(count / share for count, share in zip(counts, decay, strict=True))
    # What rounding takes off a whole number is put back: 50 must not become 49.
    return tuple(min(count, math.floor(first * share + 1e-9)) for count, share in zip(counts, decay, strict=True))


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


def _check(parts: Parts, class_names: tuple[str, ...], spec: Partition) -> None:
    counts, other = parts.counts(), "fewer --folds" if spec.folds > 1 else "another --split-seed"
    if not spec.every_class:
        others = spec.negative or f"not {spec.positive}"
        for part, (negatives, positives) in counts.items():
            if not negatives or not positives:
                raise BadInput(
                    f"{part} must hold both classes, got {positives} of {spec.positive} and {negatives} of {others}; "
                    f"give more images, or {other}"
                )
        return
    if lacking := [name for name, count in zip(class_names, counts["train"], strict=True) if not count]:
        raise BadInput(
            f"train must hold every class, got none of {listed(lacking)}; give more images, or leave the class out"
        )
    for part in ("val", "test"):
        present = np.count_nonzero(counts[part])
        if present < 2:
            raise BadInput(f"{part} must hold two classes or more, got {present}; give more images")


def _counted(labels: Rows, classes: int) -> tuple[int, ...]:
    return tuple(int(np.sum(labels == label)) for label in range(classes))
