"""What a sweep will cost, from a little of it that is really done."""

import time
from dataclasses import dataclass, replace

import numpy as np
import torch

from steelyard.models.data.carve import FOLDS
from steelyard.models.data.partition import Parts
from steelyard.models.handlings.registry import method_of
from steelyard.models.handlings.stream import draw
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import Trial
from steelyard.models.train import trainer
from steelyard.models.train.basis import Basis, axes_of, turned
from steelyard.models.train.learner import Data, Learner
from steelyard.tasks.features import feature_sets
from steelyard.tasks.features.embedding import build
from steelyard.tasks.planning import Embeds

WARM_UP = 3
MEASURED = 10


@dataclass(frozen=True)
class Cost:
    """Work and time of a sweep.

    Attributes:
        trials: to train.
        seconds: of training alone, all trials, as many side by side as there are workers.
        images: to embed first.
        embedding: seconds that takes, as many side by side as there are devices or cores.
    """

    trials: int
    seconds: float
    images: int = 0
    embedding: float = 0.0

    def __str__(self) -> str:
        """In a line."""
        first = f"about {self.embedding:.0f} s to embed {self.images:,} images once, then " if self.images else ""
        return f"{first}about {self.seconds:.0f} s of training: {self.trials} trials, timed on noise"


def estimate(plan: SweepPlan, parts: Parts, size: int, channels: int, embeds: Embeds | None = None) -> Cost:
    """Time a little of everything on noise, on the first device, and multiply.

    Args:
        plan: of the sweep.
        parts: what its trials draw from.
        size: pixels per side of what recipes on pixels see.
        channels: of the images.
        embeds: how images become features; None where no recipe needs them.
    """
    shared, of_one = plan.shared, dict[tuple[str, bool], float]()
    for trial in plan.trials:
        if (trial.recipe.name, trial.seeded) not in of_one:
            of_one[trial.recipe.name, trial.seeded] = _seconds(trial, parts, shared.devices[0], size, channels, embeds)
    seconds = sum(of_one[trial.recipe.name, trial.seeded] for trial in plan.trials)
    images = len(feature_sets.missing(embeds.place)) if embeds and not embeds.place.there else 0
    to_embed = images * _seconds_per_image(embeds) / len(embeds.devices) if embeds and images else 0.0
    return Cost(len(plan.trials), seconds / min(shared.workers, len(plan.trials)), images, to_embed)


def _seconds(trial: Trial, parts: Parts, device: str, size: int, channels: int, embeds: Embeds | None) -> float:
    """Of one trial: a few steps of a network, or the whole of a head."""
    before = torch.get_num_threads()
    torch.set_num_threads(trial.compute.threads)
    try:
        if trial.embedding and embeds:
            return _seconds_per_head(trial, parts, embeds)
        return _steps(trial, parts) * _seconds_per_step(trial, device, size, channels)
    finally:
        torch.set_num_threads(before)


def _seconds_per_head(trial: Trial, parts: Parts, embeds: Embeds) -> float:
    width, train = build(embeds.embedding, embeds.weights.file, "cpu").width, len(parts.train)
    noise = np.random.default_rng(0).normal(size=(train, width)).astype(np.float32)
    rows, labels = np.arange(train), torch.from_numpy(parts.labels[parts.train])
    axes = axes_of(noise, rows)
    basis = Basis(axes, torch.cat(list(turned(noise, rows, axes))), torch.from_numpy(rows), labels, labels * 0)
    basis = replace(basis, folds=torch.arange(train) % FOLDS)
    plan = torch.from_numpy(draw(labels.numpy(), trial.handling, trial.seed, trial.recipe))
    data, start = Data(torch.from_numpy(noise), labels, plan, torch.from_numpy(rows[:1]), basis), time.perf_counter()
    network = trainer.build(trial, data)
    if not trial.seeded:
        for _ in trainer.fit(network, data, trial):
            pass
        return time.perf_counter() - start
    learner, steps = Learner(network, data, trial, WARM_UP + MEASURED), _steps(trial, parts)
    return time.perf_counter() - start + steps * _timed(learner, plan[0, : trial.recipe.batch])


def _seconds_per_image(embeds: Embeds) -> float:
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        network = build(embeds.embedding, embeds.weights.file, embeds.devices[0])
        images = torch.zeros(MEASURED, 3, embeds.embedding.size, embeds.embedding.size, dtype=torch.uint8)
        with torch.inference_mode():
            network(images.to(embeds.devices[0]))
            start = time.perf_counter()
            network(images.to(embeds.devices[0])).cpu()
        return (time.perf_counter() - start) / MEASURED
    finally:
        torch.set_num_threads(before)


def _steps(trial: Trial, parts: Parts) -> int:
    """What a trial's own stream comes to; a constant predictor takes none."""
    if not method_of(trial.handling.name).learns:
        return 0
    epochs, drawn = draw(parts.labels[parts.train], trial.handling, trial.seed, trial.recipe).shape
    return int(epochs * -(-drawn // trial.recipe.batch))


def _seconds_per_step(trial: Trial, device: str, size: int, channels: int) -> float:
    batch = trial.recipe.batch
    noise = torch.randint(0, 256, (batch, size, size, channels), dtype=torch.uint8, device=device)
    rows = torch.arange(batch)
    data = Data(noise, (rows % 2).to(device), rows[None], rows)
    return _timed(Learner(trainer.build(trial, data), data, trial, steps=WARM_UP + MEASURED), rows)


def _timed(learner: Learner, rows: torch.Tensor) -> float:
    for _ in range(WARM_UP):
        learner.step(rows)
    start = time.perf_counter()
    for _ in range(MEASURED):
        float(learner.step(rows).loss)
    return (time.perf_counter() - start) / MEASURED
