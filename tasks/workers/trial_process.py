"""What runs in a trial's own process. It knows neither Prefect nor MLflow: records go up a pipe, files to a folder."""

import json
import logging
import signal
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from hashlib import blake2b
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from filelock import FileLock
from torch import nn

from steelyard.models.handlings.index_stream import draw
from steelyard.models.handlings.registry import method_of
from steelyard.models.spec.trial import BASELINE, FEATURES, FINETUNE, HEADS, Trial
from steelyard.models.train import collapse, trainer
from steelyard.models.train.finetune import Tuned
from steelyard.models.train.head import Head, choose, loss_key
from steelyard.models.train.learner import Data
from steelyard.models.train.principal_axes import Axes, Basis, axes_of, turned
from steelyard.models.train.quarters import heads_of_quarters
from steelyard.models.train.trainer import Epoch
from steelyard.tasks import checkpoints, index_plans
from steelyard.tasks.atomic_files import write_text
from steelyard.tasks.features import feature_sets, pixel_sets
from steelyard.tasks.features.feature_sets import Features
from steelyard.tasks.images import image_sets
from steelyard.tasks.index_plans import Plan

HEAD, WEIGHTS = "head.pt", "weights.pt"
"""Files of what was trained: a linear layer on features, or a network on pixels."""

LEARNING = "learning.parquet"
"""File of what heads that learned from less of train score test, for a learning curve; of baselines in folds."""

BASIS = ("mean", "scale", "axes", "variances", "turned")
"""Arrays of train's principal axes: found by the first trial that needs them, shared by all trials of a sweep."""

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Job:
    """One trial to fit, and folders: as ``tasks.extract``, ``embed`` and ``resample`` wrote them, and for its results.

    Attributes:
        features: None for a trial on pixels of the image set.
        device: name of the device it may use.
        out: for ``scores.parquet`` and ``weights.pt`` or ``head.pt``; exists.
        pixels: as ``embed`` wrote them; None unless a backbone is trained on.
        backbone: file of its weights; likewise.
        checkpoint: file from which a trial that was cut off goes on; None for one that is soon trained again.
    """

    trial: Trial
    image_set: Path
    features: Path | None
    plan: Path
    device: str
    out: Path
    pixels: Path | None = None
    backbone: Path | None = None
    checkpoint: Path | None = None


@dataclass(frozen=True)
class Finished:
    """The last message of a trial.

    Attributes:
        metrics: ``test/...`` at argmax, and the seconds of all epochs.
        params: what only training could tell: the device's name, the strength of the penalty, 0 for none, and where
            memory had no room for a batch, how many images of it were learned at once.
    """

    metrics: dict[str, float]
    params: dict[str, str]


@dataclass(frozen=True)
class Broken:
    """The last message of a trial that raised: why, in one line."""

    reason: str


Message = Epoch | Finished | Broken
Scores = dict[str, npt.NDArray[np.float32]]


def main(job: Job, pipe: Connection) -> None:
    """Fit trials, as ``run`` does, the first of them and then those from the pipe.

    After ``Broken`` it ends: what went wrong may have left something behind.
    """
    # Ctrl-C in a terminal reaches every process of the group; the parent decides what ends.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    following: Job | None = job
    try:
        while following:
            following = _next(pipe) if run(following, pipe.send) else None
    except BrokenPipeError:
        logger.info("the sweep is gone; its process ends")


def run(job: Job, send: Callable[[Message], Any]) -> bool:
    """Fit a trial and send an ``Epoch`` after each epoch, then ``Finished`` or ``Broken``; whether it is finished."""
    try:
        _report(job, send)
    except BrokenPipeError:
        raise
    except Exception as error:  # noqa: BLE001  # whatever it is, it is this trial's end and no other's
        send(Broken(f"{type(error).__name__}: {error}".splitlines()[0]))
        return False
    return True


def _next(pipe: Connection) -> Job | None:
    """What is to be fitted next; None if the sweep is gone."""
    try:
        return cast("Job", pipe.recv())
    except EOFError:
        return None


def _report(job: Job, send: Callable[[Message], Any]) -> None:
    torch.set_num_threads(job.trial.compute.threads)
    torch.backends.cudnn.deterministic = True
    device = torch.device(job.device)
    plan, start = Plan.read(job.plan, job.trial), time.perf_counter()
    data, since = _data(job, plan, device), checkpoints.read(job.checkpoint)
    network = _network(job, plan, data, solved=since is None)
    prepared, epochs = time.perf_counter() - start, []
    keep = partial(checkpoints.keep, job.checkpoint) if job.checkpoint else None
    for epoch in trainer.fit(network, data, job.trial, since, keep):
        send(epoch)
        epochs.append(epoch)
    scores, metrics = _judge(job, network, data, plan)
    _keep_flags(job, epochs, plan, scores)
    if job.trial.fold and isinstance(network, Head) and job.trial.handling.label == BASELINE:
        _keep_learning(job, data, plan)
    seconds = {"speed/seconds": prepared + sum(epoch.seconds for epoch in epochs)}
    head = network.head if isinstance(network, Tuned) else network
    strength = f"{head.strength:g}" if isinstance(head, Head) else "0"
    params = {"device_name": _device_name(device), "strength": strength}
    if isinstance(network, Tuned) and network.at_once:
        params["learned_at_once"] = str(network.at_once)
    send(Finished(metrics | seconds, params))


def _data(job: Job, plan: Plan, device: torch.device) -> Data:
    labels, rows, val = (torch.from_numpy(array) for array in (plan.labels, plan.rows, plan.val))
    # Copy-on-write lets torch wrap the memory map that all trials share; nobody writes to it.
    if job.trial.recipe.name != FEATURES:
        tuned = job.pixels if job.trial.recipe.name == FINETUNE else None
        pixels = pixel_sets.load(tuned) if tuned else image_sets.load(job.image_set).images
        return Data(torch.from_numpy(pixels).to(device), labels.to(device), rows, val)
    assert job.features is not None
    features = feature_sets.load(job.features)
    with FileLock(index_plans.place(job.plan, job.trial.fold) / "basis.lock"):
        if not _basis_file(job, BASIS[-1]).exists():
            _write_basis(job, features, feature_sets.widths(job.features), plan.train)
    *of_axes, shared = (torch.from_numpy(np.load(_basis_file(job, name), mmap_mode="c")).to(device) for name in BASIS)
    of_train, folds = labels[plan.train].to(device), torch.from_numpy(plan.folds).to(device)
    basis = Basis(Axes(*of_axes), shared, torch.from_numpy(plan.train), of_train, folds)
    return Data(torch.from_numpy(features).to(device), labels.to(device), rows, val, basis)


def _network(job: Job, plan: Plan, data: Data, solved: bool) -> nn.Module:
    """With its first weights; on a backbone that is trained on, if ``solved``, the head that ``features`` finds."""
    trial = job.trial
    if trial.recipe.name != FINETUNE or not method_of(trial.handling.name).learns:
        return trainer.build(trial, data, _strength(job, data))
    # timm takes seconds to import, and no other trial needs it.
    from steelyard.tasks.features.embedding import build

    assert trial.embedding is not None and job.backbone is not None
    heads = trial.model_copy(
        update={"recipe": HEADS, "compute": trial.compute.model_copy(update={"precision": "float32"})}
    )
    rows = plan.train[draw(plan.labels[plan.train], trial.handling, trial.seed, HEADS)]
    head_job = replace(job, trial=heads)
    features = _data(head_job, replace(plan, rows=rows), data.inputs.device)
    head = trainer.build(heads, features, _strength(head_job, features))
    assert isinstance(head, Head)
    for _ in trainer.fit(head, features, heads) if solved else ():
        pass
    # What is trained on is kept in float32, whatever it was embedded in.
    embedding = trial.embedding.model_copy(update={"precision": "float32"})
    return Tuned(build(embedding, job.backbone, job.device), head, embedding.size).to(data.inputs.device)


def _strength(job: Job, data: Data) -> float | None:
    """Of the penalty of a head: chosen by the first trial in its turn whose loss comes to the same on average."""
    if data.basis is None or not method_of(job.trial.handling.name).learns:
        return None
    key = loss_key(data.basis, job.trial.handling)
    file = index_plans.place(job.plan, job.trial.fold) / f"strength-{blake2b(key.encode(), digest_size=8).hexdigest()}"
    with FileLock(f"{file}.lock"):
        if not file.exists():
            write_text(file, repr(choose(data.basis, job.trial.handling)))
    return float(file.read_text(encoding="utf-8"))


def _write_basis(job: Job, features: Features, widths: Sequence[int], train: npt.NDArray[np.int64]) -> None:
    axes = axes_of(features, train, widths)
    for name, value in axes._asdict().items():
        np.save(_basis_file(job, name), value.numpy())
    part = _basis_file(job, "part")
    with part.open("wb") as file:
        feature_sets.write_header(file, len(train), len(axes.variances))
        for rows in turned(features, train, axes):
            file.write(rows.numpy().tobytes())
    # The last file to come: whoever sees it sees all.
    part.replace(_basis_file(job, BASIS[-1]))


def _basis_file(job: Job, name: str) -> Path:
    return index_plans.place(job.plan, job.trial.fold) / f"basis-{name}.npy"


def _judge(job: Job, network: nn.Module, data: Data, plan: Plan) -> tuple[Scores, dict[str, float]]:
    """Score val and test once, keep scores and weights, and give the scores and ``test/...`` at argmax.

    The column ``score`` is the probability of the positive; where every class counts, ``score_<c>`` is that of class c.
    """
    parts = {"val": data.val, "test": torch.from_numpy(plan.test)}
    logits = {"test": trainer.score(network, data.inputs, parts["test"])}
    same = torch.equal(parts["val"], parts["test"])
    logits["val"] = logits["test"] if same else trainer.score(network, data.inputs, parts["val"])
    scores = {part: trainer.probabilities(values) for part, values in logits.items()}
    tables = [_scored(job, plan, part, rows.numpy(), scores[part]) for part, rows in parts.items()]
    pd.concat(tables).to_parquet(job.out / "scores.parquet", index=False)
    if isinstance(network, Head):
        torch.save(network.plain(), job.out / HEAD)
    elif isinstance(network, Tuned):
        torch.save(network.plain(), job.out / WEIGHTS)
    elif method_of(job.trial.handling.name).learns:
        torch.save({name: value.cpu() for name, value in network.state_dict().items()}, job.out / WEIGHTS)
    return scores, trainer.summary("test", logits["test"], torch.from_numpy(plan.labels[plan.test]))


def _keep_learning(job: Job, data: Data, plan: Plan) -> None:
    """Write ``learning.parquet``, with a column ``quarters`` of train; not where groups let none be drawn.

    Nothing else misses it where that fails, as for want of memory.
    """
    try:
        if tables := [*_of_quarters(job, data, plan)]:
            pd.concat(tables).to_parquet(job.out / LEARNING, index=False)
    except (RuntimeError, OSError, ValueError, ArithmeticError) as error:
        logger.warning("no learning curve: %s", error)
        (job.out / LEARNING).unlink(missing_ok=True)


def _of_quarters(job: Job, data: Data, plan: Plan) -> Iterator[pd.DataFrame]:
    assert data.basis is not None
    groups, test = image_sets.load(job.image_set).table["group"].to_numpy(), torch.from_numpy(plan.test)
    for quarters, head in heads_of_quarters(data.basis, plan.labels, groups, job.trial.handling):
        scores = trainer.probabilities(trainer.score(head, data.inputs, test))
        yield _scored(job, plan, "test", plan.test, scores).assign(quarters=quarters)


def _scored(
    job: Job, plan: Plan, part: str, rows: npt.NDArray[np.int64], scores: npt.NDArray[np.float32]
) -> pd.DataFrame:
    ids, classes = image_sets.load(job.image_set).table["id"].to_numpy(), range(scores.shape[1])
    columns = {"score": scores[:, 1]} if len(classes) == 2 else {f"score_{of}": scores[:, of] for of in classes}
    return pd.DataFrame({"split": part, "id": ids[rows], "label": plan.labels[rows]} | columns)


def _keep_flags(job: Job, epochs: list[Epoch], plan: Plan, scores: Scores) -> None:
    """Write ``flags.json``: what the collapse guard says, a list of sentences."""
    undeclared = dict.fromkeys(flag for epoch in epochs for flag in epoch.flags)
    counts = np.bincount(plan.labels[plan.rows[-1]], minlength=job.trial.handling.classes)
    losses, drawn = [epoch.metrics["train/loss"] for epoch in epochs], tuple(int(count) for count in counts)
    names = image_sets.load(job.image_set).class_names
    flags = [*undeclared, *collapse.flags(job.trial, losses, drawn, scores, names)]
    (job.out / "flags.json").write_text(json.dumps(flags))


def state_of(run: Path, name: str) -> dict[str, torch.Tensor]:
    """Read what a trial trained or reused, ``HEAD`` or ``WEIGHTS``, from the folder of its run within the sweep's.

    Raises:
        LookupError: it is gone.
    """
    # Where a trial could not be reused whole, it was trained, and a part of what it was to reuse lies there too.
    file = min(run.rglob(name), key=lambda found: "reused" in found.relative_to(run).parts, default=None)
    if file is None:
        raise LookupError(f"the network of run {run.name} is not kept")
    state: dict[str, torch.Tensor] = torch.load(file, map_location="cpu", weights_only=True)
    return state


def _device_name(device: torch.device) -> str:
    if device.type == "cuda":
        return torch.cuda.get_device_name(device)
    return str(torch.cpu.get_capabilities().get("cpu_name", "cpu")) if device.type == "cpu" else device.type
