"""Sweeps run as a user runs them: through the command line, with a real Prefect server and a real store."""

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import patience
import pytest
import servers
from PIL import Image
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness
from refusal import errors

from steelyard.flows.__main__ import run

DIGITS = {"--data": "digits", "--positive": "8", "--size": "8", "--recipe": "sound", "--epochs": "2"}
DIGITS |= {"--seeds": "1,", "--weights": "0.8"}
Result = dict[str, Any]
Sweep = Callable[..., tuple[int, Result]]


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[str]:
    """One server for the whole run; without a heartbeat, which costs each flow 0.9 s."""
    with (
        prefect_test_harness(server_startup_timeout=patience.SECONDS),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield str(PREFECT_API_URL.value())


@pytest.fixture
def sweep(sqlite_uri: str, sweep_in: Callable[[Path], Sweep], tmp_path: Path) -> Sweep:
    """``sweep("--force", seeds="2,")`` runs a small sweep of digits in this process and gives code and ``--json``."""
    return sweep_in(tmp_path)


@pytest.fixture(scope="session")
def sweep_in(migrated: Path) -> Callable[[Path], Sweep]:
    """``sweep_in(folder)`` is ``sweep`` with its store in this folder: for sweeps that several tests only read."""

    def stored(folder: Path) -> Sweep:
        output, store = folder / "out.json", folder / "mlflow.db"
        if not store.exists():
            shutil.copy(migrated, store)

        def swept(*flags: str, uri: str = f"sqlite:///{store}", **values: str) -> tuple[int, Result]:
            output.unlink(missing_ok=True)
            given = DIGITS | {"--tracking-uri": uri, "--json": str(output)}
            given |= {f"--{name}": value for name, value in values.items()}
            code = run(["sweep", *flags, *(part for option in given.items() for part in option)])
            return code, json.loads(output.read_text()) if output.exists() else {}

        return swept

    return stored


@pytest.fixture
def process(prefect_server: str, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """``process("-m", "steelyard", "sweep", ...)`` starts Python in ``tmp_path``, with the tests' Prefect server."""

    def started(*arguments: str, **environment: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [sys.executable, *arguments],
            cwd=tmp_path,
            env=os.environ | {"PREFECT_API_URL": prefect_server} | environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )

    return started


@pytest.fixture(scope="session")
def scheduling_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """API of a server as people start it: only such a one starts what is scheduled."""
    with servers.prefect(tmp_path_factory.mktemp("prefect")) as server:
        yield server.uri


@pytest.fixture(scope="session")
def six(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """``cat/0.png`` to ``cat/2.png`` and ``dog/0.png`` to ``dog/2.png``."""
    root = tmp_path_factory.mktemp("six")
    for shade, name in enumerate(f"{kind}/{number}.png" for kind in ("cat", "dog") for number in range(3)):
        (root / name).parent.mkdir(exist_ok=True)
        Image.fromarray(np.full((8, 8), shade, dtype=np.uint8)).save(root / name)
    return root


@pytest.fixture
def pets(six: Path, tmp_path: Path) -> Path:
    """The six images in a folder of their own, with ``outside.png`` beside it."""
    shutil.copytree(six, tmp_path / "pets")
    shutil.copy(six / "cat" / "0.png", tmp_path / "outside.png")
    return tmp_path / "pets"


@pytest.fixture
def unusable(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """``unusable(["--data", "csv:list.csv"])`` is what a sweep is refused with, images read; a list of them is left."""
    store, cache = tmp_path / "mlflow.db", tmp_path / "cache"

    def line(options: list[str]) -> str:
        given = ["--cache", str(cache), "--tracking-uri", f"sqlite:///{store}", "--recipe", "sound", *options]
        assert run(["sweep", "--dry-run", *given]) == 2
        said = capsys.readouterr()
        assert not said.out
        assert not store.exists()
        left = [file.name for file in cache.rglob("*") if file.is_file() and file.suffix != ".lock"]
        assert [name for name in left if name != ".lock"] == ["unusable-pets.csv"]
        (only,) = said.err.splitlines()
        assert only.isprintable()
        return only.removeprefix("steelyard: ")

    return line


@pytest.fixture
def refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., str]:
    """``refused(["--data", "moon"])`` is the one line that a sweep is refused with; nothing is left behind."""
    store, cache = tmp_path / "mlflow.db", tmp_path / "cache"

    def line(options: list[str], *flags: str) -> str:
        assert run(["sweep", "--cache", str(cache), "--tracking-uri", f"sqlite:///{store}", *flags, *options]) == 2
        said = capsys.readouterr()
        assert "Traceback" not in said.err
        assert not said.out
        assert not store.exists()
        assert not cache.exists()
        (only,) = errors(said.err)
        assert only.isprintable()
        return only.removeprefix("steelyard: ")

    return line
