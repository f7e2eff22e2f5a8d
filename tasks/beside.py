"""Threads for what is done for a sweep beside its tasks, two of it at a time; known by the sweep's folder."""

from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from contextvars import copy_context
from pathlib import Path
from typing import Any

_threads: dict[Path, ThreadPoolExecutor] = {}
_begun: dict[tuple[Path, str], Future[Any]] = {}


@contextmanager
def threads(sweep: Path, stop: Callable[[], None]) -> Iterator[None]:
    """Have them for a sweep; its end ends what has not begun, and waits for what has, which ``stop`` cuts short."""
    _threads[sweep] = ThreadPoolExecutor(2, "beside")
    try:
        yield
    except BaseException:
        stop()
        raise
    finally:
        _threads.pop(sweep).shutdown(cancel_futures=True)
        for key in [key for key in _begun if key[0] == sweep]:
            del _begun[key]


def begin(sweep: Path, name: str, work: Callable[..., Any], *args: Any) -> None:
    """Do some work in this context."""
    _begun[sweep, name] = _threads[sweep].submit(copy_context().run, work, *args)


def done(sweep: Path, name: str) -> Any:
    """What came of it, once it is done; raises what it raised."""
    return _begun[sweep, name].result()
