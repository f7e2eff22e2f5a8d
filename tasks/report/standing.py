"""How far long work is, from the news of it, in words that fit a terminal."""

import math
import time
from collections import Counter, defaultdict
from statistics import mean

from steelyard.models.spec.trial import Trial
from steelyard.tasks.progress import Doing, Extracting, News, SweepNews, TrialNews

ENDED = ("finished", "reused", "failed")
"""States of a trial that is not trained any more."""

TRAINING, SOON_SECONDS = "training", 2.0
"""A stage, and seconds of any before what is left of it is worth a guess."""


class Standing:
    """How far long work is: ``planned``, the newest news of each trial and of what is done to images, and the stage."""

    def __init__(self) -> None:
        self.planned, self.stage = SweepNews(0, 0), "starting"
        self.states: dict[Trial, TrialNews] = {}
        self.images: dict[str, Extracting] = {}
        self.began = self.stage_began = time.monotonic()

    def hear(self, news: News) -> None:
        """Take in a piece of news."""
        if isinstance(news, Extracting):
            self.images[news.doing] = news
            self._enter(news.doing)
        elif isinstance(news, SweepNews):
            self.planned, self.states = news, {}
            self._enter(TRAINING)
        elif isinstance(news, Doing):
            self._enter(news.what)
        else:
            if not self.states:  # Stores and workers were waited for until now.
                self.stage_began = time.monotonic()
            self.states[news.trial] = news

    def _enter(self, stage: str) -> None:
        if stage != self.stage:
            self.stage, self.stage_began = stage, time.monotonic()

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
        of = Counter(one.state for one in self.states.values())
        ended = of["finished"] + of["reused"]
        return f"{ended}/{self.planned.trials} trials, {of['running']} running, {of['failed']} failed"

    @property
    def ended(self) -> str:
        """``12/20``: trials that ended, of all."""
        return f"{sum(one.state in ENDED for one in self.states.values())}/{self.planned.trials}"

    @property
    def done(self) -> tuple[int, int, str]:
        """Of the stage: what is done, of how much, in what unit; of nothing where nobody can tell."""
        if self.stage == TRAINING:
            return self.epochs, self.planned.epochs, "epochs"
        return (of.done, of.total, of.unit) if (of := self.images.get(self.stage)) else (0, 0, "")

    @property
    def left(self) -> str:
        """``about 40 s left`` of the stage, at the pace so far; "" where there is nothing to tell it from."""
        (done, total, _), since = self.done, time.monotonic() - self.stage_began
        if since < SOON_SECONDS or not 0 < done < total:
            return ""
        return f"about {clock(since * (total - done) / done)} left"

    @property
    def best(self) -> str:
        """The cell that ranks first on val, of those with the most trials that ended; "" before one has."""
        cells = defaultdict[str, list[TrialNews]](list)
        for one in self.states.values():
            if one.rank is not None:
                cells[one.trial.name.removesuffix(one.trial.apart)].append(one)
        # Each fold has a val of its own: a cell that has met only the easy ones is not the best.
        most = max(map(len, cells.values()), default=0)
        whole = {name: trials for name, trials in cells.items() if len(trials) == most}
        best = max(whole, key=lambda name: mean(one.rank or 0 for one in whole[name]), default="")
        return f"best so far: {best}, {self._reached(whole[best])}" if best else ""

    def _reached(self, trials: list[TrialNews]) -> str:
        """What a cell reached on val; of several trials their mean."""
        if len(trials) == 1:
            return trials[0].detail
        values = [one.value for one in trials if one.value is not None]
        if missed := len(trials) - len(values):
            return f"{self.planned.on_val(None)} in {missed} of {len(trials)}"
        return f"{self.planned.on_val(mean(values))}, mean of {len(trials)}"

    @property
    def line(self) -> str:
        """All of it in one line, for a file."""
        done, total, unit = self.done
        told = f"{done:,} of {total:,} {unit}" if total else f"for {clock(time.monotonic() - self.stage_began)}"
        told = self.counts if self.stage == TRAINING else told
        return ", ".join(filter(None, (f"{self.stage}: {told}", self.left)))


def clock(seconds: float) -> str:
    """``40 s``, ``3 min``, ``2 h 5 min``."""
    if seconds < 100:
        return f"{math.ceil(seconds)} s"
    minutes = math.ceil(seconds / 60)
    return f"{minutes} min" if minutes < 100 else f"{minutes // 60} h {minutes % 60} min"
