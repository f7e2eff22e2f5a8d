"""Sweeps on a real Ray cluster of two nodes: the same scores as in processes, and one node may be killed."""

import json
import os
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import clusters
import pandas as pd
import patience
import pytest
import servers
from mlflow import MlflowClient

from steelyard.tasks.tracking import search, store

pytest.importorskip("ray", reason="Ray is not installed: pip install 'steelyard[ray]'")

HEADS = ["--data", "digits", "--positive", "8", "--backbone-size", "32", "--seeds", "1,", "--folds", "3"]
HEADS += ["--weights", "0.7,0.8,0.9"]
TUNED = [*HEADS[:-4], "--folds", "1", "--recipe", "finetune", "--epochs", "1", "--weights", "0.8"]
LONG = ["--data", "digits", "--positive", "8", "--recipe", "sound", "--epochs", "12", "--seeds", "1,"]
LONG += ["--weights", "0.8", "--folds", "1"]


@dataclass(frozen=True)
class Place:
    """A working folder, with MLflow's server, a cluster and what is called ``second`` of its nodes."""

    folder: Path
    uri: str
    address: str
    second: clusters.Node

    def started(self, *given: str) -> "subprocess.Popen[str]":
        """``steelyard sweep`` in a process of its own."""
        where = ["--tracking-uri", self.uri, "--cache", str(self.folder / "cache"), "--json", "found.json"]
        return subprocess.Popen(
            [sys.executable, "-m", "steelyard", "sweep", *given, *where, "--device", "cpu", "--force"],
            cwd=self.folder,
            env=os.environ | {"RAY_ADDRESS": self.address},
            stderr=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            text=True,
        )

    def swept(self, *given: str) -> dict[str, Any]:
        process = self.started(*given)
        _, said = process.communicate(timeout=patience.SECONDS * 4)
        assert process.returncode == 0, said
        found: dict[str, Any] = json.loads((self.folder / "found.json").read_text())
        return found

    def scores(self, found: dict[str, Any]) -> "pd.Series[float]":
        """By cell, fold, part and image."""
        client, tables = MlflowClient(self.uri), {}
        for trial in found["trials"]:
            path = client.download_artifacts(trial["run_id"], "scores.parquet")
            tables[trial["cell"], trial["fold"]] = pd.read_parquet(path).set_index(["split", "id"])["score"]
        return pd.concat(tables).sort_index()


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    # Short, since a socket of Ray's may have 107 characters.
    folder = tmp_path_factory.mktemp("r")
    with servers.mlflow(folder) as server, clusters.two_nodes(folder) as (address, second):
        yield Place(folder, server.uri, address, second)


@pytest.mark.parametrize("asked", [HEADS, TUNED], ids=["12 heads", "2 trials that fine-tune"])
def test_both_runners_give_the_same_scores(asked: list[str], place: Place) -> None:
    here, there = (place.scores(place.swept(*asked, "--runner", runner)) for runner in ("processes", "ray"))
    pd.testing.assert_series_equal(here, there, check_exact=True)


def test_without_a_server_or_without_a_cluster_one_line_refuses_it(place: Place) -> None:
    process = replace(place, uri=f"sqlite:///{place.folder}/own.db").started(*HEADS, "--runner", "ray")
    _, said = process.communicate(timeout=patience.SECONDS)
    assert process.returncode == 2 and "tracking-uri must be an MLflow server for runner ray, got sqlite:" in said
    process = replace(place, address="127.0.0.1:9").started(*HEADS, "--runner", "ray")
    _, said = process.communicate(timeout=patience.SECONDS)
    assert process.returncode == 2 and "runner ray must find a cluster, got" in said.splitlines()[-1]


def test_a_node_that_is_killed_in_mid_sweep_costs_no_trial(place: Place) -> None:
    process = place.started(*LONG, "--runner", "ray")
    client = store.client(place.uri)
    deadline = time.monotonic() + patience.SECONDS
    while not any("train/loss" in run.data.metrics for run in _training(client)):
        assert process.poll() is None and time.monotonic() < deadline
        time.sleep(0.3)
    place.second.kill()
    _, said = process.communicate(timeout=patience.SECONDS * 4)
    assert process.returncode == 0, said
    assert "a node of the cluster died; what ran there runs on another" in said and "raylet" not in said
    found = json.loads((place.folder / "found.json").read_text())
    assert [trial["status"] for trial in found["trials"]] == ["FINISHED"] * 2


def _training(client: Any) -> list[Any]:
    asked = "tags.role = 'trial' and status = 'RUNNING'"
    return list(search.runs(client, search.experiment_ids(client), asked))
