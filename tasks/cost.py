"""What a sweep will cost, from a little of it that is really done."""

import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import numpy as np
import torch

from steelyard.models.data.carve import FOLDS
from steelyard.models.data.partition import Parts
from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.registry import method_of
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FINETUNE, HEADS, Trial
from steelyard.models.train import trainer
from steelyard.models.train.finetune import Tuned
from steelyard.models.train.head import Head
from steelyard.models.train.learner import Data, Learner
from steelyard.models.train.principal_axes import Axes, Basis, axes_of, turned
from steelyard.tasks.features import feature_sets
from steelyard.tasks.features.embedding import build
from steelyard.tasks.planning import Embeds

WARM_UP = 3
MEASURED = 10


def estimate(
    plan: SweepPlan, parts: Parts, size: int, channels: int, embeds: Embeds | None, then_finetune: int = 0
) -> str:
    """What the work will take, in a line: a little of everything, timed on noise on the first device, and multiplied.

    Trials are as many side by side as there are workers, and what is embedded as there are devices or cores. Recipes on
    pixels see (size, size, channels); ``embeds`` is None where no recipe needs features. What is fine-tuned later is at
    most so many cells and the baseline.
    """
    if not _is_here(plan.shared.devices[0]):
        return f"{len(plan.trials)} trials on GPUs of the cluster; this machine has none to time them on"
    shared, of_one, following = plan.shared, dict[tuple[str, bool], float](), plan.following(then_finetune)
    # Of one trial of a kind: a few steps of a network, or the whole of a head.
    for trial in (*plan.trials, *following):
        kind = trial.recipe.name, trial.seeded
        if kind not in of_one:
            with _on_threads(trial.compute.threads):
                if trial.recipe.name == FINETUNE and embeds:
                    of_one[kind] = _seconds_of_tuning(trial, parts, embeds, channels, shared.devices[0])
                elif trial.embedding and embeds:
                    of_one[kind] = _seconds_per_head(trial, parts, embeds)
                else:
                    a_step = _seconds_per_step(trial, shared.devices[0], size, channels)
                    of_one[kind] = _steps(trial, parts) * a_step

    def together(trials: tuple[Trial, ...]) -> float:
        return sum(of_one[trial.recipe.name, trial.seeded] for trial in trials) / min(shared.workers, len(trials))

    first = then = ""
    if embeds and not embeds.place.there and (images := len(feature_sets.missing(embeds.place))):
        embedding = images * _seconds_per_image(embeds) / len(embeds.devices)
        first = f"about {embedding:.0f} s to embed {images:,} images once, then "
    if following:
        cells = f"the {f'{then_finetune} best cells' if then_finetune > 1 else 'best cell'} on val and the baseline"
        then = f", then at most {together(following):.0f} s to fine-tune {cells}: {len(following)} trials"
    seconds = together(plan.trials)
    return f"{first}about {seconds:.0f} s of training: {len(plan.trials)} trials{then}, timed on noise"


def _is_here(device: str) -> bool:
    return not device.startswith("cuda") or torch.cuda.is_available()


@contextmanager
def _on_threads(number: int) -> Iterator[None]:
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
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


def _seconds_of_tuning(trial: Trial, parts: Parts, embeds: Embeds, channels: int, device: str) -> float:
    """The head first, then steps of backbone and head; val is scored after each epoch, test once."""
    embedding = embeds.embedding.model_copy(update={"precision": "float32"})
    backbone = build(embedding, embeds.weights.file, device)
    ones, empty = torch.ones(backbone.width, device=device), torch.empty(0, dtype=torch.int64)
    head = Head(Basis(Axes(ones, ones, ones[:, None], ones[:1]), empty, empty, empty, empty), trial.handling.classes, 1)
    network = Tuned(backbone, head.to(device), embedding.size)
    data = _noise(trial, device, embedding.size, channels)
    seconds = _steps(trial, parts) * _timed(Learner(network, data, trial, steps=3), data.val, warm_up=1, measured=2)
    scored = trial.recipe.epochs * len(parts.val) + len(parts.test)
    heads = trial.model_copy(update={"recipe": HEADS})
    return seconds + scored * _seconds_per_image(embeds) + _seconds_per_head(heads, parts, embeds)


def _seconds_per_image(embeds: Embeds) -> float:
    size, device = embeds.embedding.size, embeds.devices[0]
    images = torch.zeros(MEASURED, 3, size, size, dtype=torch.uint8)
    with _on_threads(1), torch.inference_mode():
        network = build(embeds.embedding, embeds.weights.file, device)
        network(images.to(device))
        start = time.perf_counter()
        network(images.to(device)).cpu()
        return (time.perf_counter() - start) / MEASURED


def _steps(trial: Trial, parts: Parts) -> int:
    """What a trial's own stream comes to; a constant predictor takes none."""
    if not method_of(trial.handling.name).learns:
        return 0
    epochs, drawn = draw(parts.labels[parts.train], trial.handling, trial.seed, trial.recipe).shape
    return int(epochs * -(-drawn // trial.recipe.batch))


def _seconds_per_step(trial: Trial, device: str, size: int, channels: int) -> float:
    data = _noise(trial, device, size, channels)
    learner = Learner(trainer.build(trial, data), data, trial, steps=WARM_UP + MEASURED)
    return _timed(learner, data.val)


def _noise(trial: Trial, device: str, size: int, channels: int) -> Data:
    """As many images as are in a batch."""
    rows = torch.arange(trial.recipe.batch)
    noise = torch.randint(0, 256, (len(rows), size, size, channels), dtype=torch.uint8, device=device)
    return Data(noise, (rows % 2).to(device), rows[None], rows)


def _timed(learner: Learner, rows: torch.Tensor, warm_up: int = WARM_UP, measured: int = MEASURED) -> float:
    for _ in range(warm_up):
        learner.step(rows)
    start = time.perf_counter()
    for _ in range(measured):
        float(learner.step(rows).loss)
    return (time.perf_counter() - start) / measured
