"""A schedule that is started again, after a crash or beside another one: it heals, or it says why it will not."""

import os
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path

import numpy as np
import processes
import pytest
import scheduling
import servers
from deployed import Deployed
from PIL import Image
from prefect.client.schemas.objects import FlowRun
from prefect.settings import PREFECT_API_URL, temporary_settings
from scheduling import kill, schedule

from steelyard.flows.__main__ import run
from steelyard.tasks.tracking import server

LONG = {"epochs": 9999}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def port() -> int:
    return int(server._any_free())


@pytest.fixture
def url(home: Path, port: int) -> Iterator[str]:
    with servers.prefect(home, port):
        yield f"http://127.0.0.1:{port}/api"


@pytest.fixture
def folder(migrated: Path, tmp_path: Path) -> Path:
    """A working folder with images of cats and dogs in ``pets`` and in ``pups``."""
    shutil.copy(migrated, tmp_path / "mlflow.db")
    for name in map("/".join, product(("pets", "pups"), ("train", "val", "test"), ("cat", "dog"))):
        (tmp_path / name).mkdir(parents=True)
        for number in range(12):
            pixels = np.random.default_rng([number, len(name), ord(name[-1])]).integers(0, 255, (9, 9), dtype=np.uint8)
            Image.fromarray(pixels).save(tmp_path / name / f"{number}.png")
    return tmp_path


def options(name: str, data: str = "folder:pets") -> list[str]:
    return ["--interval", "1d", "--name", name, "--data", data]


def training(deployed: Deployed) -> FlowRun:
    """A run that trains for very long."""
    run = deployed.ask(spec=deployed.read().parameters["spec"] | LONG)
    until(lambda: [each for each in deployed.runs(run) if each.state_type == "RUNNING"])
    time.sleep(3)
    return run


def until(met: Callable[[], object]) -> None:
    deadline = time.monotonic() + 120
    while not met():
        assert time.monotonic() < deadline
        time.sleep(0.2)


def said(folder: Path) -> str:
    return (folder / "said.txt").read_text()


@pytest.mark.faults
def test_after_server_and_schedule_were_killed_while_training_the_next_run_completes(
    home: Path, port: int, folder: Path
) -> None:
    deployed = Deployed(f"http://127.0.0.1:{port}/api", "reboot")
    with servers.prefect(home, port) as first, schedule(folder, deployed.url, *options("reboot")) as process:
        run = training(deployed)
        kill(process)
        first.kill()
    with servers.prefect(home, port), schedule(folder, deployed.url, *options("reboot")):
        assert f"run {run.name} crashed: the process that ran it is gone" in said(folder)
        assert "sweep/reboot was not stopped the last time; this goes on in its place" in said(folder)
        assert [each.state_type for each in deployed.runs(run)] == ["CRASHED"]
        assert deployed.ended(1, "COMPLETED", deployed.ask())


@pytest.mark.faults
def test_a_run_ends_with_its_schedule_that_is_killed_alone(url: str, folder: Path) -> None:
    deployed = Deployed(url, "orphan")
    with schedule(folder, url, *options("orphan")) as process:
        run = training(deployed)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
        begun = time.monotonic()
        until(lambda: not processes.of_session(process.pid))
    assert time.monotonic() - begun < 10
    with schedule(folder, url, *options("orphan")):
        assert [each.state_type for each in deployed.runs(run)] in (["CANCELLED"], ["CRASHED"])


def test_a_name_that_another_schedule_has_is_refused(
    url: str, folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)

    def refused(*given: str) -> str:
        with temporary_settings({PREFECT_API_URL: url}):
            assert run(["schedule", *scheduling.TINY, *given]) == 2
        return capsys.readouterr().err.splitlines()[-1]

    with schedule(folder, url, *options("twins")) as process:
        for data in ("folder:pets", "folder:pups"):
            line = refused(*options("twins", data))
            assert line.startswith("steelyard: name must be that of no other schedule, got 'twins', which another pro")
        line = refused(*options("twins", "folder:pups"), "--cache", str(folder / "cache"))
        assert f"which is one for folder:{folder}/pets and not for folder:{folder}/pups; give another --name" in line
        assert Deployed(url, "twins").read().parameters["spec"]["data"] == f"folder:{folder}/pets"
        os.killpg(process.pid, signal.SIGINT)
        assert process.wait(120) == 130
    with schedule(folder, url, *options("twins", "folder:pups")):
        assert "was not stopped" not in said(folder)
