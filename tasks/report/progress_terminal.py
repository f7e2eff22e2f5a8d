"""Progress on the terminal: one block below what is logged; elsewhere a line per trial, and one a minute at least."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console, Group, RenderableType
from rich.live import Live
from rich.progress_bar import ProgressBar
from rich.table import Table
from rich.text import Text

from steelyard.tasks import progress
from steelyard.tasks.progress import News, TrialNews
from steelyard.tasks.report.standing import ENDED, TRAINING, Standing, clock

SILENT_SECONDS = 50.0
"""After which a file gets a line whatever happens, so that none is silent for a minute."""

BAR = 24
"""Columns."""

OF_ONE_TRIAL = "steelyard.tasks.train"
"""Logger of what is said of one trial, which the block counts."""


@contextmanager
def hearing_logs(handler: logging.Handler) -> Iterator[None]:
    """Let a handler have what Steelyard logs at INFO and above while the block runs."""
    logger = logging.getLogger("steelyard")
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)


@contextmanager
def silent() -> Iterator[None]:
    """Say nothing while the block runs; errors are raised, whoever tells them."""
    with hearing_logs(logging.NullHandler()):
        yield


@contextmanager
def shown(console: Console, verbose: bool = False) -> Iterator[None]:
    """Show news and logs while the block runs.

    On a terminal that is one block of a few lines, which goes when the work ends, below what is logged; ``verbose``
    leaves a line of each trial too. In a file or a pipe each trial has its line, and no minute is without one.
    """
    alive = console.is_terminal and not console.is_dumb_terminal
    screen = Screen(console, each_trial=verbose or not alive)
    block = Live(console=console, get_renderable=screen.block, transient=True, refresh_per_second=4)
    with hearing_logs(screen), block if alive else _never_silent(screen), progress.listening(screen.hear):
        yield


@contextmanager
def _never_silent(screen: "Screen") -> Iterator[None]:
    over = threading.Event()

    def keep() -> None:
        while not over.wait(max(0.0, screen.said + SILENT_SECONDS - time.monotonic())):
            if time.monotonic() >= screen.said + SILENT_SECONDS:
                screen.say(screen.line())

    thread = threading.Thread(target=keep, name="lines", daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()


class Screen(logging.Handler):
    """Turns news and log records into lines and a block."""

    def __init__(self, console: Console, each_trial: bool) -> None:
        super().__init__(logging.INFO)
        self.console, self.each_trial, self.standing = console, each_trial, Standing()
        self.said = time.monotonic()
        # News come from all threads, and the block is drawn in one of its own.
        self.writing = threading.RLock()

    def hear(self, news: News) -> None:
        """Take in a piece of news."""
        with self.writing:
            self.standing.hear(news)
            if isinstance(news, TrialNews) and news.state in ENDED and (self.each_trial or news.state == "failed"):
                line = f"  {self.standing.ended} {news.trial.name}: {news.state}, {news.detail}"
                self.say(line, "red" if news.state == "failed" else None)

    def emit(self, record: logging.LogRecord) -> None:
        """Say what was logged."""
        warned = record.levelno >= logging.WARNING
        if warned or self.each_trial or record.name != OF_ONE_TRIAL:
            self.say(record.getMessage(), "yellow" if warned else None)

    def say(self, line: str, style: str | None = None) -> None:
        """Print a line; one with a style is a warning or a failure."""
        self.said = time.monotonic()
        # A terminal gets words whole; a file or a pipe gets lines whole.
        self.console.print(line, style=style, markup=False, highlight=False, soft_wrap=not self.console.is_terminal)

    def line(self) -> str:
        """How far the work is, in one line."""
        with self.writing:
            return self.standing.line

    def block(self) -> RenderableType:
        """How far the work is, in a few lines."""
        with self.writing:
            now = self.standing
            done, total, unit = now.done
            counted = f"{done:,} of {total:,} {unit}" if total and now.stage != TRAINING else ""
            so_far = f"{clock(time.monotonic() - now.began)} so far"
            trials = [now.counts, now.best] if now.planned.trials else []
            first = _row(now.stage, done, total, ", ".join(filter(None, (counted, now.left, so_far))))
            return Group(first, *map(Text, filter(None, trials)))


def _row(stage: str, done: int, total: int, told: str) -> Table:
    row = Table.grid(padding=(0, 1))
    bar = [ProgressBar(total, done, width=BAR)] if total else []
    row.add_row(Text(stage, style="bold"), *bar, Text(told))
    return row
