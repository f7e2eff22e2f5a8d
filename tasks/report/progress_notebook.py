"""Progress where Python is called: in one place below the cell of a notebook, or as on any terminal."""

import logging
import time
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext
from typing import Any, cast

from markupsafe import Markup
from rich.console import Console

from steelyard.models.names import cut
from steelyard.tasks import progress
from steelyard.tasks.progress import News
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.report.progress_terminal import Screen, hearing_logs

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
    board = _Board()
    try:
        with hearing_logs(board), progress.listening(board.hear):
            yield
    finally:
        board.rest()


class _Board(Screen):
    """Turns news and log records into HTML in one place; failures and warnings stay there."""

    def __init__(self) -> None:
        super().__init__(Console(quiet=True), each_trial=False)
        self.told, self.place = "", cast(Any, None)
        self.warnings: list[str] = []
        # What is done at once shows nothing.
        self.drawn = self.said

    def hear(self, news: News) -> None:
        with self.writing:
            super().hear(news)
            self._refresh()

    def say(self, line: str, style: str | None = None) -> None:
        with self.writing:
            if style:
                self.warnings.append(line.strip())
            else:
                self.told = line
            self._refresh()

    def rest(self) -> None:
        """Leave how many trials ended and in what time, and the warnings."""
        now = self.standing
        ended = f"{now.ended.replace('/', ' of ')} trials ended in {time.monotonic() - now.began:.0f} s"
        lines = [_line(ended, FAINT)] * bool(now.planned.trials) + self._warned()
        if lines or self.place:
            self._show(lines)

    def _refresh(self) -> None:
        if time.monotonic() - self.drawn < APART_SECONDS:
            return
        self.drawn, now = time.monotonic(), self.standing
        done, total, _ = now.done
        bar = [BAR.format(done, total)] if total else []
        said = [_line(line, style) for line, style in ((now.line, ""), (now.best, ""), (self.told, FAINT)) if line]
        self._show(bar + said + self._warned())

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
