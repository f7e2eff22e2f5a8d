"""A trial that this store has trained already."""

import shutil
from pathlib import Path

import mlflow.artifacts
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from mlflow import MlflowClient

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Trial
from steelyard.tasks.tracking import logged_model, reuse, run_files, saved_model, store, sweeps, trials
from steelyard.tasks.tracking.sweeps import SweepRun

SCORES = pd.DataFrame({"split": ["val", "test"], "id": ["a", "b"], "label": [0, 1], "score": [0.1, 0.9]})


@pytest.fixture
def trial_id(experiment: str) -> str:
    return experiment.rpartition(" ")[2]


OF_ITS_OBJECTIVE = {"operating/threshold": 0.3, "operating/val/recall": 0.9, "threshold": 0.3, "recall": 0.8}


@pytest.fixture
def source(
    client: MlflowClient,
    sweep: SweepRun,
    trial: Trial,
    trial_id: str,
    trained: saved_model.Network,
    tmp_path: Path,
) -> str:
    run_id = trials.start(client, sweep, trial, trial_id)
    for epoch in (1, 2):
        trials.log_once(client, run_id, {}, of_epochs=trials.points(epoch, {"val/recall": epoch / 4}))
    trials.log_once(client, run_id, OF_ITS_OBJECTIVE | {"test/recall": 0.5})
    (tmp_path / "out").mkdir()
    SCORES.to_parquet(tmp_path / "out/scores.parquet")
    (tmp_path / "out/flags.json").write_text("[]")
    (tmp_path / "out/plan.json").write_text("{}")
    run_files.put(client, run_id, tmp_path / "out")
    logged_model.log(client, run_id, trained)
    sweeps.finish(client, run_id, "FINISHED")
    return run_id


def test_only_finished_trials_are_found_the_newest_of_each_in_any_experiment(
    client: MlflowClient, sweep: SweepRun, spec: Sweep, experiment: str, trial: Trial, trial_id: str
) -> None:
    elsewhere = sweeps.start(client, f"{experiment} elsewhere", spec, {}, "")
    first, newest, failed, _running, deleted = (
        trials.start(client, parent, trial, f"{trial_id}{suffix}")
        for parent, suffix in ((sweep, ""), (elsewhere, ""), (sweep, "f"), (sweep, "r"), (sweep, "d"))
    )
    for run_id in (first, newest, deleted):
        sweeps.finish(client, run_id, "FINISHED")
    sweeps.finish(client, failed, "FAILED", "no memory")
    client.delete_run(deleted)
    assert reuse.find(client, trial_id) == newest
    assert [reuse.find(client, f"{trial_id}{suffix}") for suffix in "frdx"] == [None] * 4


def test_a_copy_has_history_files_and_a_model_of_its_own_but_nothing_of_the_objective(
    client: MlflowClient, sweep: SweepRun, trial: Trial, trial_id: str, source: str, tmp_path: Path
) -> None:
    target = trials.start(client, sweep, trial, trial_id)
    reused = reuse.copy(client, source, target, tmp_path / "work")
    run = client.get_run(target)
    assert (reused.latest, reused.epochs) == (run.data.metrics, {1: {"val/recall": 0.25}, 2: {"val/recall": 0.5}})
    assert pd.read_parquet(reused.files / "scores.parquet").equals(SCORES)
    assert run.data.metrics == {"val/recall": 0.5, "test/recall": 0.5}
    assert [(p.step, p.value) for p in client.get_metric_history(target, "val/recall")] == [(1, 0.25), (2, 0.5)]
    assert sorted(file.path for file in client.list_artifacts(target)) == ["flags.json", "plan.json", "scores.parquet"]
    assert run.data.tags["reused_from"] == source


def test_the_models_of_source_and_copy_give_the_same_scores(
    client: MlflowClient,
    sweep: SweepRun,
    trial: Trial,
    trial_id: str,
    source: str,
    images: npt.NDArray[np.uint8],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    target = trials.start(client, sweep, trial, trial_id)
    reuse.copy(client, source, target, tmp_path / "work")
    monkeypatch.setenv("MLFLOW_TRACKING_URI", client.tracking_uri)
    loaded = [mlflow.pyfunc.load_model(f"runs:/{run_id}/model", dst_path=str(tmp_path)) for run_id in (source, target)]
    assert [part.metadata.run_id for part in loaded] == [source, target]
    assert loaded[0].predict(images).equals(loaded[1].predict(images))


@pytest.mark.parametrize("lost", ["files", "weights", "model", "everything"])
def test_a_source_whose_files_are_gone_is_told_and_the_target_stays_as_it_was(
    sqlite_uri: str,
    trial: Trial,
    spec: Sweep,
    trained: saved_model.Network,
    tmp_path: Path,
    lost: str,
) -> None:
    client = store.open_client(sqlite_uri)
    parent = sweeps.start(client, "a", spec, {}, "")
    source, target = (trials.start(client, parent, trial, "id") for _ in range(2))
    SCORES.to_parquet(tmp_path / "scores.parquet")
    run_files.put(client, source, tmp_path / "scores.parquet")
    client.log_text(source, "[]", "flags.json")
    trials.log_once(client, source, {"test/recall": 0.5})
    logged_model.log(client, source, trained)
    kept = tmp_path / "mlartifacts"
    gone = {"files": kept / source, "weights": kept / "models", "model": kept / "models", "everything": kept}[lost]
    if lost == "weights":
        next(gone.rglob("weights.pt")).unlink()
    else:
        shutil.rmtree(gone)
    with pytest.raises(reuse.SourceGone, match=source if lost != "weights" else "has lost weights.pt"):
        reuse.copy(client, source, target, tmp_path / "work")
    run = client.get_run(target)
    assert run.data.metrics == {} and "reused_from" not in run.data.tags
    assert run.outputs is None or not run.outputs.model_outputs
