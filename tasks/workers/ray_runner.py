"""The runner on a Ray cluster: each job is a task of Ray, where there is room, and on another node if one dies."""

import atexit
import logging
import os
import signal
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, nullcontext, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy as np

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep_plan import Shared
from steelyard.models.spec.trial import Compute
from steelyard.models.train.trainer import Epoch
from steelyard.tasks import index_plans, interrupt, trial_identity
from steelyard.tasks.features import embedding
from steelyard.tasks.features.embedding import EmbedJob, Refused
from steelyard.tasks.settings import Settings
from steelyard.tasks.workers import devices, trial_process
from steelyard.tasks.workers.devices import Machine
from steelyard.tasks.workers.pool import TrialFailed, TrialStopped
from steelyard.tasks.workers.trial_process import Broken, Finished, Job

# Ray prints a page about each node that dies; we say it in a line. It is read when Ray is imported.
os.environ.setdefault("RAY_DEDUP_LOGS_SKIP_REGEX", ".")
try:
    import ray
    from ray.exceptions import NodeDiedError, ObjectLostError, RayError, RayTaskError
    from ray.util.scheduling_strategies import NodeAffinitySchedulingStrategy

    from steelyard.tasks.workers.ray_node import Results, Sent, forget, work
except ImportError as error:
    raise BadInput(f"runner ray must have Ray, got {error}; pip install 'steelyard[ray]'") from error

logger = logging.getLogger(__name__)

LOST = (NodeDiedError, ObjectLostError)
"""A node died under a job, or with what the job had written."""

ADDRESS = "RAY_ADDRESS"
TRIES = 4
"""Nodes that a job may lose before it fails."""

WANTS_SERVER = True
"""As of ``Runner``."""

_lock = threading.Lock()
_stopped: set[Path] = set()
_running: dict[Any, Path] = {}
_places: dict[Path, threading.BoundedSemaphore] = {}
_shares: dict[Path, float] = {}
"""Sweep -> part of a GPU that a job takes; all of it where nothing is said."""

_stored: dict[Path, dict[Path, dict[str, Any]]] = {}
"""Sweep -> folder or file -> its files in the object store, which each node fetches once."""


def machine(settings: Settings, image_bytes: int) -> Machine:
    """As of ``Runner``: of the cluster, all of whose nodes are taken to be like this one in what can change a metric.

    Raises:
        BadInput: no cluster that answers, or a device that no node has.
    """
    _connect()
    there: dict[str, float] = ray.cluster_resources()  # type: ignore[no-untyped-call]
    cpus, gpus = int(there.get("CPU", 0)), int(there.get("GPU", 0))
    kind = "cuda" if settings.device == "auto" and gpus else settings.device.partition(":")[0]
    if kind == "cuda" and not gpus:
        raise BadInput(f"device must be one of the cluster, which has no GPU, got {settings.device}; try --device cpu")
    if kind not in ("auto", "cpu", "cuda"):
        raise BadInput(f"device must be auto, cpu or cuda for runner ray, got {settings.device}")
    if kind != "cuda":
        if not cpus:
            raise BadInput(
                "runner ray must find a node with CPUs, got none in the cluster; start one: ray start --address"
            )
        workers = settings.workers or cpus
        return Machine(("cpu",), workers, workers, Compute(device="cpu", threads=1, precision=devices.precision("cpu")))
    each = settings.trials_per_device or 1
    # Of a node that has one: this machine may have none.
    asked = ray.remote(num_gpus=0.01)(devices.precision).remote("cuda")
    compute = Compute(device="cuda", threads=1, precision=ray.get(asked))
    return Machine(("cuda",) * gpus, each, min(settings.workers or each * gpus, each * gpus), compute)


def limit(sweep: Path, jobs: int) -> None:
    """As of ``Runner``."""
    _places[sweep] = threading.BoundedSemaphore(jobs)


@contextmanager
def place(shared: Shared, cache: Path) -> Iterator[str]:
    """As of ``Runner``: Ray itself finds one."""
    _shares[shared.folder] = 1 / shared.per_device
    yield shared.devices[0]


def fit(job: Job, sweep: Path, on_epoch: Callable[[Epoch], None]) -> Finished:
    """As of ``Runner``."""
    read = [path for path in (job.image_set, job.features, job.pixels, job.backbone) if path]
    finished: list[Finished] = []
    seen = 0

    def take(message: Any) -> None:
        nonlocal seen
        if isinstance(message, Epoch):
            if message.number > seen:  # On another node it begins anew.
                seen = message.number
                on_epoch(message)
        elif isinstance(message, Broken):
            raise TrialFailed(message.reason)
        else:
            finished.append(message)

    with _places.get(sweep, nullcontext()):
        _done(trial_process.run, job, sweep, read, index_plans.files(job.plan, job.trial), take)
    return finished[-1]


def embed(job: EmbedJob, sweep: Path, on_done: Callable[[int], None]) -> None:
    """As of ``Runner``."""

    def take(message: Any) -> None:
        if isinstance(message, Refused):
            raise BadInput(message.reason)
        on_done(message)

    _done(embedding.run, job, sweep, [job.image_set, job.weights], [], take)


def stop(sweep: Path) -> None:
    """As of ``Runner``."""
    with _lock:
        _stopped.add(sweep)
        running = [task for task, owner in _running.items() if owner == sweep]
    for task in running:
        ray.cancel(task, force=True)


def close(sweep: Path) -> None:
    """As of ``Runner``: nodes remove their copies."""
    for held in (_places, _shares):
        held.pop(sweep, None)
    if _stored.pop(sweep, None) is None:
        return
    there: list[dict[str, Any]] = ray.nodes()  # type: ignore[no-untyped-call]
    nodes = [str(node["NodeID"]) for node in there if node["Alive"]]
    tidy = ray.remote(num_cpus=0)(forget)
    asked = [
        tidy.options(scheduling_strategy=NodeAffinitySchedulingStrategy(node, soft=False)).remote(_called(sweep))
        for node in nodes
    ]
    with suppress(RayError):
        ray.wait(asked, num_returns=len(asked), timeout=10)


@atexit.register
def _close_all() -> None:
    """Also what embeds alone, or was refused before it trained, leaves no copies."""
    with suppress(Exception):
        for sweep in list(_stored):
            close(sweep)


def _connect() -> None:
    with _lock:
        if ray.is_initialized():
            return
        os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
        address = os.environ.get(ADDRESS) or "auto"
        handlers = {number: signal.getsignal(number) for number in (signal.SIGINT, signal.SIGTERM)}
        try:
            _knock(address)
            ray.init(address=address, log_to_driver=False, logging_level=logging.CRITICAL)
        except (OSError, RuntimeError, ValueError) as error:
            why = str(error).split(". ")[0].strip()
            raise BadInput(
                f"runner ray must find a cluster, got {why!r}; start one with `ray start --head`, or name it in "
                f"{ADDRESS}"
            ) from error
        finally:
            if threading.current_thread() is threading.main_thread():
                for number, handler in handlers.items():
                    signal.signal(number, handler)


def _knock(address: str) -> None:
    """Raise OSError where nothing listens at an address: Ray would try for two minutes, and end the process."""
    host, colon, port = address.rpartition(":")
    if colon and "/" not in address:
        socket.create_connection((host, int(port)), timeout=5).close()


def _done(run: Any, job: Any, sweep: Path, read: list[Path], own: list[Path], take: Callable[[Any], None]) -> None:
    """Have a job done, take its messages in this thread, and write its results; on another node if one dies."""
    files = {name: ref for path in read for name, ref in _in_store(sweep, path).items()}
    files |= {str(path): _put(path) for path in own}
    sent = Sent(run, job, files, _called(sweep), trial_identity.code_version())
    for _ in range(TRIES):
        try:
            return _followed(sent, sweep, take)
        except LOST:
            # Which are left a cluster itself knows only some seconds later.
            left = "or waits for one where none is left: ray status, ray start --address"
            logger.warning("a node of the cluster died; what ran there runs on another, %s", left)
    raise TrialFailed(f"{TRIES} nodes died under it")


def _followed(sent: Sent, sweep: Path, take: Callable[[Any], None]) -> None:
    on_gpu = sent.job.device.startswith("cuda")
    needs = {"num_gpus": _shares.get(sweep, 1.0)} if on_gpu else {"num_cpus": 1}
    remote = ray.remote(max_retries=0, **needs)(work)
    with _lock:
        if sweep in _stopped or interrupt.ending():
            raise TrialStopped("the sweep was stopped before it began")
        task: Any = remote.remote(sent)
        _running[task] = sweep
    try:
        for reference in task:
            message = ray.get(reference)
            if isinstance(message, Results):
                _write(message)
            else:
                take(message)
    except LOST:
        raise
    except RayError as error:
        if sweep in _stopped:
            raise TrialStopped("the sweep was stopped") from error
        raise TrialFailed(_told(error)) from error
    except BaseException:  # Of whoever takes the messages: nobody waits for the rest.
        ray.cancel(task, force=True)
        raise
    finally:
        with _lock:
            _running.pop(task, None)


def _told(error: RayError) -> str:
    """Why a task has no result, in a line."""
    cause = error.cause if isinstance(error, RayTaskError) else error
    return f"{type(cause).__name__}: {cause}".splitlines()[0]


def _write(results: Results) -> None:
    """In the order of names, in which the file that makes a folder whole comes last."""
    for name, content in sorted(results.files.items()):
        path = Path(name)
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)


def _in_store(sweep: Path, path: Path) -> dict[str, Any]:
    """The files at a path in the object store, put there once for a sweep."""
    with _lock:
        stored = _stored.setdefault(sweep, {})
        if path not in stored:
            files = [path] if path.is_file() else [each for each in sorted(path.rglob("*")) if each.is_file()]
            stored[path] = {str(each): _put(each) for each in files}
        return stored[path]


def _put(path: Path) -> Any:
    """A file as (n,) uint8, from its pages to the store without a copy between, which a memmap itself would take."""
    return ray.put(np.asarray(np.memmap(path, np.uint8, mode="r")) if path.stat().st_size else np.zeros(0, np.uint8))


def _called(sweep: Path) -> str:
    return blake2b(str(sweep).encode(errors="backslashreplace"), digest_size=8).hexdigest()
