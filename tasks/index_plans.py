"""Plans on disk: which rows a trial sees when, and which it is judged on."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.data.carve import Groups, fold
from steelyard.models.data.partition import Turns
from steelyard.models.handlings.index_stream import Effect, draw
from steelyard.models.handlings.registry import method_of
from steelyard.models.spec.trial import Trial

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Plan:
    """The index arrays of one trial.

    Attributes:
        rows: (epochs, n) int64 rows of the image set, in the order they are seen.
        train: (n,) int64 rows.
        val: (v,) int64 rows.
        test: (t,) int64 rows.
        labels: (N,) int64 over the image set, as in ``models.data.partition.Parts``.
        folds: (n,) int64, part of train that each of its images is in.
    """

    rows: Rows
    train: Rows
    val: Rows
    test: Rows
    labels: Rows
    folds: Rows

    @classmethod
    def read(cls, folder: Path, trial: Trial) -> Self:
        """What ``write`` left in ``folder`` for this trial."""
        own = place(folder, trial.fold)
        with np.load(own / "parts.npz", allow_pickle=False) as parts:
            shared = {name: parts[name] for name in ("train", "val", "test", "labels", "folds")}
        return cls(rows=np.load(own / _file(trial), allow_pickle=False), **shared)


def place(folder: Path, turn: int) -> Path:
    """Where plans of a turn are, within the folder of all."""
    return folder / f"turn-{turn}"


def files(folder: Path, trial: Trial) -> list[Path]:
    """What ``Plan.read`` reads."""
    own = place(folder, trial.fold)
    return [own / "parts.npz", own / _file(trial)]


def write(folder: Path, turns: Turns, trials: tuple[Trial, ...], groups: Groups) -> None:
    """Write the parts of each turn once, and the rows of each trial; trials with the same stream and seed share a file.

    The groups are (N,) str, of each image; "" where it stands alone.
    """
    for turn, parts in turns.items():
        place(folder, turn).mkdir(parents=True, exist_ok=True)
        folds = fold(parts.train, parts.labels, groups)
        shared = {"train": parts.train, "val": parts.val, "test": parts.test, "labels": parts.labels, "folds": folds}
        with _at_once(place(folder, turn) / "parts.npz") as file:
            np.savez(file, allow_pickle=False, **shared)
    for trial in trials:
        file, parts = place(folder, trial.fold) / _file(trial), turns[trial.fold]
        if not file.exists():
            drawn = draw(parts.labels[parts.train], trial.handling, trial.seed, trial.recipe)
            with _at_once(file) as made:
                np.save(made, parts.train[drawn])


@contextmanager
def _at_once(file: Path) -> Iterator[Path]:
    """Where to write what is there only once it is whole: a process may be reading, or a thread writing the same."""
    own = file.with_name(f"{threading.get_ident()}-{file.name}")
    yield own
    own.replace(file)


def effect(folder: Path, trial: Trial) -> Effect:
    """What the trial's plan, as written, makes of train."""
    plan = Plan.read(folder, trial)
    return Effect.of(plan.labels, plan.rows, plan.train, trial.handling)


def _file(trial: Trial) -> str:
    handling = trial.handling
    numbers = (f"{number:.9g}" for number in (*handling.numbers.values(), handling.deferred_after))
    drawn = "-".join((handling.name, *numbers)) if method_of(handling.name).selection(handling) else "all"
    return f"rows-{trial.recipe.name}-{drawn}-{trial.seed}.npy"
