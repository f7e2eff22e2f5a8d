"""A terminal of a given size that a process writes to, and all that it showed."""

import fcntl
import os
import pty
import select
import struct
import subprocess
import termios
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import patience
import pyte

COLUMNS, LINES = 80, 24


@dataclass
class Shown:
    """What a terminal showed.

    Attributes:
        code: exit code of the process.
        first: seconds until the first character.
        screens: each state of the screen, its lines without blanks at their ends.
        scrolled: lines that scrolled out at the top, then those of the last screen.
        raw: as written.
    """

    code: int = -1
    first: float = 0.0
    screens: list[list[str]] = field(default_factory=list)
    scrolled: list[str] = field(default_factory=list)
    raw: bytes = b""

    def during(self, word: str) -> list[str]:
        """The last screen that has a word."""
        return next(screen for screen in reversed(self.screens) if any(word in line for line in screen))


def shown(
    command: Sequence[str], folder: Path, environment: Mapping[str, str], columns: int = COLUMNS, lines: int = LINES
) -> Shown:
    """Run a command on a terminal until it ends."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
    inherited = {name: value for name, value in os.environ.items() if name not in ("COLUMNS", "LINES", "NO_COLOR")}
    own = inherited | {"TERM": "xterm-256color"} | environment
    started, told = time.monotonic(), Shown()
    process = subprocess.Popen(
        command, cwd=folder, env=own, stdin=its, stdout=its, stderr=its, start_new_session=True, close_fds=True
    )
    os.close(its)
    screen = pyte.HistoryScreen(columns, lines, history=10_000)
    stream = pyte.ByteStream(screen)
    while time.monotonic() < started + patience.SECONDS:
        written = _read(ours)
        if written is None:
            break
        told.first = told.first or time.monotonic() - started
        told.raw += written
        stream.feed(written)
        now = [line.rstrip() for line in screen.display]
        if not told.screens or told.screens[-1] != now:
            told.screens.append(now)
    told.code = process.wait(patience.SECONDS)
    gone = ("".join(line[place].data for place in range(columns)).rstrip() for line in screen.history.top)
    told.scrolled = [*gone, *(line.rstrip() for line in screen.display)]
    return told


def _read(terminal: int) -> bytes | None:
    """What was written last; None once nobody holds the terminal any more."""
    select.select([terminal], [], [], patience.SECONDS)
    try:
        return os.read(terminal, 65536) or None
    except OSError:
        return None
    finally:
        time.sleep(0.02)  # So that a screen is whole.
