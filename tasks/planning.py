"""Everything about a sweep that is known before it trains: partition, grid and machine, resolved."""

import hashlib
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

from steelyard.models.data.partition import Turns, counts_of
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable
from steelyard.models.objective import Objective, beside, met_by_all
from steelyard.models.spec import grid
from steelyard.models.spec.cells import expand
from steelyard.models.spec.images import Images
from steelyard.models.spec.recipes import lengthened
from steelyard.models.spec.resolve import settle
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Shared, Subject, SweepPlan, called_negative, only_other
from steelyard.models.spec.trial import FEATURES, FINETUNE, Embedding, Partition, Recipe, Trial
from steelyard.tasks import parting, preflight
from steelyard.tasks.features import pixel_sets
from steelyard.tasks.features.feature_sets import Place, place
from steelyard.tasks.features.pixel_sets import PixelSet
from steelyard.tasks.features.weights import Weights
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.image_sets import Manifest
from steelyard.tasks.settings import Settings
from steelyard.tasks.workers.devices import Machine
from steelyard.tasks.workers.runner import runner


def settled(spec: Sweep, image_set: Path, settings: Settings) -> Sweep:
    """What was asked for, with what the image set settles: the class to find, if there is one, and the objective.

    Raises:
        BadInput: what was asked for does not fit the classes, or calling every image positive meets it.
    """
    manifest = image_sets.read_manifest(image_set)
    spec = _for_thinned(image_set, settle(spec, manifest.class_names, manifest.positive))
    _check_class(image_set, spec, manifest)
    if not settings.anyway and (told := _met_by_all(image_set, spec, manifest)):
        raise BadInput(f"{told}, or go on with --anyway")
    return spec


def _check_class(image_set: Path, spec: Sweep, manifest: Manifest) -> None:
    """Refuse folds some of which have no image of the class that an objective is about."""
    partition, name = parting.resolve_partition(image_set, spec), Objective.parse(spec.objective).class_name
    if not name or partition.folds == 1:
        return
    place = manifest.class_names.index(name)
    for parts in parting.parts_of(image_set, partition).values():
        if not parts.counts()["test"][place]:
            raise BadInput(f"folds must each hold {printable(name)}, got one without; give fewer --folds")


def _for_thinned(image_set: Path, spec: Sweep) -> Sweep:
    """The same, judged at the share of positives that train is thinned to, unless another is asked for.

    Thinned, train is as the world is taken to be, and the images that are left to test are not. A source with a test
    part of its own, and the tutorial, are judged as that is.
    """
    partition, objective = parting.resolve_partition(image_set, spec), Objective.parse(spec.objective)
    asked = objective.prevalence is not None or objective.as_test or not objective.needs_prevalence
    if asked or partition.every_class or "tutorial" in grid.names(spec.recipe):
        return spec
    thinned = partition.imbalance is not None or bool(partition.train_counts)
    if not thinned or (image_sets.load(image_set).table["split"] == "test").any():
        return spec
    negatives, positives = counts_of(parting.parts_of(image_set, partition))["train"]
    share = partition.imbalance or float(f"{positives / (negatives + positives):.2g}")
    return spec.model_copy(update={"objective": str(replace(objective, prevalence=share))})


def _met_by_all(image_set: Path, spec: Sweep, manifest: Manifest) -> str:
    """That calling every image positive is all that is wanted, and which class to find instead."""
    objective, partition = Objective.parse(spec.objective), parting.resolve_partition(image_set, spec)
    counts, names = counts_of(parting.parts_of(image_set, partition)), manifest.class_names
    if objective.class_name:
        counts = {part: beside(of_part, names, objective.class_name) for part, of_part in counts.items()}
    elif partition.every_class:
        return ""
    told = met_by_all(counts, objective)
    others = [partition.negative] if partition.negative else [name for name in names if name != partition.positive]
    if told and not partition.every_class and len(others) == 1 and counts["train"][0] < counts["train"][1]:
        told += f"; find the rarer class, --positive {listed(others)}"
    return told


@dataclass(frozen=True)
class Embeds:
    """What recipes with a backbone need.

    Attributes:
        embedding: how images become features.
        weights: of the backbone.
        place: where features are, or will be.
        devices: one for each process that embeds.
        pixels: likewise what they are made of, which a backbone that is trained on sees; None where none is.
    """

    embedding: Embedding
    weights: Weights
    place: Place
    devices: tuple[str, ...]
    pixels: PixelSet | None = None


def plan_sweep(image_set: Path, spec: Sweep, settings: Settings, folder: Path) -> tuple[SweepPlan, Turns]:
    """Everything about a sweep, its spec settled, that is known before it trains; embeds and trains nothing."""
    manifest = image_sets.read_manifest(image_set)
    machine, partition = _machine(settings, manifest), parting.resolve_partition(image_set, spec)
    embeds = embedding(image_set, spec, settings) if spec.embeds else None
    pixels = embeds.pixels if embeds else None
    if pixels:
        machine = runner(settings).machine(settings, pixels.bytes)
    parts = parting.taught_by(image_set, partition, embeds.place.folder if embeds and embeds.place.there else None)
    partition = _with_dropped(partition, parts)
    named: dict[str, Any] = {"classes": manifest.class_names}
    if not partition.every_class:
        negative = called_negative(partition.positive, partition.negative)
        other = only_other(partition.positive, manifest.class_names)
        named = {"positive": partition.positive, "negative": negative, "other": other}
    shared = Shared(
        folder=folder,
        image_set=image_set,
        features=embeds.place.folder if embeds else None,
        pixels=pixels.folder if pixels else None,
        backbone=embeds.weights.file if embeds and pixels else None,
        licence=embeds.weights.licence if embeds else "",
        subject=Subject(image_set=manifest.name, content_hash=manifest.content_hash, **named),
        devices=machine.devices,
        per_device=machine.per_device,
        workers=machine.workers,
    )
    fewest = min(len(of_turn.train) for of_turn in parts.values())
    recipes = [_fitting(recipe, spec, manifest, fewest) for recipe in spec.trained_by()]
    plan = SweepPlan(shared=shared, partition=partition, counts=counts_of(parts), trials=())
    # What is fine-tuned after the heads is the last of them.
    first, then = (recipes[:-1], recipes[-1:]) if spec.then_finetune else (recipes, [])
    trials, later = (_trials(spec, plan, some, machine, embeds) for some in (first, then))
    return plan.model_copy(update={"trials": trials, "later": later}), parts


def embedding(image_set: Path, spec: Sweep, settings: Settings) -> Embeds:
    """How the images that a sweep uses, its spec settled, become features, and where those are; embeds nothing.

    Raises:
        BadInput: a backbone that cannot be had, or a size that it does not take.
    """
    parts = parting.parts_of(image_set, parting.resolve_partition(image_set, spec))
    rows = np.concatenate([rows for of in parts.values() for rows in (of.train, of.val, of.test)])
    embeds = embedding_of(image_set, rows, spec, settings)
    if not spec.finetunes:
        return embeds
    return replace(embeds, pixels=pixel_sets.place(settings.cache, embeds.embedding, image_set, embeds.place))


def embedding_of(image_set: Path, rows: npt.NDArray[np.int64], spec: Images, settings: Settings) -> Embeds:
    """The same for some rows of an image set."""
    manifest = image_sets.read_manifest(image_set)
    machine, (weights, size) = _machine(settings, manifest), preflight.backbone(spec, settings)
    how = Embedding(
        backbone=spec.backbone,
        weights=weights.digest,
        size=size,
        fit=spec.fit,
        interpolation=weights.interpolation,
        layers=weights.layers,
        mean=weights.mean,
        std=weights.std,
        views=spec.views,
        folded=weights.folded,
        device=machine.compute.device,
        threads=1,
        precision=machine.compute.precision,
    )
    digests = image_sets.load(image_set).table["digest"].to_numpy()
    used = np.zeros(len(digests), bool)
    used[rows] = True
    at = place(settings.cache, how, manifest.content_hash, np.where(used, digests, "").tolist(), manifest.bits)
    on_cpu = machine.compute.device == "cpu"
    return Embeds(how, weights, at, machine.devices * (machine.workers if on_cpu else 1))


def _machine(settings: Settings, manifest: Manifest) -> Machine:
    return runner(settings).machine(settings, manifest.images * manifest.size**2 * manifest.channels)


def _with_dropped(partition: Partition, turns: Turns) -> Partition:
    """The partition with which images are left out: what finds them may change, and then other trials are these."""
    if not any(of.suspects for of in turns.values()):
        return partition
    taught = repr([(turn, of.train.tolist()) for turn, of in turns.items()])
    return partition.model_copy(update={"dropped": hashlib.sha256(taught.encode()).hexdigest()[:16]})


def _fitting(recipe: Recipe, spec: Sweep, manifest: Manifest, train: int) -> Recipe:
    if recipe.batch > train and recipe.name != FEATURES:
        raise BadInput(f"batch must be at most the {train} images of train, got {recipe.batch}")
    if recipe.fixed_pool and not 24 <= manifest.size < 48:
        raise BadInput(
            f"size must be from 24 to 47 for the tutorial's 3x3 pool, got {manifest.size}; give --size 32, or "
            "--fixed-pool false"
        )
    return lengthened(recipe, train) if spec.epochs is None else recipe


def _trials(
    spec: Sweep, plan: SweepPlan, recipes: list[Recipe], machine: Machine, embeds: Embeds | None
) -> tuple[Trial, ...]:
    """Seed by seed and fold by fold; a head that no seed changes is there once in each fold."""
    features: dict[str, Any] = {"embedding": embeds.embedding, "features": embeds.place.digest} if embeds else {}
    seeds, handlings = grid.seeds(spec.seeds), expand(spec, plan.counts["train"], plan.shared.subject.class_names)
    made = (
        Trial(
            image_set=plan.shared.subject.content_hash,
            partition=plan.partition,
            handling=handling,
            seed=seed,
            recipe=recipe,
            compute=machine.compute.model_copy(update=_precision(recipe, machine)),
            fold=fold,
            **(features if recipe.name in (FEATURES, FINETUNE) else {}),
        )
        for seed in seeds
        for fold in plan.partition.turns
        for recipe in recipes
        for handling in handlings
    )
    return tuple(trial for trial in made if trial.seeded or trial.seed == seeds[0])


def _precision(recipe: Recipe, machine: Machine) -> dict[str, str]:
    """The tutorial trains in float32, and so do heads; elsewhere the machine's flags decide.

    But for a backbone on a CPU: its depthwise convolutions are no faster in bfloat16 on the way back.
    """
    low = recipe.name == "sound" or (recipe.name == FINETUNE and machine.compute.device != "cpu")
    return {} if low else {"precision": "float32"}
