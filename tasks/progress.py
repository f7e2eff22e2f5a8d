"""News of long work: tasks tell, whoever shows it listens."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from steelyard.models.spec.trial import Trial


@dataclass(frozen=True)
class Extracting:
    """Images done so far of all there are, and what is done to them, in a word; or the steps of that."""

    done: int
    total: int
    doing: str = "extracting"
    unit: str = "images"


@dataclass(frozen=True)
class Doing:
    """A stage begins whose end nothing tells beforehand, in a few words."""

    what: str


@dataclass(frozen=True)
class TrialNews:
    """Something happened to one trial.

    Attributes:
        trial: which.
        state: ``running``, ``reused``, ``finished`` or ``failed``.
        epoch: epochs done.
        detail: why it failed, or its objective on val in words; "" otherwise.
        rank: ``operating/rank`` of a finished trial; higher is better.
        value: its objective on val; None where the constraint is out of reach there.
        run_id: its MLflow run; "" where it has none yet.
    """

    trial: Trial
    state: str
    epoch: int
    detail: str = ""
    rank: float | None = None
    run_id: str = ""
    value: float | None = None


@dataclass(frozen=True)
class SweepNews:
    """A sweep is about to train so many trials, of so many epochs together.

    Attributes:
        on_val: says what a value of the objective on val means, or None where the constraint is out of reach there.
    """

    trials: int
    epochs: int
    on_val: Callable[[float | None], str] = field(default=str, compare=False)


News = SweepNews | Extracting | TrialNews | Doing
_listeners: list[Callable[[News], None]] = []
_lock = threading.Lock()


@contextmanager
def listening(listener: Callable[[News], None]) -> Iterator[None]:
    """Call ``listener`` with every piece of news, one at a time, from whatever thread it happens in."""
    _listeners.append(listener)
    try:
        yield
    finally:
        _listeners.remove(listener)


def tell(news: News) -> None:
    """Tell all listeners."""
    with _lock:
        for listener in tuple(_listeners):
            listener(news)


@contextmanager
def failing(trial: Trial, run_id: str = "") -> Iterator[None]:
    """Tell why a trial fails, if it does."""
    try:
        yield
    except BaseException as error:
        tell(TrialNews(trial, "failed", 0, detail=str(error), run_id=run_id))
        raise
