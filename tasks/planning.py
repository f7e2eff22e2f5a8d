"""Everything about a sweep that is known before it trains: partition, grid and machine, resolved."""

from pathlib import Path

from models import grid
from models.cells import expand
from models.errors import BadInput
from models.partition import Parts, divide
from models.spec import Sweep
from models.sweep_plan import Shared, Subject, SweepPlan
from models.trial import Partition, Recipe, Trial
from tasks.images import store
from tasks.images.store import Manifest
from tasks.settings import Settings
from tasks.workers import devices
from tasks.workers.devices import Machine


def plan_sweep(image_set: Path, spec: Sweep, settings: Settings, folder: Path) -> tuple[SweepPlan, Parts]:
    """Everything about a sweep that is known before it trains; writes nothing."""
    manifest = store.read_manifest(image_set)
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
    trials = _trials(spec, partition, parts, manifest.content_hash, recipe, machine)
    return SweepPlan(shared=shared, partition=partition, counts=parts.counts(), trials=trials), parts


def resolve_partition(spec: Sweep, manifest: Manifest) -> Partition:
    """The partition asked for, with the source's own defaults where nothing was.

    Raises:
        BadInput: no positive class is given and the source names none.
    """
    positive = spec.positive or manifest.positive
    if not positive:
        known = ", ".join(manifest.class_names)
        raise BadInput(f"positive must name the class to find, one of {known}; give --positive NAME")
    usual = manifest.imbalance if positive == manifest.positive else None
    return Partition(
        positive=positive,
        negative=spec.negative,
        train_counts=spec.train_counts,
        imbalance=usual if spec.imbalance is None else spec.imbalance or None,
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
    return recipe


def _trials(
    spec: Sweep, partition: Partition, parts: Parts, image_set: str, recipe: Recipe, machine: Machine
) -> tuple[Trial, ...]:
    # The tutorial trains in float32; elsewhere the machine's flags decide.
    compute = machine.compute.model_copy(update={"precision": "float32"} if recipe.name == "tutorial" else {})
    return tuple(
        Trial(image_set=image_set, partition=partition, handling=handling, seed=seed, recipe=recipe, compute=compute)
        for seed in grid.seeds(spec.seeds)
        for handling in expand(spec, parts.counts()["train"])
    )


def _subject(partition: Partition, manifest: Manifest) -> Subject:
    return Subject(
        image_set=manifest.name,
        content_hash=manifest.content_hash,
        positive=partition.positive,
        negative=partition.negative or ("rest" if partition.positive != "rest" else "not rest"),
    )
