"""Ctrl-C, answered promptly."""

import math
import os
import signal
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE, TERMINATED = 130, 143
GRACE_SECONDS = 8.0
INTERRUPTED = "steelyard: interrupted; ending the running trials and closing their runs"

_prompt = threading.Event()


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
        print(INTERRUPTED, file=sys.stderr)
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    except BaseException:
        if again > 0:  # Whatever else ended because of it.
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)


@contextmanager
def prompt() -> Iterator[None]:
    """Within the block, Ctrl-C raises ``KeyboardInterrupt`` once and ends the process soon, whatever still waits.

    So does SIGTERM. Prefect would go on asking a server that is gone for minutes. Runs are closed and processes killed
    first, which takes a second or two.

    Raises:
        KeyboardInterrupt: instead of whatever the block raised after the interrupt.
    """
    interrupted = threading.Event()

    def on_signal(number: int, frame: FrameType | None) -> None:
        # On SIGTERM Prefect ends its flow first, and then sends the signal again.
        if number == signal.SIGINT:
            if interrupted.is_set():
                return
            interrupted.set()
            print(INTERRUPTED, file=sys.stderr)
        leave_soon(EXIT_CODE)
        raise KeyboardInterrupt

    before = {number: signal.signal(number, on_signal) for number in (signal.SIGINT, signal.SIGTERM)}
    _prompt.set()
    try:
        yield
    except BaseException as error:
        # Prefect turns SIGTERM into an exception of its own that is no Exception.
        if interrupted.is_set() or not isinstance(error, Exception):
            raise KeyboardInterrupt from None
        raise
    finally:
        _prompt.clear()
        for number, handler in before.items():
            signal.signal(number, handler)


@contextmanager
def ended() -> Iterator[None]:
    """Within the block, SIGTERM ends the process with code 143, after removing what is half done.

    Raises:
        SystemExit: on SIGTERM.
    """
    before = signal.signal(signal.SIGTERM, lambda *_: sys.exit(TERMINATED))
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)


def hurry(error: BaseException) -> None:
    """Set the deadline for a sweep that is being ended from outside, if the command line runs it."""
    if _prompt.is_set() and not isinstance(error, Exception):
        leave_soon(EXIT_CODE)


def leave_soon(code: int) -> None:
    """End the process with this code in a few seconds, even if something still waits.

    Prefect drains its logs and events at exit, and never ends if its server is gone.
    """
    sys.stdout.flush()
    deadline = threading.Timer(GRACE_SECONDS, os._exit, (code,))
    deadline.daemon = True
    deadline.start()
