"""The story's picture: a PNG that other programs read, from whatever the runs left."""

import warnings
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.registry import LOGGED
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.tutorial.chapters import OBJECTIVE
from steelyard.models.tutorial.findings import Account
from steelyard.tasks.report import tutorial_picture

WIDTH, HEIGHT = 1040, 728


def finished(cell: str, seed: int, recall: float, precision: float) -> Outcome:
    at = dict.fromkeys(LOGGED, 0.6) | {"recall": recall, "precision": precision}
    handling, _, weight = cell.partition(" ")
    return Outcome(
        trial_id=f"{cell}/{seed}", run_id="run", cell=cell, handling=handling, weight_positive=float(weight or 0.5),
        seed=seed, recipe="tutorial", status="FINISHED", seconds=3.0, train=at, val=at, test=at | {"roc_auc": 0.8},
        operating=Operating(threshold=0.4, feasible=True, objective=recall, rank=recall, val=at, test=at),
    )  # fmt: skip


def failed(cell: str, seed: int) -> Outcome:
    return finished(cell, seed, 0, 0).model_copy(update={"status": "FAILED", "operating": None, "test": {}})


def account(**chapters: tuple[Outcome, ...]) -> Account:
    objective = Objective.parse(OBJECTIVE)
    sweeps = {
        name: Comparison.of(trials, "1", name, "sqlite:///x", "0" * 16, objective) for name, trials in chapters.items()
    }
    return Account(
        experiment_id="1", run_id="story", tracking_uri="sqlite:///x", objective=OBJECTIVE, claims=(), switches=(),
        sentences=(), sweeps=sweeps,
    )  # fmt: skip


def scores(seed: int, separate: float) -> pd.DataFrame:
    """200 scores of test and 40 of val, which is not drawn: it has one class and could not be."""
    rng = np.random.default_rng(seed)
    labels = np.repeat([0, 1], 100)
    test = pd.DataFrame({"split": "test", "label": labels, "score": rng.normal(separate * labels)})
    return pd.concat([test, pd.DataFrame({"split": "val", "label": 0, "score": rng.random(40)})])


TUTORIAL = (
    finished("none", 1, 0.0, 0.0), finished("none", 2, 0.3, 0.75), finished("weights 0.85", 1, 0.7, 0.64),
    finished("weights 1", 1, 1.0, 0.5), failed("upsample", 1),
)  # fmt: skip
SOUND = (finished("none", 1, 0.93, 0.71), finished("none", 2, 0.92, 0.72))


def drawn(told: Account, curves: list[pd.DataFrame], file: Path) -> Image.Image:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        tutorial_picture.draw(told, curves, file)
    with Image.open(file) as picture:
        picture.load()
    return picture


def test_it_is_a_whole_png_of_its_size(tmp_path: Path) -> None:
    file = tmp_path / "recall_precision.png"
    picture = drawn(account(tutorial=TUTORIAL, sound=SOUND), [scores(1, 2.5), scores(2, 2.4)], file)
    assert (picture.format, picture.size) == ("PNG", (WIDTH, HEIGHT))
    assert len(picture.getcolors(WIDTH * HEIGHT)) > 100
    assert file.stat().st_size > 10_000


def test_the_sound_runs_are_drawn_in_blue(tmp_path: Path) -> None:
    both = drawn(account(tutorial=TUTORIAL, sound=SOUND), [scores(1, 2.5)], tmp_path / "both.png")
    without = drawn(account(tutorial=TUTORIAL, sound=(failed("none", 1),)), [], tmp_path / "without.png")
    assert _blue(both) > _blue(without) + 1000, "a curve of some 600 pixels, two or three wide"


def _blue(picture: Image.Image) -> int:
    red, _, blue = np.moveaxis(np.asarray(picture.convert("RGB")).astype(int), 2, 0)
    return int((blue - red > 80).sum())


@pytest.mark.parametrize(
    ("tutorial", "sound"),
    [
        (TUTORIAL, (failed("none", 1),)),
        ((failed("none", 1),), SOUND),
        ((failed("none", 1),), (failed("none", 1),)),
    ],
    ids=["no sound run", "no run of the tutorial's recipe", "none at all"],
)
def test_runs_that_failed_are_missing_from_it_and_nothing_else(
    tutorial: tuple[Outcome, ...], sound: tuple[Outcome, ...], tmp_path: Path
) -> None:
    curves = [scores(trial.seed, 2.5) for trial in sound if trial.operating]
    assert drawn(account(tutorial=tutorial, sound=sound), curves, tmp_path / "it.png").size == (WIDTH, HEIGHT)
