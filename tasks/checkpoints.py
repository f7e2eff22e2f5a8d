"""What a long trial leaves while it trains, so that the next sweep goes on from its last epoch if it is cut off."""

import logging
import os
from pathlib import Path

import torch

from steelyard.models.spec.trial import FINETUNE, Trial
from steelyard.models.train.learner import State
from steelyard.tasks import trial_identity

FOLDER = "checkpoints"
"""Below the cache: a file for each trial that trains, or was cut off."""

PART = ".part"
"""Ends the name of what is written before it takes the place of a checkpoint, with the process in it."""

logger = logging.getLogger(__name__)


def place(cache: Path, trial: Trial) -> Path | None:
    """Where the checkpoint of a trial is, by its identity; None for one that is soon trained again."""
    return cache / FOLDER / f"{trial_identity.trial_id(trial)}.pt" if trial.recipe.name == FINETUNE else None


def read(file: Path | None) -> State | None:
    """The state that was kept last; None where there is none, or none that can be read."""
    if file is None or not file.is_file():
        return None
    try:
        state: State = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  # pickle, zip and torch each raise their own
        logger.warning("%s is damaged, and its trial begins anew: %s", file, " ".join(str(error).split()))
        return None
    return state


def keep(file: Path, state: State) -> None:
    """Put a state in place of the one before, at once: a process that is killed leaves the old or the new one.

    Where there is no room, training goes on without.
    """
    part = file.with_suffix(f".{os.getpid()}{PART}")
    try:
        file.parent.mkdir(parents=True, exist_ok=True)
        torch.save(state, part)
        part.replace(file)
    except (OSError, RuntimeError) as error:  # All that torch says of a full disk is "iostream error".
        logger.warning("no checkpoint in %s: %s", file.parent, " ".join(str(error).split()))
        part.unlink(missing_ok=True)


def drop(cache: Path, trial: Trial) -> None:
    """Remove the checkpoint of a trial whose results are kept."""
    if file := place(cache, trial):
        # With what processes left that were killed while they wrote.
        for left in (file, *file.parent.glob(f"{file.stem}.*{PART}")):
            left.unlink(missing_ok=True)
