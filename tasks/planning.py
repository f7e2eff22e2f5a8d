"""Everything about a sweep that is known before it trains: partition, grid and machine, resolved."""

from pathlib import Path

from models import grid
from models.cells import expand
from models.errors import BadInput
from models.objective import Objective, shifted
from models.partition import Parts, divide
from models.spec import Sweep
from models.statistics import resolvable
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


def describe(plan: SweepPlan, parts: Parts) -> list[str]:
    """Lines to read before training: counts of each part, what was left out, and what the positives can resolve."""
    subject = plan.shared.subject
    lines = [
        f"{part}: {negatives} {subject.negative}, {positives} {subject.positive}"
        f" ({positives / (negatives + positives):.0%})" + (_known(positives) if part != "train" else "")
        for part, (negatives, positives) in plan.counts.items()
        if part != "val" or plan.partition.validate_on == "val"
    ]
    if plan.partition.validate_on == "test":
        lines.append("test also chooses the threshold: what it says is optimistic")
    lines += [f"left out: {parts.duplicates} exact duplicates"] if parts.duplicates else []
    if parts.thinned:
        one_in = 1 / (plan.partition.imbalance or 1)
        lines.append(f"left out of train: {parts.thinned} {subject.positive}, so that 1 in {one_in:.3g} is one")
    return [*lines, _grid(plan)]


def cautions(plan: SweepPlan, spec: Sweep) -> list[str]:
    """What to know before trusting the objective on these images."""
    objective = Objective.parse(spec.objective)
    return [line for line in (objective.caution, shifted(plan.counts, objective)) if line]


def _known(positives: int) -> str:
    return f"; a recall of 0.9 is known to ± {resolvable(positives):.3f}"


def _grid(plan: SweepPlan) -> str:
    cells = list(dict.fromkeys(trial.handling for trial in plan.trials))
    seeds, labels = len(plan.trials) // len(cells), ", ".join(cell.label for cell in cells)
    compute, shared = plan.trials[0].compute, plan.shared
    where = f"{shared.workers} at once on {', '.join(shared.devices)}"
    how = f"{compute.threads} thread{'s' * (compute.threads > 1)} each, {compute.precision}"
    size = f"{len(cells)} cell{'s' * (len(cells) > 1)} x {seeds} seed{'s' * (seeds > 1)} = {len(plan.trials)} trials"
    return f"{size}: {labels}; {where}, {how}"


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
