"""Ctrl-C, answered promptly."""

import os
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType

EXIT_CODE = 130
GRACE_SECONDS = 8.0


@contextmanager
def prompt() -> Iterator[None]:
    """Within the block, Ctrl-C raises ``KeyboardInterrupt`` once and ends the process soon, whatever still waits.

    A terminal sends Ctrl-C to the whole process group, Prefect's temporary server included; Prefect would go on asking
    the dead server for minutes. Runs are closed and processes killed first, which takes a second or two.

    Raises:
        KeyboardInterrupt: instead of whatever the block raised after the interrupt.
    """
    interrupted = threading.Event()

    def on_interrupt(number: int, frame: FrameType | None) -> None:
        if interrupted.is_set():
            return
        interrupted.set()
        print("steelyard: interrupted; ending the running trials and closing their runs", file=sys.stderr)
        deadline = threading.Timer(GRACE_SECONDS, os._exit, (EXIT_CODE,))
        deadline.daemon = True
        deadline.start()
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGINT, on_interrupt)
    try:
        yield
    except BaseException:
        if interrupted.is_set():
            raise KeyboardInterrupt from None
        raise
    finally:
        signal.signal(signal.SIGINT, before)
