"""Everything about a sweep that is known before it trains: partition, grid and machine, resolved."""

from pathlib import Path

from models import grid
from models.cells import expand
from models.errors import BadInput
from models.partition import Parts, divide
from models.recipes import lengthened
from models.settle import settle
from models.spec import Sweep
from models.sweep_plan import Shared, Subject, SweepPlan, called_negative
from models.trial import Partition, Recipe, Trial
from tasks.images import store
from tasks.images.store import Manifest
from tasks.settings import Settings
from tasks.workers import devices
from tasks.workers.devices import Machine


def settled(spec: Sweep, image_set: Path) -> Sweep:
    """What was asked for, with what the image set settles: the class to find, if there is one, and the objective.

    Raises:
        BadInput: what was asked for does not fit the classes.
    """
    manifest = store.read_manifest(image_set)
    return settle(spec, manifest.class_names, manifest.positive)


def plan_sweep(image_set: Path, spec: Sweep, settings: Settings, folder: Path) -> tuple[SweepPlan, Parts]:
    """Everything about a sweep that is known before it trains; writes nothing.

    Args:
        image_set: folder written by ``tasks.extract``.
        spec: what was asked for; settled or not.
        settings: device and workers.
        folder: of the sweep.
    """
    manifest, spec = store.read_manifest(image_set), settled(spec, image_set)
    machine = devices.resolve(settings, manifest.images * manifest.size**2 * manifest.channels)
    partition = resolve_partition(spec, manifest)
    parts = divide(store.load(image_set).table, manifest.class_names, partition)
    recipe = _recipe(spec, manifest, len(parts.train))
    shared = Shared(
        folder=folder,
        image_set=image_set,
        subject=_subject(partition, manifest),
        devices=machine.devices,
        per_device=machine.per_device,
        workers=machine.workers,
    )
    trials = _trials(spec, partition, parts, shared.subject, recipe, machine)
    return SweepPlan(shared=shared, partition=partition, counts=parts.counts(), trials=trials), parts


def resolve_partition(spec: Sweep, manifest: Manifest) -> Partition:
    """The partition asked for, with the source's own defaults where nothing was; the spec is settled."""
    usual = manifest.imbalance if spec.positive == manifest.positive else None
    return Partition(
        positive=spec.positive,
        negative=spec.negative,
        train_counts=spec.train_counts,
        imbalance=usual if spec.imbalance is None else spec.imbalance or None,
        imbalance_factor=spec.imbalance_factor,
        split_seed=spec.split_seed,
        validate_on=spec.validate_on or ("test" if spec.recipe == "tutorial" else "val"),
    )


def _recipe(spec: Sweep, manifest: Manifest, train: int) -> Recipe:
    recipe = spec.trained_by()
    if recipe.batch > train:
        raise BadInput(f"batch must be at most the {train} images of train, got {recipe.batch}")
    if recipe.fixed_pool and not 24 <= manifest.size < 48:
        raise BadInput(
            f"size must be from 24 to 47 for the tutorial's 3x3 pool, got {manifest.size}; give --size 32, or "
            "--fixed-pool false"
        )
    return lengthened(recipe, train) if spec.epochs is None else recipe


def _trials(
    spec: Sweep, partition: Partition, parts: Parts, subject: Subject, recipe: Recipe, machine: Machine
) -> tuple[Trial, ...]:
    # The tutorial trains in float32; elsewhere the machine's flags decide.
    compute = machine.compute.model_copy(update={"precision": "float32"} if recipe.name == "tutorial" else {})
    names = subject.classes or (subject.negative, subject.positive)
    shared = {"image_set": subject.content_hash, "partition": partition, "recipe": recipe, "compute": compute}
    return tuple(
        Trial(handling=handling, seed=seed, **shared)
        for seed in grid.seeds(spec.seeds)
        for handling in expand(spec, parts.counts()["train"], names)
    )


def _subject(partition: Partition, manifest: Manifest) -> Subject:
    if partition.every_class:
        about = {"image_set": manifest.name, "content_hash": manifest.content_hash}
        return Subject(**about, classes=manifest.class_names)
    return Subject(
        image_set=manifest.name,
        content_hash=manifest.content_hash,
        positive=partition.positive,
        negative=called_negative(partition.positive, partition.negative),
    )
