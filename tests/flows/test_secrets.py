"""Servers that ask for a user and a password: let in with them, refused in one line without, and kept nowhere."""

import json
import shutil
import subprocess
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import NamedTuple

import numpy as np
import patience
import pytest
import refusal
import scheduling
import servers
from deployed import Deployed
from PIL import Image
from prefect.settings import PREFECT_API_AUTH_STRING, temporary_settings

pytestmark = pytest.mark.slow

SECRET = "a-word-for-nobody"  # noqa: S105
OPTIONS = ["--data", "digits", "--positive", "8", "--size", "8", "--recipe", "sound", "--epochs", "1", "--seeds", "1,"]
OPTIONS += ["--weights", "0.8"]


class Servers(NamedTuple):
    """Addresses with user and password, and the folder in which all is kept."""

    mlflow: str
    prefect: str
    folder: Path


@pytest.fixture(scope="module")
def closed(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Servers]:
    folder = tmp_path_factory.mktemp("closed")
    shutil.copy(migrated, folder / "mlflow.db")
    mlflow, prefect = servers.mlflow(folder), servers.prefect(folder)
    mlflow.module += ["--app-name", "basic-auth"]
    mlflow.environment |= {"MLFLOW_FLASK_SERVER_SECRET_KEY": "any", "MLFLOW_AUTH_ADMIN_PASSWORD": SECRET}
    prefect.environment |= {"PREFECT_SERVER_API_AUTH_STRING": f"admin:{SECRET}"}
    with mlflow, prefect:
        yield Servers(*(server.uri.replace("//", f"//admin:{SECRET}@") for server in (mlflow, prefect)), folder)


Process = Callable[..., subprocess.Popen[str]]


def said(process: Process, *arguments: str, **environment: str) -> tuple[int, str]:
    running = process("-m", "steelyard", *arguments, **environment)
    output, errors = running.communicate(timeout=patience.SECONDS)
    return running.returncode, output + errors


def keeping(folder: Path) -> list[Path]:
    """Files that hold the secret."""
    return [file for file in folder.rglob("*") if file.is_file() and SECRET.encode() in file.read_bytes()]


def test_a_sweep_with_logins_in_both_addresses_shows_and_keeps_neither(
    closed: Servers, process: Process, tmp_path: Path
) -> None:
    names = ["--tracking-uri", closed.mlflow, "--json", "out.json"]
    code, told = said(process, "sweep", *OPTIONS, *names, PREFECT_API_URL=closed.prefect)
    assert code == 0, told
    assert json.loads((tmp_path / "out.json").read_text())["tracking_uri"].startswith("http://127.0.0.1:")
    code, more = said(process, "report", MLFLOW_TRACKING_URI=closed.mlflow)
    assert code == 0, more
    assert "compareRunsMode=CHART" in told, "the server is asked for its version with the login too"
    assert SECRET not in told + more
    assert not keeping(tmp_path) + keeping(closed.folder)


def test_a_schedule_gives_its_runs_the_logins_and_prefect_no_secret(
    closed: Servers, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", closed.mlflow)
    deployed = Deployed(closed.prefect.replace(f"admin:{SECRET}@", ""), "closed")
    for number, name in enumerate(
        map("/".join, product(("train", "val", "test"), ("cat", "dog"), map(str, range(12))))
    ):
        (tmp_path / "pets" / name).parent.mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (9, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(tmp_path / "pets" / f"{name}.png")
    given = ["--interval", "1d", "--name", "closed", "--data", "folder:pets"]
    with (
        scheduling.schedule(tmp_path, closed.prefect, *given),
        temporary_settings({PREFECT_API_AUTH_STRING: f"admin:{SECRET}"}),
    ):
        deployed.ask()
        deployed.ended(1)
    assert not keeping(tmp_path) + keeping(closed.folder)


def test_a_server_that_does_not_know_the_user_is_refused(closed: Servers, process: Process) -> None:
    mlflow, prefect = (uri.replace(SECRET, "wrong") for uri in closed[:2])
    refused = "lets nobody in without a user and a password that it knows; set "
    code, told = said(process, "sweep", *OPTIONS, "--tracking-uri", mlflow)
    assert (code, len(refusal.errors(told))) == (2, 1)
    assert refused + "MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD" in told
    code, more = said(process, "sweep", *OPTIONS, PREFECT_API_URL=prefect)
    assert (code, len(refusal.errors(more))) == (2, 1)
    assert refused + "PREFECT_API_AUTH_STRING=user:password" in more
    assert "wrong" not in told + more
