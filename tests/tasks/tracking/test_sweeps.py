"""The parent run: opened, adopted, ended."""

import os
import re
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Trial
from steelyard.tasks.tracking import sweeps, trials


def test_a_sweep_is_a_run_with_role_name_note_parameters_and_spec(
    client: MlflowClient, experiment: str, spec: Sweep, tmp_path: Path
) -> None:
    spec = spec.model_copy(update={"objective": "recall @ precision >= 0.7 at prevalence 0.02"})
    opened = sweeps.start(client, experiment, spec, {"data": "digits"}, "**bold**")
    run = client.get_run(opened.run_id)
    assert client.get_experiment(opened.experiment_id).name == experiment
    assert (run.data.tags["role"], run.data.tags["mlflow.note.content"]) == ("sweep", "**bold**")
    assert run.data.params == {"data": "digits"}
    # MLflow's list shows 20 characters, in which sweeps that run one after the other have to differ.
    assert re.fullmatch(r"\d\d-\d\d \d\d:\d\d:\d\d · recall @ precision >= 0.7 at prev… · digits", run.info.run_name)
    kept = client.download_artifacts(opened.run_id, "spec.json", str(tmp_path))
    assert Sweep.model_validate_json(Path(kept).read_text()) == spec


def test_the_run_of_mlflow_run_is_adopted_once_and_its_parameters_are_left_alone(
    client: MlflowClient, experiment: str, spec: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = client.create_experiment(f"other {experiment}")
    given = client.create_run(other).info.run_id
    client.log_param(given, "weights", "'0.8'")
    monkeypatch.setenv("MLFLOW_RUN_ID", given)
    monkeypatch.setenv("MLFLOW_EXPERIMENT_ID", other)
    adopted = sweeps.start(client, experiment, spec, {"weights": "0.8", "seeds": "3"}, "")
    assert adopted == sweeps.SweepRun(given, other)
    assert client.get_run(given).data.params == {"weights": "'0.8'", "seeds": "3"}
    assert client.get_run(given).data.tags["role"] == "sweep"
    assert not {"MLFLOW_RUN_ID", "MLFLOW_EXPERIMENT_ID"} & set(os.environ)
    second = sweeps.start(client, experiment, spec, {}, "")
    assert second.run_id != given and second.experiment_id != other


def test_a_run_that_this_store_does_not_have_is_refused(
    sqlite_client: MlflowClient, spec: Sweep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_RUN_ID", "0" * 32)
    with pytest.raises(BadInput, match=r"MLFLOW_RUN_ID=0+ is no run of sqlite"):
        sweeps.start(sqlite_client, "a", spec, {}, "")


def test_a_sweep_that_fails_says_why(client: MlflowClient, sweep: sweeps.SweepRun) -> None:
    sweeps.finish(client, sweep.run_id, "FAILED", "1 of 3 trials failed" + "." * 10_000)
    run = client.get_run(sweep.run_id)
    assert run.info.status == "FAILED" and run.info.end_time
    assert run.data.tags["failure"].startswith("1 of 3 trials failed")


def test_a_sweep_that_finishes_has_its_tables_and_no_failure(
    client: MlflowClient, sweep: sweeps.SweepRun, tmp_path: Path
) -> None:
    table = pd.DataFrame({"handling": ["none", "weights"], "recall": [0.5, 0.75]})
    sweeps.log_tables(client, sweep.run_id, trials=table, cells=table.head(1))
    sweeps.finish(client, sweep.run_id, "FINISHED")
    run = client.get_run(sweep.run_id)
    assert run.info.status == "FINISHED" and "failure" not in run.data.tags
    names = ("trials.csv", "cells.csv")
    kept = [pd.read_csv(client.download_artifacts(sweep.run_id, name, str(tmp_path))) for name in names]
    pd.testing.assert_frame_equal(kept[0], table)
    assert len(kept[1]) == 1


def test_a_sweep_is_found_by_its_run_id_or_as_the_newest(client: MlflowClient, experiment: str, spec: Sweep) -> None:
    older, newer = (sweeps.start(client, experiment, spec, {}, "") for _ in range(2))
    assert sweeps.find(client, older.run_id) == older
    assert sweeps.find(client, "") == newer


@pytest.mark.parametrize(("asked", "message"), [("", "has no sweep"), ("nonsense", "got 'nonsense'")])
def test_a_sweep_that_is_not_there_is_told(sqlite_client: MlflowClient, asked: str, message: str) -> None:
    with pytest.raises(BadInput, match=message):
        sweeps.find(sqlite_client, asked)


def test_the_children_of_a_sweep_are_known_by_trial(
    client: MlflowClient, sweep: sweeps.SweepRun, experiment: str, spec: Sweep, trial: Trial
) -> None:
    other = sweeps.start(client, experiment, spec, {}, "")
    begun = {name: trials.start(client, sweep, trial, name) for name in "ab"}
    trials.start(client, other, trial, "c")
    assert sweeps.children(client, sweep) == begun
