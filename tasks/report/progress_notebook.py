"""Progress where Python is called: in one place below the cell of a notebook, or as on any terminal."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any

from markupsafe import Markup
from rich.console import Console

from steelyard.models.names import cut
from steelyard.tasks import progress
from steelyard.tasks.progress import News, TrialNews
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.report.progress_terminal import hearing_logs
from steelyard.tasks.report.standing import ENDED, Standing

APART_SECONDS = 0.25
"""Between two looks of the page at the work; a notebook keeps each that it is sent."""

LONGEST, MOST = 300, 12
"""Characters of a line, and lines, that stay below the cell."""

BAR = Markup('<progress value="{}" max="{}" style="width:100%;height:.6em"></progress>')
FAINT, LOUD = "opacity:.7", "color:#b35900"


@contextmanager
def shown(wanted: bool) -> Iterator[None]:
    """Show the news of long work, and what Steelyard logs, while the block runs: in a notebook or on a terminal.

    Args:
        wanted: else only warnings are printed, as Python does it by itself.
    """
    console = Console(stderr=True, emoji=False)
    shown_here = _below_the_cell() if console.is_jupyter else progress_terminal.shown(console)
    with _hushed(), shown_here if wanted else nullcontext():
        yield


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep Prefect's and MLflow's own news from the console also where they were imported before Steelyard was."""
    mlflow, consoles = logging.getLogger("mlflow"), logging.getLogger().handlers
    # By its name: predictions need no Prefect, and to import it takes a second.
    prefect = [handler for handler in consoles if type(handler).__name__ == "PrefectConsoleHandler"]
    levels = mlflow.level, [handler.level for handler in prefect]
    mlflow.setLevel(logging.WARNING)
    for handler in prefect:
        handler.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        mlflow.setLevel(levels[0])
        for handler, level in zip(prefect, levels[1], strict=True):
            handler.setLevel(level)


@contextmanager
def _below_the_cell() -> Iterator[None]:
    """What stays is how many trials ended and in what time, and warnings."""
    board = _Board()
    try:
        with hearing_logs(board), progress.listening(board.hear):
            yield
    finally:
        board.rest()


class _Board(logging.Handler):
    """Turns news and log records into HTML."""

    def __init__(self) -> None:
        super().__init__(logging.INFO)
        self.standing, self.said = Standing(), ""
        self.warnings: list[str] = []
        self.place: Any = None
        # What is done at once shows nothing.
        self.began = self.shown = time.monotonic()
        # News and records come from all threads.
        self.writing = threading.RLock()

    def hear(self, news: News) -> None:
        with self.writing:
            self.standing.hear(news)
            if isinstance(news, TrialNews) and news.state == "failed":
                self.warnings.append(f"{news.trial.name}: failed, {news.detail}")
            self._refresh()

    def emit(self, record: logging.LogRecord) -> None:
        with self.writing:
            if record.levelno >= logging.WARNING:
                self.warnings.append(record.getMessage())
            else:
                self.said = record.getMessage()
            self._refresh()

    def rest(self) -> None:
        """Leave what is worth to stay."""
        now, seconds = self.standing, time.monotonic() - self.began
        ended = sum(one.state in ENDED for one in now.states.values())
        told = f"{ended} of {now.planned.trials} trials ended in {seconds:.0f} s" if now.planned.trials else ""
        lines = [_line(told, FAINT)] * bool(told) + self._warned()
        if lines or self.place:
            self._show(lines)

    def _refresh(self) -> None:
        if time.monotonic() - self.shown < APART_SECONDS:
            return
        self.shown, now = time.monotonic(), self.standing
        lines = [BAR.format(now.epochs, now.planned.epochs), _line(now.counts)] if now.planned.trials else []
        if now.best:
            lines.append(_line(now.best))
        going = next((of for of in reversed(now.images.values()) if of.done < of.total), None)
        if going:
            lines = [
                BAR.format(going.done, going.total),
                _line(f"{going.doing} {going.done:,}/{going.total:,} {going.unit}"),
            ]
        if self.said:
            lines.append(_line(self.said, FAINT))
        self._show(lines + self._warned())

    def _show(self, lines: list[Markup]) -> None:
        from IPython.display import display

        if self.place:
            self.place.update(_bundle(lines), raw=True)
        else:
            self.place = display(_bundle(lines), raw=True, display_id=True)  # type: ignore[no-untyped-call]

    def _warned(self) -> list[Markup]:
        more = len(self.warnings) - MOST
        return [_line(said, LOUD) for said in self.warnings[:MOST] + [f"and {more} more"] * (more > 0)]


def _line(said: str, style: str = "") -> Markup:
    return Markup('<div style="{}">{}</div>').format(style, cut(said, LONGEST))


def _bundle(lines: list[Markup]) -> dict[str, Any]:
    """HTML, and the same as text for what shows no HTML."""
    inside = Markup("").join(lines)
    text = "\n".join(line.striptags() for line in lines if line.striptags())
    return {"text/html": f'<div style="font-size:.9em;max-width:50em">{inside}</div>', "text/plain": text}
