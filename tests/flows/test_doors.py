"""However a sweep is started and wherever its store is, the trials and their scores are the same."""

import json
import subprocess
from collections.abc import Callable
from pathlib import Path
from typing import Any

import patience
import pytest
from mlflow import MlflowClient

from steelyard.models.spec.sweep import Sweep as Spec

ROOT = Path(__file__).parents[2]
OPTIONS = {
    "data": "digits",
    "positive": "8",
    "size": "8",
    "recipe": "sound",
    "epochs": "2",
    "seeds": "1,",
    "weights": "0.8",
}
Sweep = Callable[..., tuple[int, dict[str, Any]]]
Process = Callable[..., subprocess.Popen[str]]


def _scores(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {trial["trial_id"]: trial["val"] | trial["test"] | trial["operating"]["test"] for trial in found["trials"]}


def _flags() -> list[str]:
    return [part for name, value in OPTIONS.items() for part in (f"--{name}", value)]


@pytest.fixture(scope="module")
def expected(
    sweep_in: Callable[[Path], Sweep], tmp_path_factory: pytest.TempPathFactory
) -> dict[str, dict[str, float]]:
    code, found = sweep_in(tmp_path_factory.mktemp("expected"))()
    assert code == 0
    return _scores(found)


def test_a_running_mlflow_server_gives_the_same_and_then_trains_nothing(
    expected: dict[str, dict[str, float]], sweep: Sweep, server_uri: str
) -> None:
    _, found = sweep(uri=server_uri)
    assert found["tracking_uri"] == server_uri
    assert _scores(found) == expected
    _, again = sweep(uri=server_uri)
    assert _scores(again) == expected
    assert all(trial["reused_from"] for trial in again["trials"])


def test_a_process_of_its_own_gives_the_same_without_a_prefect_server(
    expected: dict[str, dict[str, float]], process: Process, tmp_path: Path
) -> None:
    output = tmp_path / "process.json"
    arguments = ["--tracking-uri", "sqlite:///other.db", "--json", str(output)]
    running = process("-m", "steelyard", "sweep", *_flags(), *arguments, PREFECT_API_URL="")
    _, err = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == 0, err
    assert _scores(json.loads(output.read_text())) == expected


def test_mlflow_run_gives_the_same_in_the_run_that_it_opened(
    expected: dict[str, dict[str, float]], process: Process, tmp_path: Path, sqlite_uri: str
) -> None:
    output = tmp_path / "project.json"
    options = [
        part
        for name, value in (OPTIONS | {"json": str(output), "force": "true"}).items()
        for part in ("-P", f"{name}={value}")
    ]
    command = ["-m", "mlflow", "run", str(ROOT), "--env-manager", "local", "--experiment-name", "projects", *options]
    running = process(*command, MLFLOW_TRACKING_URI=sqlite_uri)
    _, err = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == 0, err
    found = json.loads(output.read_text())
    assert _scores(found) == expected
    client = MlflowClient(sqlite_uri)
    parent = client.get_run(found["sweep_run_id"])
    assert client.get_experiment(parent.info.experiment_id).name == "projects"
    assert found["experiment_id"] == parent.info.experiment_id
    assert "mlflow.project.entryPoint" in parent.data.tags


def test_the_prefect_flow_takes_a_plain_mapping_as_a_form_sends_it(sqlite_uri: str) -> None:
    from steelyard.flows.sweep import sweep as flow

    parameters = {"spec": Spec(data="digits", positive="8").model_dump(), "settings": {"tracking_uri": sqlite_uri}}
    validated = flow.validate_parameters(parameters)
    assert validated["spec"] == Spec(data="digits", positive="8")
