"""A finished sweep keeps the contract with MLflow, to the letter."""

import math
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run

from steelyard.models.comparison.short_metrics import TRIAL
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.report import dossier_files
from steelyard.tasks.settings import Settings

METRICS = {"loss", "recall", "precision", "accuracy", "f1", "roc_auc", "average_precision"}
POINT = {f"{part}/{name}" for part in ("val", "test") for name in ("recall", "precision", "accuracy", "f1")}
PER_EPOCH = {f"{part}/{name}" for part in ("train", "val") for name in METRICS}
ONCE = {f"test/{name}" for name in METRICS}
ONCE |= {f"operating/{name}" for name in {"threshold", "feasible", "objective", "rank"} | POINT}
ONCE |= {"speed/seconds", *TRIAL}
SPEED = {"speed/seconds_per_epoch", "speed/images_per_second"}
PARAMETERS = {"handling", "weight_positive", "class_weights", "seed", "recipe", "network", "epochs", "batch"}
PARAMETERS |= {"learning_rate", "positive", "negative", "image_set", "device", "threads", "precision"}
PARAMETERS |= {"effective_prior", "device_name", "code_version", "torch", "focal_gamma", "logit_adjusted_tau"}
PARAMETERS |= {"sampling_power", "mixup_alpha", "deferred_after"}
HANDLINGS = "focal,logit_adjusted,balanced_sampling,deferred,mixup,effective_number,constant"


@pytest.fixture(scope="module")
def finished(
    sweep_in: Callable[[Path], Callable[..., tuple[int, dict[str, Any]]]], tmp_path_factory: pytest.TempPathFactory
) -> tuple[dict[str, Any], MlflowClient, list[Run]]:
    code, found = sweep_in(tmp_path_factory.mktemp("finished"))(handling="downsample")
    assert code == 0
    client = MlflowClient(found["tracking_uri"])
    return found, client, [client.get_run(trial["run_id"]) for trial in found["trials"]]


def test_a_sweep_keeps_the_contract(
    finished: tuple[dict[str, Any], MlflowClient, list[Run]], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    found, client, runs = finished
    assert client.get_experiment(found["experiment_id"]).name == "digits · 8 vs rest"
    assert [run.data.params["handling"] for run in runs] == ["none", "downsample", "weights"]
    for run, trial in zip(runs, found["trials"], strict=True):
        _check_run(run, trial, found)
        _check_steps(client, run)
        _check_scores(client, run, trial, tmp_path)
    _check_parent(client, found)


def test_the_logged_model_gives_the_kept_scores(
    finished: tuple[dict[str, Any], MlflowClient, list[Run]],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found, client, runs = finished
    kept = pd.read_parquet(client.download_artifacts(runs[0].info.run_id, "scores.parquet", str(tmp_path)))
    image_set = load(Settings().cache / "image_sets" / found["image_set"])
    rows = pd.Index(image_set.table["id"]).get_indexer(pd.Index(kept["id"]))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", found["tracking_uri"])
    model = mlflow.pyfunc.load_model(f"runs:/{runs[0].info.run_id}/model")
    predicted = model.predict(np.asarray(image_set.images[rows]))
    np.testing.assert_allclose(predicted["score"], kept["score"], atol=1e-6)


def test_every_handling_is_a_trial_of_its_own_and_a_prevalence_is_told_of_each(
    sweep: Callable[..., tuple[int, dict[str, Any]]], sqlite_uri: str
) -> None:
    code, found = sweep(handling=HANDLINGS, objective="recall @ precision >= 0.7 at prevalence 0.2")
    assert code == 0
    cells = [trial["cell"].partition(":")[0] for trial in found["trials"]]
    assert cells[:6] == ["none", *HANDLINGS.split(",")[:5]]
    assert cells[7:] == ["constant", "weights 0.8"]
    assert cells[6].startswith("weights 0."), "an effective number is a weight"
    client = MlflowClient(sqlite_uri)
    children = client.search_runs([found["experiment_id"]], f"tags.`mlflow.parentRunId` = '{found['sweep_run_id']}'")
    assert {run.info.run_id for run in children} == {trial["run_id"] for trial in found["trials"]}
    for run in children:
        assert run.info.status == "FINISHED"
        told = {f"operating/{part}/precision_at_prevalence" for part in ("val", "test")}
        assert set(run.data.metrics) == PER_EPOCH | ONCE | SPEED | told


def test_what_learned_nothing_is_flagged_on_its_run_and_in_the_table(
    sweep: Callable[..., tuple[int, dict[str, Any]]], sqlite_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = sweep(**{"learning-rate": "1e-9"})
    assert code == 0
    out = " ".join(capsys.readouterr().out.split())
    for trial in found["trials"]:
        run = MlflowClient(sqlite_uri).get_run(trial["run_id"])
        assert any("loss stands still" in flag for flag in trial["flags"])
        assert run.data.tags["flags"] == "; ".join(trial["flags"])
        assert "loss stands still" in run.data.tags["mlflow.note.content"]
    number = len(found["trials"])
    own = sum(trial["cell"] == found["verdict"]["cells"][0]["cell"] for trial in found["trials"])
    assert f"{number} of {number} trials flagged, {own} of the network to use: " in out


def _check_run(run: Run, trial: dict[str, Any], found: dict[str, Any]) -> None:
    tags = run.data.tags
    assert run.info.status == trial["status"] == "FINISHED"
    assert tags["role"] == "trial"
    assert tags["trial_id"] == trial["trial_id"]
    assert tags["sweep_id"] == tags["mlflow.parentRunId"] == found["sweep_run_id"]
    assert set(run.data.metrics) == PER_EPOCH | ONCE | SPEED
    assert all(math.isfinite(value) for value in run.data.metrics.values())
    assert set(run.data.params) >= PARAMETERS
    assert float(run.data.params["weight_positive"]) == trial["weight_positive"]
    assert run.data.metrics["operating/rank"] == trial["operating"]["rank"]
    assert run.data.metrics["operating/test/recall"] == trial["operating"]["test"]["recall"]
    [given] = run.inputs.dataset_inputs
    assert (given.dataset.name, given.dataset.digest) == ("digits", found["image_set"])


def _check_steps(client: MlflowClient, run: Run) -> None:
    for key in PER_EPOCH:
        assert [point.step for point in client.get_metric_history(run.info.run_id, key)] == [1, 2], key
    for key in ONCE:
        assert [point.step for point in client.get_metric_history(run.info.run_id, key)] == [0], key


def _check_scores(client: MlflowClient, run: Run, trial: dict[str, Any], tmp_path: Path) -> None:
    names = {file.path for file in client.list_artifacts(run.info.run_id)}
    assert names == {"scores.parquet", "plan.json", "flags.json", "confusion_matrix.png"}
    folder = tmp_path / run.info.run_id
    folder.mkdir()
    scores = pd.read_parquet(client.download_artifacts(run.info.run_id, "scores.parquet", str(folder)))
    assert list(scores.columns) == ["split", "id", "label", "score"]
    assert set(scores["split"]) == {"val", "test"}
    test = scores[scores["split"] == "test"]
    positives, called = test["label"] == 1, test["score"].astype(float) >= trial["operating"]["threshold"]
    assert (called & positives).sum() / positives.sum() == pytest.approx(trial["operating"]["test"]["recall"])
    val = scores[scores["split"] == "val"]
    argmax = (val["score"] > 0.5) == (val["label"] == 1)
    assert argmax.mean() == pytest.approx(run.data.metrics["val/accuracy"])


def _check_parent(client: MlflowClient, found: dict[str, Any]) -> None:
    parent = client.get_run(found["sweep_run_id"])
    assert parent.info.status == "FINISHED"
    assert parent.data.tags["role"] == "sweep"
    names = {file.path for file in client.list_artifacts(parent.info.run_id)}
    assert names >= {"trials.csv", "cells.csv", "spec.json", "report.html", *dossier_files.KINDS[0]}
