"""Progress on the terminal: finished, running and failed trials, epochs, time left, best so far."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeRemainingColumn

from steelyard.models.trial import Trial
from steelyard.tasks import progress
from steelyard.tasks.progress import Extracting, News, SweepNews, TrialNews


@contextmanager
def shown(console: Console) -> Iterator[None]:
    """Show the news of long work while the block runs: a bar on a terminal, a line per trial elsewhere."""
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
    with bars, progress.listening(_Board(bars, console)):
        yield


class _Board:
    """Turns news into bars and lines."""

    def __init__(self, bars: Progress, console: Console) -> None:
        self.bars, self.console = bars, console
        self.extracting: dict[str, TaskID] = {}
        self.training: TaskID | None = None
        self.states: dict[Trial, TrialNews] = {}
        self.planned = SweepNews(0, 0)

    def __call__(self, news: News) -> None:
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
        self.planned, self.states = news, {}
        if self.training is not None:
            self.bars.remove_task(self.training)
        self.training = self.bars.add_task("training", total=news.epochs, unit="epochs")

    def _trial(self, news: TrialNews) -> None:
        self.states[news.trial] = news
        if news.state in ("finished", "reused", "failed"):
            line, whole = f"  {news.trial.name}: {news.state}, {news.detail}", not self.console.is_terminal
            self.console.print(line, markup=False, highlight=False, soft_wrap=whole)
        if self.training is not None:
            done = sum(
                one.trial.budget if one.state != "running" else min(one.epoch, one.trial.budget - 1)
                for one in self.states.values()
            )
            self.bars.update(self.training, completed=done, description=self._counts() + self._best())

    def _counts(self) -> str:
        states = [one.state for one in self.states.values()]
        ended, failed = states.count("finished") + states.count("reused"), states.count("failed")
        return f"{ended}/{self.planned.trials} trials, {states.count('running')} running, {failed} failed"

    def _best(self) -> str:
        ranked = [one for one in self.states.values() if one.rank is not None]
        best = max(ranked, key=lambda one: one.rank or 0, default=None)
        return f"\nbest so far: {best.trial.name}, {best.detail}" if best else ""
