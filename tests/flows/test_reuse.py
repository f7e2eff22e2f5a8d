"""What a store holds is not trained again, and whoever trains it again gets the same."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

from mlflow import MlflowClient

Sweep = Callable[..., tuple[int, dict[str, Any]]]


def _scores(found: dict[str, Any]) -> dict[str, dict[str, float]]:
    return {trial["trial_id"]: trial["val"] | trial["test"] for trial in found["trials"]}


def test_a_second_sweep_trains_nothing_and_answers_its_own_objective(sweep: Sweep, sqlite_uri: str) -> None:
    _, first = sweep()
    code, second = sweep(objective="f1")
    assert code == 0
    assert _scores(second) == _scores(first)
    assert second["objective"] == "f1"
    client = MlflowClient(sqlite_uri)
    for before, now in zip(first["trials"], second["trials"], strict=True):
        run = client.get_run(now["run_id"])
        assert run.data.tags["reused_from"] == now["reused_from"] == before["run_id"]
        assert run.data.tags["sweep_id"] == second["sweep_run_id"]
        source = client.get_run(before["run_id"])
        assert set(run.data.metrics) == set(source.data.metrics)
        assert run.data.params == source.data.params
        assert now["operating"]["objective"] == now["operating"]["val"]["f1"]


def test_forced_it_trains_again_and_gives_the_same_scores(sweep: Sweep) -> None:
    _, first = sweep()
    _, again = sweep("--force")
    assert all(not trial["reused_from"] for trial in again["trials"])
    assert _scores(again) == _scores(first)


def test_what_has_lost_its_files_is_trained_again(sweep: Sweep, sqlite_uri: str) -> None:
    _, first = sweep()
    artifacts = MlflowClient(sqlite_uri).get_run(first["trials"][0]["run_id"]).info.artifact_uri
    (Path(artifacts.removeprefix("file://")) / "scores.parquet").unlink()
    code, again = sweep()
    assert code == 0
    lost, kept = again["trials"]
    assert not lost["reused_from"]
    assert kept["reused_from"]
    assert _scores(again) == _scores(first)


def test_another_seed_is_another_trial(sweep: Sweep) -> None:
    _, first = sweep()
    _, other = sweep(seeds="1,2")
    reused = [trial["seed"] for trial in other["trials"] if trial["reused_from"]]
    assert reused == [1] * len(first["trials"])
    assert {trial["seed"] for trial in other["trials"] if not trial["reused_from"]} == {2}
