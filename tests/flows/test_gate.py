"""The gate: a worse network stays out, a better one comes in, and none is judged on images that it knows."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import patience
import pytest
from mlflow import MlflowClient
from PIL import Image

from steelyard.flows.__main__ import run

Sweep = Callable[..., tuple[int, dict[str, Any]]]
NAME = "gated"
TEST, TRAIN = 40, 60


class Place(NamedTuple):
    """A store, and options of sweeps: ``good`` learns, ``bad`` does not, ``leaked`` learned from the test of both."""

    uri: str
    told: Path
    sweep: Sweep
    options: dict[str, dict[str, str]]


def pictures(root: Path) -> dict[str, Path]:
    """Noisy squares and discs, twice: once with train and test changed for each other."""
    rng, folders = np.random.default_rng(0), {"plain": root / "plain", "turned": root / "turned"}
    for part, each in (("train", TRAIN), ("test", TEST)):
        for name, lift in (("disc", 0), ("square", 25)):
            for number in range(each):
                pixels = rng.integers(0, 190, (8, 8), dtype=np.uint8) + np.uint8(lift)
                other = "test" if part == "train" else "train"
                for folder, where in ((folders["plain"], part), (folders["turned"], other)):
                    file = folder / where / name / f"{number:03}.png"
                    file.parent.mkdir(parents=True, exist_ok=True)
                    Image.fromarray(pixels).save(file)
    return folders


@pytest.fixture(scope="module", params=["sqlite", pytest.param("server", marks=pytest.mark.faults)])
def place(
    request: pytest.FixtureRequest,
    sweep_in: Callable[[Path], Sweep],
    migrated: Path,
    tmp_path_factory: pytest.TempPathFactory,
) -> Place:
    root = tmp_path_factory.mktemp("gate")
    shutil.copy(migrated, root / "mlflow.db")
    uri = f"sqlite:///{root}/mlflow.db" if request.param == "sqlite" else request.getfixturevalue("server_uri")
    folders = pictures(root)
    same = {"positive": "square", "objective": "balanced_accuracy", "data": f"folder:{folders['plain']}"}
    good = same | {"epochs": "12"}
    bad = same | {"learning-rate": "1e-9"}
    leaked = good | {"data": f"folder:{folders['turned']}"}
    return Place(uri, root / "told.jsonl", sweep_in(root), {"good": good, "bad": bad, "leaked": leaked})


@pytest.fixture(scope="module")
def told(place: Place) -> list[list[str]]:
    """What three sweeps said of the model that each registered: bad, good, bad."""
    lines = []
    for which in ("bad", "good", "bad"):
        notify = f"cat >> {place.told}; echo >> {place.told}"
        code, found = place.sweep(uri=place.uri, register=NAME, notify=notify, **place.options[which])
        assert code == 0
        lines.append(found["registered"])
    return lines


def champion(place: Place, name: str = NAME) -> str:
    return str(MlflowClient(place.uri, place.uri).get_model_version_by_alias(name, "champion").version)


def test_a_better_one_takes_the_place_of_the_first_and_a_worse_one_does_not(
    told: list[list[str]], place: Place
) -> None:
    first, better, worse = (of[1] for of in told)
    assert first == f"{NAME} version 1 is the champion now"
    assert better.startswith(f"{NAME} version 2 is the champion now instead of version 1: balanced accuracy 0.")
    assert f"on {2 * TEST} images that neither learned from ({TEST} positive)" in better
    assert worse.startswith(f"{NAME} version 3 is not the champion, version 2 stays the champion: balanced accuracy 0.")
    assert worse.endswith(": it is worse")
    assert champion(place) == "2"
    version = MlflowClient(place.uri, place.uri).get_model_version(NAME, "3")
    assert version.tags["gate"] == worse and version.aliases == ["challenger"]


def test_a_command_is_told_of_each_sweep_and_of_who_is_the_champion(told: list[list[str]], place: Place) -> None:
    events = [json.loads(line) for line in place.told.read_text().splitlines()][:6]
    assert [event["event"] for event in events] == ["promoted", "ended", "promoted", "ended", "kept out", "ended"]
    assert [event["line"] for event in events[::2]] == [of[1] for of in told]
    assert events[1]["registered"] == told[0] and events[1]["answer"][0].startswith("Wanted: ")


def test_it_can_be_let_in_all_the_same_and_rolled_back(
    told: list[list[str]], place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["register", "--as", NAME, "--gate", "always", "--tracking-uri", place.uri]) == 0
    assert champion(place) == "4"
    assert run(["rollback", NAME, "--tracking-uri", place.uri]) == 0
    assert f"{NAME} version 2 is the champion again instead of version 4" in capsys.readouterr().out
    assert champion(place) == "2"


def test_a_champion_is_not_judged_on_images_that_it_learned_from(
    place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert place.sweep(uri=place.uri, register="leaked", **place.options["leaked"])[0] == 0
    _, found = place.sweep(uri=place.uri, register="leaked", **place.options["good"])
    assert (
        "version 1 stays the champion: test has 0 positive images that the champion did not learn"
        in found["registered"][1]
    )
    assert champion(place, "leaked") == "1"


def test_of_two_that_register_at_once_the_second_is_judged_against_the_first(
    told: list[list[str]], place: Place
) -> None:
    command = [sys.executable, "-m", "steelyard", "register", "--as", "pair", "--tracking-uri", place.uri]
    both = [
        subprocess.Popen(command, env=dict(os.environ), stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for _ in range(2)
    ]
    said = [each.communicate(timeout=patience.SECONDS) for each in both]
    assert [each.returncode for each in both] == [0, 0], said
    lines = sorted(
        line for out, _ in said for line in out.splitlines() if "champion" in line and "steelyard" not in line
    )
    assert sum("is the champion now" in line for line in lines) >= 1
    assert sum(line.endswith("is the champion now") for line in lines) == 1, "only one found no champion there"
    assert champion(place, "pair") in ("1", "2")


def test_a_gate_that_nothing_could_pass_is_refused(
    told: list[list[str]], place: Place, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run(["register", "--as", NAME, "--gate", "feasible", "--tracking-uri", place.uri]) == 2
    [line] = capsys.readouterr().err.splitlines()
    assert (
        line
        == "steelyard: gate must be not-worse or always for balanced_accuracy, which has no constraint, got feasible"
    )
