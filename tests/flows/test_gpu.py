"""Small sweeps on a GPU."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import torch
from mlflow import MlflowClient

from steelyard.flows.__main__ import run

CUDA = pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")


@pytest.mark.gpu
@CUDA
def test_a_sweep_runs_on_a_gpu_and_gives_the_same_scores_twice(
    sweep: Callable[..., tuple[int, dict[str, Any]]], sqlite_uri: str
) -> None:
    code, found = sweep(device="cuda")
    _, again = sweep("--force", device="cuda")
    assert code == 0
    assert [trial["test"] for trial in again["trials"]] == [trial["test"] for trial in found["trials"]]
    params = MlflowClient(sqlite_uri).get_run(found["trials"][0]["run_id"]).data.params
    assert params["device"] == "cuda"
    assert params["device_name"] == torch.cuda.get_device_name(0)


@pytest.mark.gpu
@CUDA
def test_images_are_embedded_and_heads_trained_on_a_gpu_the_same_twice_and_nearly_as_on_a_cpu(
    sqlite_uri: str, tmp_path: Path
) -> None:
    found, again, there = (heads(sqlite_uri, tmp_path / name, device) for name, device in TWICE_AND_BESIDE.items())
    assert [trial["test"] for trial in again["trials"]] == [trial["test"] for trial in found["trials"]]
    for ours, theirs in zip(found["trials"], there["trials"], strict=True):
        assert ours["cell"] == theirs["cell"]
        assert ours["test"]["roc_auc"] == pytest.approx(theirs["test"]["roc_auc"], abs=0.02)
    params = MlflowClient(sqlite_uri).get_run(found["trials"][0]["run_id"]).data.params
    assert (params["device"], params["recipe"]) == ("cuda", "features")


TWICE_AND_BESIDE = {"first": "cuda", "again": "cuda", "beside": "cpu"}


@pytest.mark.gpu
@CUDA
def test_a_backbone_is_trained_on_on_a_gpu_the_same_twice_and_nearly_as_on_a_cpu(
    sqlite_uri: str, tmp_path: Path
) -> None:
    tuned = {
        name: heads(sqlite_uri, tmp_path / name, device, **{"then-finetune": "1", "epochs": "1"})
        for name, device in TWICE_AND_BESIDE.items()
    }
    first, again, beside = (
        {of["fold"]: of["test"]["roc_auc"] for of in found["trials"] if of["recipe"] == "finetune"}
        for found in tuned.values()
    )
    assert first and again == first
    assert beside == pytest.approx(first, abs=0.03)


def heads(uri: str, folder: Path, device: str, **more: str) -> dict[str, Any]:
    """A sweep of features, one of its heads solved and one drawn, with nothing embedded or trained before."""
    given = {"data": "digits", "positive": "8", "size": "8", "recipe": "features", "backbone-size": "32"}
    given |= {"weights": "0.8", "handling": "mixup", "seeds": "1,", "device": device, "tracking-uri": uri} | more
    given |= {"cache": str(folder / "cache"), "json": str(folder / "out.json")}
    folder.mkdir()
    assert run(["sweep", "--force", *(part for name, value in given.items() for part in (f"--{name}", value))]) == 0
    found: dict[str, Any] = json.loads((folder / "out.json").read_text())
    return found
