"""Sweeps run as a user runs them: through the command line, with a real Prefect server and a real store."""

import json
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from prefect.settings import PREFECT_API_URL, PREFECT_FLOWS_HEARTBEAT_FREQUENCY, temporary_settings
from prefect.testing.utilities import prefect_test_harness

from flows.__main__ import run

DIGITS = {"--data": "digits", "--positive": "8", "--size": "8", "--epochs": "2", "--seeds": "1,", "--weights": "0.8"}
Result = dict[str, Any]


@pytest.fixture(scope="session", autouse=True)
def prefect_server() -> Iterator[str]:
    """One server for the whole run; without a heartbeat, which costs each flow 0.9 s."""
    with (
        prefect_test_harness(server_startup_timeout=90),
        temporary_settings({PREFECT_FLOWS_HEARTBEAT_FREQUENCY: None}),
    ):
        yield str(PREFECT_API_URL.value())


@pytest.fixture
def sweep(sqlite_uri: str, tmp_path: Path) -> Callable[..., tuple[int, Result]]:
    """``sweep("--force", seeds="2,")`` runs a small sweep of digits in this process and gives code and ``--json``."""
    output = tmp_path / "out.json"

    def swept(*flags: str, uri: str = sqlite_uri, **values: str) -> tuple[int, Result]:
        output.unlink(missing_ok=True)
        given = DIGITS | {"--tracking-uri": uri, "--json": str(output)}
        given |= {f"--{name}": value for name, value in values.items()}
        code = run(["sweep", *flags, *(part for option in given.items() for part in option)])
        return code, json.loads(output.read_text()) if output.exists() else {}

    return swept


@pytest.fixture
def process(prefect_server: str, tmp_path: Path) -> Callable[..., subprocess.Popen[str]]:
    """``process("-m", "flows", "sweep", ...)`` starts Python in ``tmp_path``, with the test run's Prefect server."""

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
