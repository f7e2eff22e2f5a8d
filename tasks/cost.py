"""What a sweep will cost, from a few steps that are really taken."""

import time
from dataclasses import dataclass

import torch

from models import trainer
from models.handlings.stream import draw
from models.learner import Data, Learner
from models.partition import Parts
from models.sweep_plan import SweepPlan
from models.trial import Trial

WARM_UP = 3
MEASURED = 10


@dataclass(frozen=True)
class Cost:
    """Work and time of a sweep.

    Attributes:
        trials: to train.
        steps: of all trials.
        seconds: of training alone, all trials, as many side by side as there are workers.
    """

    trials: int
    steps: int
    seconds: float


def estimate(plan: SweepPlan, parts: Parts, size: int, channels: int) -> Cost:
    """Time a few steps of the first trial on noise, on the first device, and multiply.

    Args:
        plan: of the sweep.
        parts: what its trials draw from.
        size: pixels per side.
        channels: of the images.
    """
    trial, shared = plan.trials[0], plan.shared
    steps = sum(_steps(trial, parts) for trial in plan.trials)
    at_once = min(shared.workers, len(plan.trials))
    return Cost(len(plan.trials), steps, steps / at_once * _seconds_per_step(trial, shared.devices[0], size, channels))


def _steps(trial: Trial, parts: Parts) -> int:
    """What a trial's own stream comes to; a constant predictor takes none."""
    if trial.handling.name == "constant":
        return 0
    epochs, drawn = draw(parts.labels[parts.train], trial.handling, trial.seed, trial.recipe).shape
    return int(epochs * -(-drawn // trial.recipe.batch))


def _seconds_per_step(trial: Trial, device: str, size: int, channels: int) -> float:
    batch, before = trial.recipe.batch, torch.get_num_threads()
    torch.set_num_threads(trial.compute.threads)
    noise = torch.randint(0, 256, (batch, size, size, channels), dtype=torch.uint8, device=device)
    rows = torch.arange(batch)
    data = Data(noise, (rows % 2).to(device), rows[None], rows)
    learner = Learner(trainer.build(trial, channels, torch.device(device)), data, trial, steps=WARM_UP + MEASURED)
    try:
        return _timed(learner, rows)
    finally:
        torch.set_num_threads(before)


def _timed(learner: Learner, rows: torch.Tensor) -> float:
    for _ in range(WARM_UP):
        learner.step(rows)
    start = time.perf_counter()
    for _ in range(MEASURED):
        float(learner.step(rows).loss)
    return (time.perf_counter() - start) / MEASURED
