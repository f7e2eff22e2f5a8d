"""Sweeps on what companies keep runs in: PostgreSQL behind MLflow's and Prefect's servers, and files in S3."""

import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy as np
import patience
import postgres
import pytest
import s3
import scheduling
import servers
import sweeping
from deployed import Deployed
from mlflow import MlflowClient
from mlflow.entities import Run
from PIL import Image
from prefect.client.orchestration import get_client
from prefect.settings import PREFECT_API_URL, temporary_settings

AWAY_SECONDS = 12

SMALL = {"data": "digits", "positive": "3", "negative": "8", "size": "8", "recipe": "sound", "epochs": "2"}
SMALL |= {"weights": "0.8", "seeds": "1,", "workers": "4"}
LONG = SMALL | {"epochs": "40", "seeds": "1,2", "workers": "2"}


class Stores(NamedTuple):
    """What runs are kept in.

    Attributes:
        mlflow: address of a server that keeps files in S3 by itself.
        prefect: address of the API.
        folder: the working folder of both.
    """

    database: postgres.Postgres
    bucket: s3.S3
    mlflow: str
    prefect: str
    folder: Path

    @property
    def home(self) -> dict[str, str]:
        return {"PREFECT_API_URL": self.prefect}


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Stores]:
    folder = tmp_path_factory.mktemp("stores")
    with postgres.started() as database, s3.started() as bucket:
        behind = f"postgresql{database.make('mlflow')}"
        mlflow = servers.mlflow(folder, behind, "--artifacts-destination", f"s3://{s3.BUCKET}/by-server")
        mlflow.environment |= bucket.environment
        prefect = servers.prefect(folder, database=f"postgresql+asyncpg{database.make('prefect')}")
        with mlflow, prefect:
            yield Stores(database, bucket, mlflow.uri, prefect.uri, folder)


@pytest.fixture(scope="module")
def direct(stores: Stores) -> Iterator[str]:
    """Address of a server that leaves files to its clients, to be kept in S3."""
    options = ("--default-artifact-root", f"s3://{s3.BUCKET}/direct", "--no-serve-artifacts")
    with servers.mlflow(stores.folder, f"postgresql{stores.database.make('direct')}", *options) as server:
        yield server.uri


@pytest.fixture(autouse=True)
def nothing_left() -> Iterator[None]:
    yield
    sweeping.end_all()


@pytest.fixture
def reaching_s3(stores: Stores, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in stores.bucket.environment.items():
        monkeypatch.setenv(name, value)


def test_two_sweeps_at_once_with_four_workers_are_whole_and_keep_no_password(stores: Stores, tmp_path: Path) -> None:
    weights = ("0.8", "0.9")
    both = [_sweep(stores, stores.mlflow, tmp_path, SMALL | {"weights": weight}) for weight in weights]
    assert [sweep.end() for sweep in both] == [0, 0], [sweep.said for sweep in both]
    client = MlflowClient(stores.mlflow)
    for run in _sweeps(client):
        assert str(run.info.artifact_uri).startswith("mlflow-artifacts:/")
        _assert_whole(client, run.info.run_id, trials=2, epochs=2)
    assert {weight for run in _sweeps(client) for weight in run.data.params["weights"].split(",")} == set(weights)
    with temporary_settings({PREFECT_API_URL: stores.prefect}), get_client(sync_client=True) as asked:
        assert [run.state_type for run in asked.read_flow_runs()] == ["COMPLETED", "COMPLETED"]
    code, told = _said(tmp_path, "report", "--tracking-uri", stores.mlflow)
    assert code == 0 and (tmp_path / "report.html").exists(), told
    kept = [file for folder in (tmp_path, stores.folder) for file in folder.rglob("*") if file.is_file()]
    assert not [file for file in kept if _is_secret(file.read_bytes())]
    assert not _is_secret("".join([told, *(sweep.said for sweep in both)]).encode())


def test_files_that_a_client_keeps_in_s3_itself_are_read_again_and_a_model_is_registered(
    stores: Stores, direct: str, tmp_path: Path, reaching_s3: None
) -> None:
    sweep = _sweep(stores, direct, tmp_path, SMALL)
    assert sweep.end() == 0, sweep.said
    client = MlflowClient(direct)
    (run,) = _sweeps(client)
    assert str(run.info.artifact_uri).startswith(f"s3://{s3.BUCKET}/direct/")
    _assert_whole(client, run.info.run_id, trials=2, epochs=2)
    Image.fromarray(np.full((8, 8), 90, dtype=np.uint8)).save(tmp_path / "new.png")
    for asked in (
        ["report"],
        ["predict", "best", "new.png"],
        ["register", "--as", "eights"],
        ["predict", "eights@challenger", "new.png"],
    ):
        code, told = _said(tmp_path, *asked, "--tracking-uri", direct)
        assert code == 0, told


def test_s3_that_cannot_be_reached_is_one_line_before_anything_is_trained(
    stores: Stores, direct: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # Nor by the files that a user of this machine may have.
    for name in ("AWS_SHARED_CREDENTIALS_FILE", "AWS_CONFIG_FILE"):
        monkeypatch.setenv(name, str(tmp_path / "none"))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    before = len(_sweeps(MlflowClient(direct)))
    sweep = _sweep(stores, direct, tmp_path, SMALL)
    assert sweep.end() == 2, sweep.said
    assert f"{direct} keeps files in s3://{s3.BUCKET}/direct/" in sweep.line
    assert "Unable to locate credentials; set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and" in sweep.line
    assert len(_sweeps(MlflowClient(direct))) == before


@pytest.mark.parametrize("gone", ["database", "files by the server", "files by the client"])
def test_what_is_away_for_a_while_costs_nothing(
    gone: str, stores: Stores, direct: str, tmp_path: Path, reaching_s3: None
) -> None:
    uri = direct if gone == "files by the client" else stores.mlflow
    negative = {"database": "5", "files by the server": "6", "files by the client": "7"}[gone]
    sweep = _sweep(stores, uri, tmp_path, LONG | {"negative": negative})
    patience.wait_for(lambda: ": finished, " in sweep.said or sweep.process.poll() is not None)
    stores.database.stop() if gone == "database" else stores.bucket.tell(s3.AWAY)
    time.sleep(AWAY_SECONDS)
    assert sweep.process.poll() is None, sweep.said
    stores.database.start() if gone == "database" else stores.bucket.tell(s3.BACK)
    assert sweep.end() == 0, sweep.said
    assert "MLflow's store is back" in sweep.said and "Traceback" not in sweep.said
    client = MlflowClient(uri)
    _assert_whole(client, _sweeps(client)[0].info.run_id, trials=4, epochs=40)
    assert not sweep.leftovers()


def test_a_schedule_runs_again_and_again(stores: Stores, tmp_path: Path) -> None:
    for number in range(120):
        part, kind = ("train", "val", "test")[number % 3], ("cat", "dog")[number % 2]
        (folder := tmp_path / "pets" / part / kind).mkdir(parents=True, exist_ok=True)
        pixels = np.random.default_rng(number).integers(0, 255, (9, 9), dtype=np.uint8)
        Image.fromarray(pixels).save(folder / f"{number}.png")
    given = ["--interval", "15", "--data", "folder:pets", "--name", "stored", "--workers", "4"]
    with scheduling.schedule(tmp_path, stores.prefect, *given, "--tracking-uri", stores.mlflow):
        deployed = Deployed(stores.prefect, "stored")
        first, second = deployed.ended(2)[:2]
    assert first.start_time and second.start_time and first.start_time < second.start_time
    assert sum(run.data.tags.get("schedule") == "stored" for run in _sweeps(MlflowClient(stores.mlflow))) >= 2
    assert not _is_secret((tmp_path / "said.txt").read_bytes())


def _sweep(stores: Stores, uri: str, folder: Path, options: dict[str, str]) -> sweeping.Sweep:
    return sweeping.Sweep(folder, uri, folder / "cache", options, stores.home)


def _said(folder: Path, *arguments: str) -> tuple[int, str]:
    command = [sys.executable, "-m", "steelyard", *arguments]
    ended = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=patience.SECONDS, check=False)
    return ended.returncode, ended.stdout + ended.stderr


def _sweeps(client: MlflowClient) -> list[Run]:
    """The newest first."""
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    order = ["attributes.start_time DESC"]
    return list(client.search_runs(everywhere, "tags.role = 'sweep'", order_by=order))


def _assert_whole(client: MlflowClient, sweep_id: str, trials: int, epochs: int) -> None:
    """All that a sweep logs has come, once, and can be read."""
    sweep = client.get_run(sweep_id)
    assert sweep.info.status == "FINISHED"
    files = {file.path for file in client.list_artifacts(sweep_id)}
    assert {"report.html", "trials.csv", "verdict.json", "spec.json", "comparison.json"} <= files
    found = client.search_runs([sweep.info.experiment_id], f"tags.sweep_id = '{sweep_id}' and tags.role = 'trial'")
    assert len(found) == trials
    for run in found:
        assert run.info.status == "FINISHED"
        steps = [point.step for point in client.get_metric_history(run.info.run_id, "val/recall")]
        assert sorted(steps) == list(range(1, epochs + 1))
        there = {file.path: file.file_size for file in client.list_artifacts(run.info.run_id)}
        assert all(there[name] for name in ("scores.parquet", "plan.json", "flags.json", "confusion_matrix.png"))
        (model,) = run.outputs.model_outputs
        assert client.get_logged_model(model.model_id).status == "READY"


def _is_secret(text: bytes) -> bool:
    return postgres.SECRET.encode() in text or s3.SECRET.encode() in text
