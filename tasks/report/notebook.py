"""Progress in a notebook: one place below the cell, written over as the work goes on."""

import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from markupsafe import Markup

from steelyard.models.names import cut
from steelyard.tasks import progress
from steelyard.tasks.progress import News, TrialNews
from steelyard.tasks.report.standing import ENDED, Standing

APART_SECONDS = 0.25
"""Between two looks of the page at the work; a notebook keeps each that it is sent."""

LONGEST, MOST = 300, 12
"""Characters of a line, and lines, that stay below the cell."""

BAR = Markup('<progress value="{}" max="{}" style="width:100%;height:.6em"></progress>')
FAINT, LOUD = "opacity:.7", "color:#b35900"


@contextmanager
def shown() -> Iterator[None]:
    """Show the news of long work, and what Steelyard logs, in one place of a notebook while the block runs.

    What stays is how many trials ended and in what time, and warnings.
    """
    board = _Board()
    logger = logging.getLogger("steelyard")
    before = logger.level
    logger.addHandler(board)
    logger.setLevel(logging.INFO)
    try:
        with progress.listening(board.hear):
            yield
    finally:
        logger.removeHandler(board)
        logger.setLevel(before)
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
            lines = [BAR.format(going.done, going.total), _line(f"{going.doing} {going.done:,}/{going.total:,} images")]
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
