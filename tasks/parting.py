"""The parts of an image set: which images train, val and test have, in each turn."""

from contextlib import suppress
from functools import lru_cache
from pathlib import Path

from steelyard.models.data import folds
from steelyard.models.data.folds import groups_of_classes
from steelyard.models.data.image_set import labels_of
from steelyard.models.data.partition import Turns, take_turns
from steelyard.models.errors import BadInput
from steelyard.models.findings.without_suspects import without_suspects
from steelyard.models.names import listed
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import FEATURES, Partition
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import image_sets
from steelyard.tasks.workers import threads


def resolve_partition(image_set: Path, spec: Sweep) -> Partition:
    """The partition asked for, with the source's own defaults where nothing was; the spec is settled.

    Raises:
        BadInput: folds of a source that has parts of its own.
    """
    manifest = image_sets.read_manifest(image_set)
    usual = manifest.imbalance if spec.positive == manifest.positive else None
    partition = Partition(
        **spec.model_dump(include=set(Partition.model_fields) - {"imbalance", "validate_on", "folds", "dropped"}),
        imbalance=usual if spec.imbalance is None else spec.imbalance or None,
        validate_on=spec.validate_on or ("test" if grid.names(spec.recipe) == ("tutorial",) else "val"),
    )
    return partition.model_copy(update={"folds": _folds(image_set, spec, partition)})


def _folds(image_set: Path, spec: Sweep, partition: Partition) -> int:
    images = image_sets.load(image_set)
    own = sorted(set(images.table["split"]) - {"", "train"})
    if own and (spec.folds or 1) > 1:
        raise BadInput(f"folds must be 1 where the source has {listed(own)} of its own, got {spec.folds}")
    if spec.folds or own or partition.validate_on == "test" or grid.names(spec.recipe) != (FEATURES,):
        return spec.folds or 1
    labels = labels_of(images.table["label"].to_numpy(), images.class_names, partition)
    if groups_of_classes(labels, images.table["group"].to_numpy()) < folds.LEAST_GROUPS:
        return 1
    with suppress(BadInput):  # Groups may be too unequal.
        parts_of(image_set, partition.model_copy(update={"folds": folds.DEFAULT}))
        return folds.DEFAULT
    return 1


@lru_cache(maxsize=2)
def parts_of(image_set: Path, partition: Partition) -> Turns:
    """The parts of an image set in each turn, which a sweep asks for at each of its steps.

    Raises:
        BadInput: the partition does not fit the images.
    """
    images = image_sets.load(image_set)
    return take_turns(images.table, images.class_names, partition)


def taught_by(image_set: Path, partition: Partition, features: Path | None) -> Turns:
    """The parts of an image set in each turn, suspects left out of train if that is asked for; not without features."""
    asked = partition.model_copy(update={"dropped": ""})
    if not partition.drop_suspects or features is None:
        return parts_of(image_set, asked)
    return _less_suspects(image_set, asked, features)


@lru_cache(maxsize=1)
def _less_suspects(image_set: Path, partition: Partition, features: Path) -> Turns:
    features_of, widths = feature_sets.load(features), feature_sets.widths(features)
    groups, less = image_sets.load(image_set).table["group"].to_numpy(dtype=object), {}
    for turn, parts in parts_of(image_set, partition).items():
        with threads.few(len(parts.train)):
            less[turn] = without_suspects(parts, features_of, widths, groups)
    return less
