"""Progress on the terminal: finished, running and failed trials, epochs, time left, best so far, and what is logged."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from steelyard.models.spec.trial import Trial
from steelyard.tasks import progress
from steelyard.tasks.progress import Extracting, News, SweepNews, TrialNews

ENDED = ("finished", "reused", "failed")
"""States of a trial that is not trained any more."""


class Standing:
    """How far long work is, from the news of it.

    Attributes:
        planned: the sweep; of no trials before one begins.
        states: the newest of each trial.
        images: likewise of each thing that is done to images, the last one told last.
    """

    def __init__(self) -> None:
        self.planned = SweepNews(0, 0)
        self.states: dict[Trial, TrialNews] = {}
        self.images: dict[str, Extracting] = {}

    def hear(self, news: News) -> None:
        """Take in a piece of news."""
        if isinstance(news, Extracting):
            self.images.pop(news.doing, None)
            self.images[news.doing] = news
        elif isinstance(news, SweepNews):
            self.planned, self.states = news, {}
        else:
            self.states[news.trial] = news

    @property
    def epochs(self) -> int:
        """Epochs done, of all trials together; a trial that runs has one to go."""
        return sum(
            one.trial.budget if one.state != "running" else min(one.epoch, one.trial.budget - 1)
            for one in self.states.values()
        )

    @property
    def counts(self) -> str:
        """``3/12 trials, 2 running, 0 failed``."""
        states = [one.state for one in self.states.values()]
        ended, failed = states.count("finished") + states.count("reused"), states.count("failed")
        return f"{ended}/{self.planned.trials} trials, {states.count('running')} running, {failed} failed"

    @property
    def best(self) -> str:
        """The trial that ranks first on val; "" before one has ended."""
        ranked = [one for one in self.states.values() if one.rank is not None]
        best = max(ranked, key=lambda one: one.rank or 0, default=None)
        return f"best so far: {best.trial.name}, {best.detail}" if best else ""


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
def shown(console: Console) -> Iterator[None]:
    """Show news and logs while the block runs: a bar on a terminal, a line per trial elsewhere."""
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
        elif isinstance(news, TrialNews):
            self._trial(news)
        else:
            if self.training is not None:
                self.bars.remove_task(self.training)
            self.training = self.bars.add_task("training", total=news.epochs, unit="epochs")

    def _extract(self, news: Extracting) -> None:
        if news.doing not in self.extracting:
            self.extracting[news.doing] = self.bars.add_task(news.doing, total=news.total, unit=news.unit)
        self.bars.update(self.extracting[news.doing], completed=news.done, visible=news.done < news.total)

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
