"""What is logged while a real MLflow server is killed: kept, and delivered whole, in order and once."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import patience
import pytest
import servers
import synthetic
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, RunTag
from mlflow.exceptions import MlflowException

from steelyard.models.comparison import short_metrics
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Trial
from steelyard.tasks.tracking import logged_model, outbox, run_files, saved_model, summary, sweeps, trials
from steelyard.tasks.tracking.contact import Away
from steelyard.tasks.tracking.patient_client import PatientClient
from steelyard.tasks.tracking.sweeps import SweepRun

pytestmark = pytest.mark.slow

LEFT_BEHIND = """
import os, signal, sys
from pathlib import Path
from steelyard.tasks.tracking.patient_client import PatientClient
uri, cache, run_id = sys.argv[1:]
client = PatientClient(uri)
with client.patient(Path(cache)):
    begun = client.create_run("0", tags={"sweep_id": run_id}, run_name="begun").info.run_id
    for own in (run_id, begun):
        client.set_tag(own, "told", begun)
        client.log_text(own, f"see {begun}", "note.txt")
        client.set_terminated(own, "FINISHED")
    client.set_tag(run_id, "after the end", "yes")
    os.kill(os.getpid(), signal.SIGKILL)
"""


@pytest.fixture
def server(migrated: Path, tmp_path: Path) -> Iterator[servers.Server]:
    """On a store of its own, that answers."""
    shutil.copy(migrated, tmp_path / "mlflow.db")
    with servers.mlflow(tmp_path) as started:
        yield started


@pytest.fixture
def client(server: servers.Server) -> PatientClient:
    return PatientClient(server.uri)


def _log_all(client: PatientClient, sweep: SweepRun, trial: Trial, model: saved_model.Network, files: Path) -> str:
    """All kinds of what a trial logs."""
    run_id = trials.start(client, sweep, trial, "id of the trial")
    trials.log_dataset(client, run_id, "digits", "0123456789abcdef", "digits")
    for epoch in (1, 2):
        trials.log_once(
            client, run_id, {}, of_epochs=trials.points(epoch, {"val/recall": epoch / 4, "train/loss": 1 / epoch})
        )
    trials.log_once(client, run_id, {"test/recall": 0.5}, {"device_name": "cpu"})
    run_files.put(client, run_id, files)
    logged_model.log(client, run_id, model)
    trials.flag(client, run_id, ("constant",))
    sweeps.finish(client, run_id, "FINISHED")
    return run_id


def _seen(uri: str, run_id: str) -> dict[str, Any]:
    """A run as the store has it, without times and what its own id is in."""
    client = MlflowClient(uri)
    run = client.get_run(run_id)
    history = {key: client.get_metric_history(run_id, key) for key in run.data.metrics}
    models = [client.get_logged_model(output.model_id) for output in run.outputs.model_outputs]
    return {
        "name": run.info.run_name,
        "status": run.info.status,
        "params": run.data.params,
        "tags": {key: value for key, value in run.data.tags.items() if key != outbox.KEY},
        "points": {key: [(point.step, point.value) for point in points] for key, points in history.items()},
        "datasets": [given.dataset.digest for given in run.inputs.dataset_inputs],
        "files": sorted(file.path for file in client.list_artifacts(run_id)),
        "models": [(model.status, model.params == run.data.params) for model in models],
    }


def _until_delivered(client: PatientClient) -> None:
    deadline = time.monotonic() + patience.SECONDS
    while client.undelivered:
        assert time.monotonic() < deadline
        time.sleep(0.1)


@pytest.mark.parametrize("begun", ["before", "meanwhile"])
def test_a_trial_logged_while_the_server_is_dead_is_as_one_logged_while_it_lives(
    server: servers.Server,
    client: PatientClient,
    spec: Sweep,
    trial: Trial,
    trained: saved_model.Network,
    tmp_path: Path,
    begun: str,
) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "scores.parquet").write_bytes(b"PAR1")
    with client.patient(tmp_path / "cache"):
        if begun == "meanwhile":
            server.kill()
        sweep = sweeps.start(client, "an experiment", spec, {"trials": "2"}, "a note")
        server.kill()
        kept = _log_all(client, sweep, trial, trained, files)
        client.log_text(sweep.run_id, json.dumps([kept, sweep.experiment_id]), "comparison.json")
        (files / "report.html").write_text(f"see {kept}")
        run_files.put(client, sweep.run_id, files / "report.html")
        (files / "report.html").unlink()
        with pytest.raises(Away):
            client.get_run(sweep.run_id)
        assert client.undelivered and (tmp_path / "cache/unsent/mlflow").exists()
        server.start()
        _until_delivered(client)
        run_id, sweep_id = client.translated(kept), client.translated(sweep.run_id)
        other = _log_all(client, sweep, trial, trained, files)
    assert not list((tmp_path / "cache/unsent/mlflow").iterdir())
    there = MlflowClient(server.uri)
    (experiment,) = [one for one in there.search_experiments() if one.name == "an experiment"]
    runs = there.search_runs([experiment.experiment_id])
    assert {run.info.run_id for run in runs} == {run_id, sweep_id, other}
    assert _seen(server.uri, run_id) == _seen(server.uri, other)
    assert _seen(server.uri, run_id)["models"] == [("READY", True)]
    assert there.get_run(run_id).data.tags["mlflow.parentRunId"] == sweep_id
    told = Path(there.download_artifacts(sweep_id, "comparison.json", str(tmp_path))).read_text()
    assert json.loads(told) == [run_id, experiment.experiment_id]
    assert Path(there.download_artifacts(sweep_id, "report.html", str(tmp_path))).read_text() == f"see {run_id}"


def test_a_sweep_summed_up_while_the_server_is_dead_has_its_metrics_and_links_with_the_ids_of_the_store(
    server: servers.Server, client: PatientClient, spec: Sweep, tmp_path: Path
) -> None:
    with client.patient(tmp_path / "cache"):
        server.kill()
        sweep = sweeps.start(client, "an experiment", spec, {}, "before")
        found = synthetic.judged().found
        summary.log(
            client, found.model_copy(update={"sweep_run_id": sweep.run_id, "experiment_id": sweep.experiment_id})
        )
        server.start()
        _until_delivered(client)
        run_id = client.translated(sweep.run_id)
    data = MlflowClient(server.uri).get_run(run_id).data
    assert data.metrics.items() >= short_metrics.of_sweep(found).items() and data.metrics["speed/seconds"] > 0
    note = data.tags[run_files.NOTE]
    assert f"/runs/{run_id}/artifacts/report.html" in note and sweep.run_id not in note
    assert note.endswith("\n\nbefore")


def test_what_a_killed_process_kept_is_delivered_by_the_next_and_doing_so_twice_changes_nothing(
    server: servers.Server, client: PatientClient, tmp_path: Path
) -> None:
    run_id, cache = client.create_run("0").info.run_id, tmp_path / "cache"
    server.kill()
    command = [sys.executable, "-c", LEFT_BEHIND, server.uri, str(cache), run_id]
    assert subprocess.run(command, env=os.environ).returncode == -signal.SIGKILL
    server.start()
    shutil.copytree(cache, tmp_path / "copy")
    seen = []
    for folder in (cache, tmp_path / "copy"):
        (kept,) = outbox.left(folder)
        assert (kept.contact.uri, kept.deliver()) == (server.uri, 2)
        assert not list((folder / "unsent/mlflow").iterdir()) and not list(outbox.left(folder))
        seen.append({run.info.run_id: run.to_dictionary() for run in client.search_runs(["0"])})
    assert seen[0] == seen[1] and len(seen[0]) == 2
    (begun,) = seen[0].keys() - {run_id}
    for own in (run_id, begun):
        run = client.get_run(own)
        assert (run.info.status, run.data.tags["told"]) == ("FINISHED", begun)
        assert Path(client.download_artifacts(own, "note.txt", str(tmp_path))).read_text() == f"see {begun}"
    assert client.get_run(begun).data.tags["sweep_id"] == run_id


def test_a_record_that_was_cut_short_is_left_out_and_what_is_refused_is_set_aside(
    server: servers.Server, client: PatientClient, tmp_path: Path
) -> None:
    torn, gone, cache = client.create_run("0").info.run_id, client.create_run("0").info.run_id, tmp_path / "cache"
    server.kill()
    with pytest.raises(KeyboardInterrupt), client.patient(cache):
        for run_id in (gone, torn):
            client.set_tag(run_id, "told", "yes")
            client.set_terminated(run_id, "FINISHED")
        raise KeyboardInterrupt
    server.start()
    client.delete_run(gone)
    (records,) = cache.rglob(f"*-{torn}/records.jsonl")
    records.write_text(records.read_text()[:-5])
    (records.parent.with_name(f"000009-{'0' * 32}") / "0").mkdir(parents=True)
    for _ in range(2):
        (kept,) = outbox.left(cache)
        kept.deliver()
        assert [folder.name for folder in kept.refused] == [f"refused-000001-{gone}"]
    assert (client.get_run(torn).info.status, client.get_run(torn).data.tags["told"]) == ("RUNNING", "yes")


def test_what_a_server_that_lives_refuses_is_raised_and_not_kept(client: PatientClient, tmp_path: Path) -> None:
    with client.patient(tmp_path):
        run_id = client.create_run("0").info.run_id
        client.log_batch(run_id, [Metric("a", 1.0, 1, 0)], [Param("p", "1")], [RunTag("t", "1")])
        with pytest.raises(MlflowException, match="p"):
            client.log_batch(run_id, params=[Param("p", "2")])
        with pytest.raises(MlflowException):
            client.set_tag("0" * 32, "t", "1")
    assert not client.undelivered and not (tmp_path / "unsent").exists()
