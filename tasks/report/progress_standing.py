"""How far long work is, from the news of it: whoever shows it asks here."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from steelyard.models.spec.trial import Trial
from steelyard.tasks.progress import Extracting, News, SweepNews, TrialNews

ENDED = ("finished", "reused", "failed")
"""States of a trial that is not trained any more."""


class Standing:
    """What is known so far.

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
