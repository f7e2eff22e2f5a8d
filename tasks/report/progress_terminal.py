"""Progress on the terminal: finished, running and failed trials, epochs, time left, best so far, and what is logged."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from steelyard.tasks import progress
from steelyard.tasks.progress import Extracting, News, SweepNews, TrialNews
from steelyard.tasks.report.progress_standing import ENDED, Standing, hearing_logs


@contextmanager
def shown(console: Console) -> Iterator[None]:
    """Show the news of long work, and what Steelyard logs, while the block runs.

    A bar on a terminal, a line per trial elsewhere.
    """
    bars = Progress(
        TextColumn("{task.description}", markup=False),
        BarColumn(bar_width=14),
        MofNCompleteColumn(),
        TextColumn("{task.fields[unit]}, left"),
        TimeRemainingColumn(compact=True),
        console=console,
        transient=True,
        disable=not console.is_terminal,
    )
    with hearing_logs(_Lines(console)), bars, progress.listening(_Bars(bars, console)):
        yield


class _Lines(logging.Handler):
    """What tasks log, as plain lines."""

    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        style = "yellow" if record.levelno >= logging.WARNING else None
        _print(self.console, record.getMessage(), style)


class _Bars:
    """Turns news into bars and lines."""

    def __init__(self, bars: Progress, console: Console) -> None:
        self.bars, self.console, self.standing = bars, console, Standing()
        self.extracting: dict[str, TaskID] = {}
        self.training: TaskID | None = None

    def __call__(self, news: News) -> None:
        self.standing.hear(news)
        if isinstance(news, Extracting):
            self._extract(news)
        elif isinstance(news, SweepNews):
            self._plan(news)
        else:
            self._trial(news)

    def _extract(self, news: Extracting) -> None:
        if news.doing not in self.extracting:
            self.extracting[news.doing] = self.bars.add_task(news.doing, total=news.total, unit="images")
        self.bars.update(self.extracting[news.doing], completed=news.done, visible=news.done < news.total)

    def _plan(self, news: SweepNews) -> None:
        if self.training is not None:
            self.bars.remove_task(self.training)
        self.training = self.bars.add_task("training", total=news.epochs, unit="epochs")

    def _trial(self, news: TrialNews) -> None:
        if news.state in ENDED:
            _print(self.console, f"  {news.trial.name}: {news.state}, {news.detail}")
        if self.training is not None:
            now = self.standing
            told = f"{now.counts}\n{now.best}" if now.best else now.counts
            self.bars.update(self.training, completed=now.epochs, description=told)


def _print(console: Console, line: str, style: str | None = None) -> None:
    # A terminal gets words whole; a file or a pipe gets lines whole.
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=not console.is_terminal)
