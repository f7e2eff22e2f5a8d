"""What a sweep will cost, from a few steps that are really taken."""

import time
from dataclasses import dataclass

import torch

from models import trainer
from models.learner import Data, Learner
from models.sweep_plan import SweepPlan
from models.trial import Trial

WARM_UP = 3
MEASURED = 10


@dataclass(frozen=True)
class Cost:
    """Work and time of a sweep.

    Attributes:
        trials: to train.
        steps: of one trial.
        seconds: of training alone, all trials, as many side by side as there are workers.
    """

    trials: int
    steps: int
    seconds: float


def estimate(plan: SweepPlan, size: int, channels: int) -> Cost:
    """Time a few steps of the first trial on noise, on the first device, and multiply.

    Args:
        plan: of the sweep.
        size: pixels per side.
        channels: of the images.
    """
    trial, shared = plan.trials[0], plan.shared
    steps = trial.recipe.epochs * -(-sum(plan.counts["train"]) // trial.recipe.batch)
    rounds = -(-len(plan.trials) // shared.workers)
    return Cost(len(plan.trials), steps, rounds * steps * _seconds_per_step(trial, shared.devices[0], size, channels))


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
