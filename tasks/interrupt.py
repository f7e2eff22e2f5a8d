"""Ctrl-C and SIGTERM: whatever waits, the process closes what is open and ends within 5 s, with code 130 or 143."""

import atexit
import math
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from enum import IntEnum
from types import FrameType

CODES = {int(signal.SIGINT): 130, int(signal.SIGTERM): 143}
SAID = {130: "interrupted", 143: "ended by SIGTERM"}
GRACE_SECONDS = 8.0
AGAIN_SECONDS = 0.5
"""After which a second signal ends the process at once; what runs us, such as ``mlflow run``, may pass the first on."""

LOOK_SECONDS = 1.0
"""Between two looks whether the parent lives."""

FROM_HANDLER = 128
"""Added to a signal's number by the handler, to tell what it writes from what the system does."""


class Stage(IntEnum):
    """What is closed when: what works is stopped, then stores and servers are told, then what is left is removed."""

    STOP, TELL, REMOVE = range(3)


UNTIL_SECONDS = {Stage.STOP: 0.5, Stage.TELL: 4.0, Stage.REMOVE: 4.5}
"""After the signal, for all of a stage; what takes longer is left to the next start."""

SETTLED_SECONDS = 1.5
"""After the signal, for what is not to be divided."""


class Stopped(RuntimeError):
    """What was asked for is not begun, because the process, or the sweep, is being ended from outside."""


class _State:
    """Of this process: one is enough, since signals are the process's."""

    def __init__(self) -> None:
        self.lock = threading.Condition(threading.RLock())
        self.closers: dict[object, tuple[Stage, Callable[[], None]]] = {}
        self.code, self.since, self.after = 0, math.inf, ""
        self.undivided = self.held = 0
        self.heard = self.late = False
        self.door = -1


_state = _State()


def listen() -> None:
    """From now on SIGINT and SIGTERM end this process, and raise ``KeyboardInterrupt`` in its main thread meanwhile.

    One line is said; after it standard error is silent, since what is cut off would fill it with tracebacks. A second
    signal ends the process at once. In a thread that is not the main one, which hears no signals, nothing happens.
    """
    if threading.current_thread() is not threading.main_thread():
        return
    heard, _state.door = os.pipe()
    os.set_blocking(_state.door, False)
    # A thread hears them too: the main thread may be in a library that does not return for long.
    signal.set_wakeup_fd(_state.door, warn_on_full_buffer=False)
    for number in CODES:
        if signal.getsignal(number) != signal.SIG_IGN:
            signal.signal(number, _on_signal)
    threading.Thread(target=_hear, args=(heard,), name="signals", daemon=True).start()
    # The main thread may be done first.
    atexit.register(_wait_for_end)


def end_with(parent: str) -> None:
    """From now on end this process, as SIGTERM does, once its parent is not that of this process id; "" for any."""
    if parent:
        threading.Thread(target=_watch, args=(int(parent),), name="orphans", daemon=True).start()


def _watch(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def end_soon(number: int) -> None:
    """Answer a signal that another has heard, and end the process in time whatever it still waits for."""
    _begin(number)
    _exit_in(UNTIL_SECONDS[Stage.REMOVE], _state.code)


def after(line: str) -> None:
    """What is said of this command when it is ended."""
    _state.after = f"; {line}"


def ending() -> int:
    """The exit code of this process, if it is being ended from outside; else 0."""
    return _state.code


def on_end(stage: Stage, close: Callable[[], None]) -> object:
    """Have this called when the process is ended from outside, beside others of its stage; gives its key."""
    key = object()
    _state.closers[key] = stage, close
    return key


@contextmanager
def closing(stage: Stage, close: Callable[[], None]) -> Iterator[None]:
    """``on_end`` while the block runs; what the end of the process has cut short stays to be closed."""
    key = on_end(stage, close)
    try:
        yield
    finally:
        if not _state.code:
            del _state.closers[key]


@contextmanager
def undivided() -> Iterator[None]:
    """A block that is done whole or not begun: ``KeyboardInterrupt`` comes after it, and stores are told after it.

    Raises:
        Stopped: the process is being ended.
    """
    main = threading.current_thread() is threading.main_thread()
    others = signal.getsignal(signal.SIGTERM)
    # Within a flow Prefect hears SIGTERM, and raises wherever the thread is.
    swapped = main and _state.door >= 0 and callable(others)
    if swapped:
        signal.signal(signal.SIGTERM, _on_signal)
    _state.held += main
    try:
        with _state.lock:
            if _state.code:
                raise Stopped("the process is being ended")
            _state.undivided += 1
        try:
            yield
        finally:
            with _state.lock:
                _state.undivided -= 1
                _state.lock.notify_all()
    finally:
        _state.held -= main
        if swapped:
            signal.signal(signal.SIGTERM, others)
        if main and _state.late and not _state.held:
            _state.late = False
            raise KeyboardInterrupt


def _wait_for_end() -> None:
    if _state.code:
        threading.Event().wait()


def _on_signal(number: int, frame: FrameType | None) -> None:
    first, _state.heard = not _state.heard, True  # The thread may have heard it already.
    _begin(number)
    with suppress(OSError):  # Full of signals.
        os.write(_state.door, bytes([number + FROM_HANDLER]))
    if first:
        _interrupt()


def _interrupt() -> None:
    if _state.held:
        _state.late = True
    else:
        raise KeyboardInterrupt


def _hear(heard: int) -> None:
    closer = threading.Thread(target=_close, name="closing", daemon=True)
    while True:
        for number in os.read(heard, 64):
            if number % FROM_HANDLER not in CODES:
                continue
            _begin(number % FROM_HANDLER)
            if not closer.ident:
                closer.start()
            elif number in CODES and time.monotonic() > _state.since + AGAIN_SECONDS:
                os._exit(_state.code)


def _begin(number: int) -> None:
    with _state.lock:
        if _state.code:
            return
        _state.code, _state.since = CODES[number], time.monotonic()
        line = f"steelyard: {SAID[_state.code]}{_state.after}\n"
        with suppress(OSError):
            # A bar that is drawn on a terminal hides the cursor.
            os.write(2, (("\x1b[?25h\n" if os.isatty(2) else "") + line).encode())
            os.dup2(os.open(os.devnull, os.O_WRONLY), 2)


def _close() -> None:
    for stage in Stage:
        closers = [close for of, close in list(_state.closers.values()) if of == stage]
        threads = [threading.Thread(target=_called, args=(close,), daemon=True) for close in closers]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(_left(UNTIL_SECONDS[stage]))
        if stage is Stage.STOP:
            with _state.lock:
                _state.lock.wait_for(lambda: not _state.undivided, _left(SETTLED_SECONDS))
    os._exit(_state.code)


def _left(seconds: float) -> float:
    return max(0.0, _state.since + seconds - time.monotonic())


def _called(close: Callable[[], None]) -> None:
    with suppress(Exception):
        close()


@contextmanager
def once() -> Iterator[None]:
    """Within the block, Ctrl-C raises ``KeyboardInterrupt`` once, and not again while what ran is being ended.

    The process goes on, as a notebook does. Signals reach the main thread alone: in another nothing is changed.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    again = -math.inf

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        nonlocal again
        if time.monotonic() < again:
            return
        again = time.monotonic() + GRACE_SECONDS
        print("steelyard: interrupted; ending the running trials and closing their runs", file=sys.stderr)
        _interrupt()

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    except BaseException:
        if again > 0:  # Whatever else ended because of it.
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)


def leave_soon(code: int) -> None:
    """End the process with this code in a few seconds, even if something still waits.

    Prefect drains its logs and events at exit, and never ends if its server is gone.
    """
    sys.stdout.flush()
    _exit_in(GRACE_SECONDS, code)


def _exit_in(seconds: float, code: int) -> None:
    deadline = threading.Timer(seconds, os._exit, (code,))
    deadline.daemon = True
    deadline.start()
