"""A real browser, and real sweeps to look at."""

import json
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import chromium
import patience
import pytest


@pytest.fixture
def browser(tmp_path: Path) -> Iterator[Callable[..., chromium.Page]]:
    """``browser()`` opens a tab, ``browser(offline=True)`` one that reaches no other machine."""
    with ExitStack() as started:
        folders = (tmp_path / f"browser-{number}" for number in range(99))

        def opened(offline: bool = False) -> chromium.Page:
            try:
                return started.enter_context(chromium.opened(next(folders), offline))
            except FileNotFoundError as missing:
                pytest.skip(str(missing))

        yield opened


@dataclass(frozen=True)
class Swept:
    """A sweep of digits that ran as a user runs it."""

    folder: Path
    found: dict[str, Any]

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    @property
    def report(self) -> Path:
        return next(self.folder.glob("mlartifacts/*/artifacts/report.html"))


@pytest.fixture(scope="session")
def swept(tmp_path_factory: pytest.TempPathFactory, migrated: Path) -> Callable[[int], Swept]:
    """``swept(24)``: a sweep of so many small trials, one seed each, run once."""
    made: dict[int, Swept] = {}

    def sweep(trials: int) -> Swept:
        if trials not in made:
            made[trials] = _sweep(trials, tmp_path_factory.mktemp(f"sweep-{trials}"), migrated)
        return made[trials]

    return sweep


def _sweep(trials: int, folder: Path, migrated: Path) -> Swept:
    shutil.copy(migrated, folder / "mlflow.db")
    weights = ",".join(f"{0.5 + 0.48 * number / trials:.4f}" for number in range(1, trials))
    options = ["--data", "digits", "--positive", "8", "--size", "8", "--recipe", "sound", "--epochs", "2"]
    command = [sys.executable, "-m", "steelyard", "sweep", *options, "--seeds", "1,", "--weights", weights]
    command += ["--json", "found.json"]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=patience.SECONDS)
    return Swept(folder, json.loads((folder / "found.json").read_text()))
