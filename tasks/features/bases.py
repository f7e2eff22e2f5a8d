"""Train's principal axes on disk: found by the first trial that needs them, shared by all trials of a sweep."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import torch
from filelock import FileLock

from steelyard.models.train.basis import Axes, Basis, axes_of, turned
from steelyard.tasks.features.store import Features
from steelyard.tasks.index_plans import Plan

NAMES = ("mean", "scale", "axes", "variances", "turned")


def load(folder: Path, features: Features, widths: Sequence[int], plan: Plan, device: torch.device) -> Basis:
    """The basis of a sweep's train; a memory map on a CPU.

    Args:
        folder: of the sweep.
        features: (N, D) float32 of the image set.
        widths: of the groups that they come in.
        plan: gives train, its labels and its folds.
        device: to put it on.
    """
    with FileLock(folder / "basis.lock"):
        if not _file(folder, NAMES[-1]).exists():
            _write(folder, features, widths, plan)
    *of_axes, shared = (torch.from_numpy(np.load(_file(folder, name), mmap_mode="c")).to(device) for name in NAMES)
    rows, labels = torch.from_numpy(plan.train), torch.from_numpy(plan.labels[plan.train]).to(device)
    return Basis(Axes(*of_axes), shared, rows, labels, torch.from_numpy(plan.folds).to(device))


def _write(folder: Path, features: Features, widths: Sequence[int], plan: Plan) -> None:
    axes = axes_of(features, plan.train, widths)
    for name, value in axes._asdict().items():
        np.save(_file(folder, name), value.numpy())
    shape = (len(plan.train), len(axes.variances))
    part = _file(folder, "part")
    with part.open("wb") as file:
        np.lib.format.write_array_header_1_0(file, {"descr": "<f4", "fortran_order": False, "shape": shape})
        for rows in turned(features, plan.train, axes):
            file.write(rows.numpy().tobytes())
    # The last file to come: whoever sees it sees all.
    part.replace(_file(folder, NAMES[-1]))


def _file(folder: Path, name: str) -> Path:
    return folder / f"basis-{name}.npy"
