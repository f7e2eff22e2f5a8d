"""Progress: one block on a terminal, whole lines in a file, and none of these silent for a minute."""

import io
import logging
import re
import time

import pytest
from cpu_trial import cpu_trial
from rich.console import Console

from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Handling
from steelyard.models.words.phrases import on_val
from steelyard.tasks import progress
from steelyard.tasks.progress import Doing, Extracting, SweepNews, TrialNews
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.report.standing import Standing, clock

WISH = Objective.parse("recall @ precision >= 0.7")
LOGGER = logging.getLogger("steelyard.tasks.train")


def ended(weight: float, seed: int, value: float | None, state: str = "finished") -> TrialNews:
    handling = Handling(name="weights", class_weights=(1 - weight, weight))
    trial = cpu_trial(handling=handling, seed=seed)
    return TrialNews(trial, state, 1, on_val(WISH, value), -0.1 if value is None else value, value=value)


def planned(trials: int) -> SweepNews:
    return SweepNews(trials, trials, lambda value: on_val(WISH, value))


def standing(*news: progress.News) -> Standing:
    found = Standing()
    for one in news:
        found.hear(one)
    return found


def test_the_best_so_far_says_what_its_number_is() -> None:
    now = standing(planned(3), ended(0.9, 1, 0.66))
    assert now.best == "best so far: sound · weights 0.9, recall 0.66 at precision >= 0.7 on val"


def test_the_best_cell_is_one_of_those_with_the_most_trials() -> None:
    now = standing(planned(6), ended(0.9, 1, 0.5), ended(0.9, 2, 0.7), ended(0.8, 1, 0.99))
    assert now.best == "best so far: sound · weights 0.9, recall 0.60 at precision >= 0.7 on val, mean of 2"
    now.hear(ended(0.9, 3, None))
    assert now.best == "best so far: sound · weights 0.9, precision >= 0.7 is not certified on val in 1 of 3"


@pytest.mark.parametrize(
    ("wish", "value", "said"),
    [
        ("average_precision", 0.5, "average precision 0.50 on val"),
        ("cost fn=10 fp=1", 0.25, "cost 0.25 per image on val"),
        ("recall of 8 @ precision >= 0.5", 0.251, "recall of '8' 0.25 at precision >= 0.5 on val"),
        ("recall @ alarms <= 30 per 1000", None, "alarms <= 30 per 1000 is not certified on val"),
    ],
)
def test_a_value_on_val_is_told_as_what_it_is(wish: str, value: float | None, said: str) -> None:
    assert on_val(Objective.parse(wish), value) == said


def test_what_is_left_is_told_by_the_pace_of_the_stage() -> None:
    now = standing(Extracting(100, 400, "embedding"))
    assert now.left == "", "nobody knows yet"
    now.stage_began -= 10
    assert now.left == "about 31 s left" and now.line == "embedding: 100 of 400 images, about 31 s left"
    now.hear(Doing("judging"))
    assert now.left == "" and now.line.startswith("judging: for ")
    assert [clock(seconds) for seconds in (0.2, 99, 130, 7200)] == ["1 s", "99 s", "3 min", "2 h 0 min"]


def test_a_file_has_a_line_per_trial_and_is_not_silent(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(progress_terminal, "SILENT_SECONDS", 0.2)
    console = Console(file=io.StringIO(), width=20)
    assert isinstance(console.file, io.StringIO)
    with progress_terminal.shown(console):
        progress.tell(Extracting(3, 400, "embedding"))
        time.sleep(0.5)
        progress.tell(planned(2))
        progress.tell(ended(0.9, 1, 0.66))
        LOGGER.info("a line that is longer than the terminal is wide")
    lines = console.file.getvalue().splitlines()
    assert lines[:1] == ["embedding: 3 of 400 images"] or lines[0].startswith("embedding: 3 of 400 images, about")
    line = "  1/2 sound · weights 0.9 · seed 1: finished, recall 0.66 at precision >= 0.7 on val"
    assert line in lines and lines[-1] == "a line that is longer than the terminal is wide"


@pytest.mark.parametrize("width", [80, 40])
def test_a_terminal_has_one_block_that_is_whole_and_goes(width: int) -> None:
    console = Console(file=io.StringIO(), width=width, height=24, force_terminal=True)
    assert isinstance(console.file, io.StringIO)
    with progress_terminal.shown(console):
        progress.tell(planned(20))
        progress.tell(ended(0.9002, 1, 0.66))
        progress.tell(ended(0.8, 1, None, "failed"))
        LOGGER.info("said of one trial")
        LOGGER.warning("something is wrong")
        time.sleep(0.6)
    said = re.sub(r"\x1b\[[0-9;?]*[A-Za-z]", "", console.file.getvalue())
    words = " ".join(said.split())
    assert "1/20 trials, 0 running, 1 failed" in words and "best so far: sound · weights 0.9002, recall 0.66" in words
    assert "something is wrong" in words and "said of one trial" not in words
    assert "weights 0.8 · seed 1: failed" in words and "seed 1: finished" not in words
    assert "…" not in said and all(len(line) <= width for line in re.split(r"[\r\n]", said))
    assert console.file.getvalue().rstrip("\x1b[?25h\n").endswith("\x1b[2K"), "the block is gone"


def test_silence_is_silent(capsys: pytest.CaptureFixture[str]) -> None:
    with progress_terminal.silent():
        LOGGER.warning("something is wrong")
        progress.tell(planned(1))
    assert capsys.readouterr() == ("", "")
