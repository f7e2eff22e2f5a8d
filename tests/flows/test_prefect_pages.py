"""While a sweep trains, Prefect shows how far it is and what each trial does; without Prefect the sweep goes on."""

import json
import re
import socket
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from uuid import UUID

import numpy as np
import patience
import pytest
from mlflow import MlflowClient
from prefect import State, flow
from prefect.client.orchestration import SyncPrefectClient, get_client
from prefect.client.schemas.filters import (
    ArtifactFilter,
    ArtifactFilterFlowRunId,
    ArtifactFilterKey,
    FlowRunFilter,
    FlowRunFilterId,
)
from prefect.client.schemas.objects import Artifact
from prefect.settings import PREFECT_API_URL, PREFECT_UI_URL, temporary_settings
from prefect.states import Completed

from steelyard.models.spec.sweep_plan import Shared, Subject, SweepPlan
from steelyard.models.spec.trial import Compute, Handling, Partition, Recipe, Trial
from steelyard.tasks import progress
from steelyard.tasks.prefect_view import client, flow_runs, pages, server
from steelyard.tasks.prefect_view.pages import PROGRESS, TRIALS
from steelyard.tasks.progress import News, TrialNews
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.workers import pool

Sweep = Callable[..., tuple[int, dict[str, Any]]]
EPOCHS = 500
COST_SECONDS = 0.003
"""For one piece of news, in 19 of 20: whoever else uses the cores may hold up the others."""


def test_a_sweep_on_a_server_ends_at_100_with_a_link_to_each_trial_and_to_all(sweep: Sweep, server_uri: str) -> None:
    code, found = sweep(uri=server_uri, seeds="71,")
    assert code == 0
    table = _table(found["sweep_run_id"])
    assert table.description
    pages = f"{server_uri}/#/experiments/{found['experiment_id']}/runs"
    assert f"[in MLflow]({pages}?" in table.description
    assert _of_flow_run(table)[PROGRESS].data == 100
    for row, trial in zip(_rows(table), found["trials"], strict=True):
        assert row["trial"] == f"sound · {trial['cell']} · seed 71"
        run_id, address = re.fullmatch(r"\[(\w+)\]\((.*)\)", row["MLflow run"]).groups()  # type: ignore[union-attr]
        assert address.startswith(f"{pages}/{trial['run_id']}?")
        assert trial["run_id"].startswith(run_id)
        assert (row["state"], row["why"]) == ("finished", "")
        assert row["rank on val"] == f"{trial['operating']['rank']:.3f}"


def test_a_sweep_and_its_tasks_are_called_after_what_they_do_and_link_to_each_other(
    sweep: Sweep, sqlite_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    _, found = sweep(seeds="72,")
    told = [line for line in capsys.readouterr().err.splitlines() if line.startswith("watch the flow run: ")]
    tag = MlflowClient(sqlite_uri).get_run(found["sweep_run_id"]).data.tags["prefect_flow_run"]
    assert told == [f"watch the flow run: {tag}"]
    base, _, flow_run_id = tag.partition("/runs/flow-run/")
    assert f"{base}/api" == PREFECT_API_URL.value()
    with get_client(sync_client=True) as server:
        assert server.read_flow_run(UUID(flow_run_id)).name == "digits · 8, recall @ precision >= 0.7"
        tasks = server.read_task_runs(flow_run_filter=FlowRunFilter(id=FlowRunFilterId(any_=[UUID(flow_run_id)])))
    trials = [f"sound · {trial['cell']} · seed 72" for trial in found["trials"]]
    of_trials = {f"{does} {trial}" for does in ("train", "evaluate") for trial in trials}
    once = ("extract", "embed", "look at", "resample", "compare the cells of", "report on")
    assert {task.name for task in tasks} == of_trials | {f"{does} digits" for does in once}


def test_the_address_of_prefects_pages_is_the_users_own_where_one_is_named_and_shows_no_password() -> None:
    run = UUID(int=1)
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:4200/api"}):
        assert server.page_of(run) == f"http://127.0.0.1:4200/runs/flow-run/{run}"
    with temporary_settings({PREFECT_UI_URL: "https://ann:secret@prefect.example/"}):
        assert server.page_of(run).startswith("https://")
        assert "secret" not in server.page_of(run) and server.page_of(run).endswith(f"example/runs/flow-run/{run}")


def test_a_second_sweep_has_a_board_of_its_own_that_says_what_was_reused(sweep: Sweep, sqlite_uri: str) -> None:
    for state in ("finished", "reused"):
        _, found = sweep()
        table = _table(found["sweep_run_id"])
        assert table.description
        assert f"`steelyard ui {found['sweep_run_id']} --tracking-uri {sqlite_uri}`" in table.description
        assert _of_flow_run(table)[PROGRESS].data == 100
        said = [(row["MLflow run"], row["state"]) for row in _rows(table)]
        assert said == [(trial["run_id"], state) for trial in found["trials"]]


def test_the_same_two_artifacts_follow_a_sweep_and_say_why_a_trial_failed(
    sweep: Sweep, sqlite_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAUSE_SECONDS", 0.05)
    under_way: list[Artifact] = []

    def on_news(news: News) -> None:
        # Until this returns nothing else is told: the board has just heard of the first epoch.
        if isinstance(news, TrialNews) and news.epoch == 2 and not under_way:
            under_way.append(_waited_for(sqlite_uri, TRIALS, "running, epoch 1 of 10"))
            under_way.append(_waited_for(sqlite_uri, PROGRESS, "5"))
        elif isinstance(news, TrialNews) and news.epoch == 1 and under_way:
            _kill_workers()

    with progress.listening(on_news):
        code, _ = sweep("--workers", "1", epochs="10")
    assert code == 1
    table = _table(sqlite_uri)
    assert {table.id, _of_flow_run(table)[PROGRESS].id} == {artifact.id for artifact in under_way}
    assert [row["state"] for row in _rows(under_way[0])] == ["running, epoch 1 of 10", "waiting"]
    assert _of_flow_run(table)[PROGRESS].data == 100
    finished, failed = _rows(table)
    assert (finished["state"], finished["why"], failed["state"]) == ("finished", "", "failed")
    assert failed["why"].startswith("its process was killed by signal 9")
    assert all(row["MLflow run"] for row in (finished, failed))


def test_a_refused_update_is_warned_of_once_and_the_sweep_goes_on(
    sweep: Sweep, sqlite_uri: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(pages, "PAUSE_SECONDS", 0.1)
    deleted: list[Artifact] = []

    def on_news(news: News) -> None:
        if isinstance(news, TrialNews) and news.epoch == 1 and not deleted:
            deleted.append(_waited_for(sqlite_uri))
            _delete(deleted[0])

    with progress.listening(on_news):
        code, found = sweep()
    assert code == 0
    assert all(trial["status"] == "FINISHED" for trial in found["trials"])
    warned = [line for line in capsys.readouterr().err.splitlines() if "in Prefect" in line]
    assert len(warned) == 1
    assert warned[0].startswith("no progress of this sweep in Prefect: ")
    assert "404" in warned[0]


@pytest.fixture
def plan(tmp_path: Path) -> SweepPlan:
    partition, subject = (
        Partition(positive="8"),
        Subject(image_set="digits", content_hash="0" * 16, positive="8", negative="rest"),
    )
    trials = tuple(
        Trial(
            image_set=subject.content_hash,
            partition=partition,
            handling=Handling(name="none"),
            seed=seed,
            recipe=Recipe(epochs=EPOCHS),
            compute=Compute(device="cpu", threads=1, precision="float32"),
        )
        for seed in (1, 2)
    )
    shared = Shared(folder=tmp_path, image_set=tmp_path, subject=subject, devices=("cpu",), per_device=1, workers=1)
    return SweepPlan(shared=shared, partition=partition, counts={}, trials=trials)


@pytest.fixture
def watched(plan: SweepPlan, sqlite_uri: str) -> Callable[..., float]:
    """Tells epoch after epoch of the first trial as fast as it can; gives the seconds that 19 of 20 took at most."""

    def told(every_100: Callable[[], object] = lambda: None) -> float:
        seconds = []
        with pages.trials_shown(plan, SweepRun("run", "1"), Settings(tracking_uri=sqlite_uri)):
            for epoch in range(1, EPOCHS + 1):
                if epoch % 100 == 1:
                    every_100()
                begun = time.perf_counter()
                progress.tell(TrialNews(plan.trials[0], "running", epoch))
                seconds.append(time.perf_counter() - begun)
        return float(np.quantile(seconds, 0.95))

    return told


def test_a_burst_of_epochs_costs_little_and_one_update_that_shows_the_last(
    watched: Callable[..., float], sqlite_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pages, "PAUSE_SECONDS", 60.0)
    updated: list[object] = []
    update = SyncPrefectClient.update_artifact

    def counted(client: SyncPrefectClient, artifact_id: Any, artifact: Any) -> None:
        updated.append(artifact_id)
        update(client, artifact_id, artifact)

    monkeypatch.setattr(SyncPrefectClient, "update_artifact", counted)

    def given_time() -> None:
        _waited_for(sqlite_uri)
        time.sleep(0.1)

    @flow(name="burst")
    def burst() -> float:
        return watched(every_100=given_time)

    seconds = burst()
    table = _table(sqlite_uri)
    shown = _of_flow_run(table)
    assert [row["state"] for row in _rows(table)] == [f"running, epoch {EPOCHS} of {EPOCHS}", "waiting"]
    assert shown[PROGRESS].data == 50
    assert sorted(updated, key=str) == sorted((shown[PROGRESS].id, table.id), key=str)
    assert seconds < COST_SECONDS


def test_a_sweep_that_is_left_early_says_which_trials_were_stopped(plan: SweepPlan, sqlite_uri: str) -> None:
    @flow(name="stopped")
    def stopped() -> None:
        with pages.trials_shown(plan, SweepRun("run", "1"), Settings(tracking_uri=sqlite_uri)):
            progress.tell(TrialNews(plan.trials[0], "running", 3, run_id="abc"))
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped()
    rows = _rows(_waited_for(sqlite_uri, TRIALS, "stopped"))
    assert [row["state"] for row in rows] == [f"stopped, epoch 3 of {EPOCHS}", "waiting"]


@pytest.fixture(params=["gone", "silent"])
def lost(request: pytest.FixtureRequest) -> Iterator[str]:
    """The address of a server that is gone, or that takes requests and never answers."""
    with socket.socket() as listener:
        listener.bind(("127.0.0.1", 0))
        if request.param == "silent":
            listener.listen()
        yield f"http://127.0.0.1:{listener.getsockname()[1]}/api"


def test_a_server_that_is_lost_is_warned_of_once_and_nobody_waits_for_it(
    lost: str,
    watched: Callable[[], float],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
) -> None:
    monkeypatch.setattr(client, "SECONDS", 0.5)

    @flow(name="lost")
    def without() -> State[float]:
        return Completed(data=watched())

    with temporary_settings({PREFECT_API_URL: lost}):
        assert flow_runs.run(without, tmp_path).result() < COST_SECONDS
    for thread in _board_threads():
        thread.join(patience.SECONDS)
    assert [record.levelname for record in caplog.records if record.name.startswith("steelyard")] == ["WARNING"]


def test_outside_a_flow_run_nothing_happens(watched: Callable[[], float], plan: SweepPlan) -> None:
    before = _board_threads()
    watched()
    assert _board_threads() == before == []


def _board_threads() -> list[threading.Thread]:
    return [thread for thread in threading.enumerate() if thread.name == "board"]


def _table(mark: str) -> Artifact:
    """The only table of trials whose description holds ``mark``: the id of a sweep, or its store of its own."""
    [table] = _tables(mark)
    return table


def _tables(mark: str) -> list[Artifact]:
    return [table for table in _read(key=ArtifactFilterKey(any_=[TRIALS])) if mark in (table.description or "")]


def _of_flow_run(table: Artifact) -> dict[str, Artifact]:
    """All artifacts of the table's flow run by key; there is one of each."""
    assert table.flow_run_id
    artifacts = _read(flow_run_id=ArtifactFilterFlowRunId(any_=[table.flow_run_id]))
    assert set(Counter(artifact.key for artifact in artifacts).values()) == {1}
    return {artifact.key: artifact for artifact in artifacts if artifact.key}


def _read(**filters: Any) -> list[Artifact]:
    with get_client(sync_client=True) as client:
        return client.read_artifacts(artifact_filter=ArtifactFilter(**filters))


def _rows(table: Artifact) -> list[dict[str, str]]:
    assert isinstance(table.data, str)
    rows: list[dict[str, str]] = json.loads(table.data)
    return rows


def _waited_for(mark: str, key: str = TRIALS, data: str = "") -> Artifact:
    """An artifact of the board whose table ``mark`` finds, once ``data`` is in it."""
    deadline = time.monotonic() + patience.SECONDS
    while time.monotonic() < deadline:
        if tables := _tables(mark):
            artifact = _of_flow_run(tables[0])[key]
            if data in str(artifact.data):
                return artifact
        time.sleep(0.05)
    raise AssertionError(f"{data!r} never came to be shown")


def _delete(artifact: Artifact) -> None:
    with get_client(sync_client=True) as client:
        client.delete_artifact(artifact.id)


def _kill_workers() -> None:
    for process in pool._running:
        process.kill()
