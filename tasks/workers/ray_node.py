"""What runs on a node of a Ray cluster: a job on files that came through Ray's object store, which sends its own."""

import os
import queue
import shutil
import stat
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import ray
from filelock import FileLock

from steelyard.tasks import trial_identity
from steelyard.tasks.features.embedding import EmbedJob
from steelyard.tasks.workers.trial_process import Job

LONGEST_SECONDS = 7 * 86400
"""After which nothing begins any more in a sweep that is not dead."""


@dataclass(frozen=True)
class Sent:
    """A job, the module whose ``run`` does it, and what it needs.

    Attributes:
        files: path where the sweep runs -> its content in the object store, (n,) uint8.
        sweep: what the folder on a node is called.
        code: of the machine where the sweep runs, as of ``trial_identity``.
    """

    run: Callable[[Any, Callable[[Any], Any]], Any]
    job: Job | EmbedJob
    files: dict[str, "ray.ObjectRef[npt.NDArray[np.uint8]]"]
    sweep: str
    code: str


@dataclass(frozen=True)
class Results:
    """The last message of a job: path where the sweep runs -> what it wrote there."""

    files: dict[str, bytes]


class OtherCode(RuntimeError):
    """A node has another Steelyard, torch or numpy than the sweep."""


def root(sweep: str) -> Path:
    """Folder of a sweep on this node; each node has one of its own, also of several on one machine.

    Raises:
        OSError: somebody else has made it, or may write there.
    """
    ours = Path(tempfile.gettempdir()) / f"steelyard-ray-{os.getuid()}"
    ours.mkdir(mode=0o700, exist_ok=True)
    about = ours.lstat()
    if about.st_uid != os.getuid() or not stat.S_ISDIR(about.st_mode) or about.st_mode & 0o077:
        raise OSError(f"{ours} must be a folder that nobody else may use; remove it")
    return ours / ray.get_runtime_context().get_node_id()[:16] / sweep


def work(sent: Sent) -> Iterator[Any]:
    """Do a job and yield its messages as they come, then ``Results``.

    Raises:
        OtherCode: its scores could be others here.
        OSError: there is no room.
    """
    if (here := trial_identity.code_version()) != sent.code:
        raise OtherCode(f"a node has {here}, and the sweep {sent.code}: install the same on both")
    folder = root(sent.sweep)
    _tidy(folder)
    for path, content in sent.files.items():
        _lay(folder / path.lstrip("/"), content)
    results = Path(tempfile.mkdtemp(prefix="results-", dir=folder))
    job = _moved(sent.job, partial(_below, folder), partial(_below, results))
    yield from _messages(partial(sent.run, job))
    written = [path for path in results.rglob("*") if path.is_file()]
    yield Results({f"/{path.relative_to(results)}": path.read_bytes() for path in written})
    shutil.rmtree(results)


def _tidy(folder: Path) -> None:
    """Remove what sweeps left on this machine that were killed long ago; this one is in use."""
    folder.mkdir(parents=True, exist_ok=True)
    os.utime(folder)
    for other in folder.parent.parent.glob("*/*"):
        with suppress(OSError):
            if time.time() - other.stat().st_mtime > LONGEST_SECONDS:
                shutil.rmtree(other)


def forget(sweep: str) -> None:
    """Remove what a sweep left on this node."""
    shutil.rmtree(root(sweep), ignore_errors=True)


def _lay(path: Path, content: "ray.ObjectRef[npt.NDArray[np.uint8]]") -> None:
    """Write a file that is not there; of several jobs that need it one fetches it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f".{path.name}")
    with FileLock(f"{part}.lock"):
        if not path.exists():
            part.write_bytes(ray.get(content).data)
            part.replace(path)


def _below(folder: Path, path: Path) -> Path:
    return folder / path.relative_to(path.anchor)


def _moved(job: Job | EmbedJob, shared: Callable[[Path], Path], own: Callable[[Path], Path]) -> Job | EmbedJob:
    """The same job on this node: what it reads, and apart from that what it writes."""
    # Ray shows a job no other GPUs than its own.
    device = "cuda:0" if job.device.startswith("cuda") else job.device
    if isinstance(job, EmbedJob):
        place = replace(job.place, folder=own(job.place.folder))
        place.root.mkdir(parents=True)
        read: dict[str, Any] = {"image_set": shared(job.image_set), "weights": shared(job.weights)}
        return replace(job, device=device, place=place, **read)
    named = {name: getattr(job, name) for name in ("image_set", "features", "pixels", "backbone", "plan")}
    moved: dict[str, Any] = {name: shared(path) for name, path in named.items() if path}
    own(job.out).mkdir(parents=True)
    # Where folders are not shared a checkpoint would stay here, and nobody would find it.
    checkpoint = job.checkpoint if job.out.exists() else None
    return replace(job, device=device, out=own(job.out), checkpoint=checkpoint, **moved)


def _messages(run: Callable[[Callable[[Any], Any]], Any]) -> Iterator[Any]:
    """What a job sends, while it runs in a thread beside."""
    said: queue.Queue[Any] = queue.Queue()
    over = object()

    def whole() -> None:
        try:
            run(said.put)
        finally:
            said.put(over)

    threading.Thread(target=whole, daemon=True).start()
    # Not from an iterator: Ray sends to its generators.
    while (message := said.get()) is not over:
        yield message
