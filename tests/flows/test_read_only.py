"""A store that nobody here may write, such as a colleague's or a backup: it is looked at all the same."""

import os
import re
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import patience
import pytest
import requests

from steelyard.flows.__main__ import run

pytestmark = pytest.mark.slow
Sweep = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def mounted(sweep_in: Callable[[Path], Sweep], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A folder with the store of a sweep, mounted so that not even root can write it."""
    folder = tmp_path_factory.mktemp("theirs")
    assert sweep_in(folder)()[0] == 0
    for how in (["--bind", str(folder), str(folder)], ["-o", "remount,ro,bind", str(folder)]):
        if os.getuid() or subprocess.run(["/usr/bin/mount", *how], capture_output=True, check=False).returncode:
            pytest.skip("whoever runs this may not mount a folder")
    yield folder
    subprocess.run(["/usr/bin/umount", "--lazy", str(folder)], check=False)


def files(folder: Path) -> dict[Path, int]:
    return {file: file.stat().st_mtime_ns for file in folder.rglob("*")}


def test_report_and_predict_read_it(mounted: Path, pets: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before, store = files(mounted), ["--tracking-uri", f"sqlite:///{mounted}/mlflow.db"]
    assert run(["report", "--output", str(pets / "r.html"), *store]) == 0, capsys.readouterr().err
    assert run(["predict", "best", str(pets), "--output", str(pets / "p.csv"), *store]) == 0, capsys.readouterr().err
    assert files(mounted) == before


def test_a_sweep_into_it_is_refused(mounted: Path, capsys: pytest.CaptureFixture[str]) -> None:
    options = ["--data", "digits", "--positive", "8", "--tracking-uri", f"sqlite:///{mounted}/mlflow.db"]
    assert run(["sweep", *options]) == 2
    assert "must be an SQLite database that can be written" in capsys.readouterr().err


def test_ui_serves_it_with_its_files(mounted: Path, process: Callable[..., subprocess.Popen[str]]) -> None:
    before = files(mounted)
    serving = process("-m", "steelyard", "ui", "--tracking-uri", f"sqlite:///{mounted}/mlflow.db")
    assert serving.stdout is not None
    page = serving.stdout.readline()
    found = re.match(r"(http://[^/]+)/#/experiments/(\d+)/runs\?viewStateShareKey=(\w+)", page)
    assert found, page + str(serving.communicate(timeout=patience.SECONDS))
    answer = requests.get(f"{found[1]}/get-artifact?run_uuid={found[3]}&path=report.html", timeout=patience.SECONDS)
    os.killpg(serving.pid, signal.SIGTERM)
    serving.communicate(timeout=patience.SECONDS)
    assert answer.ok and b"<html" in answer.content[:1000].lower()
    assert files(mounted) == before
