"""Small sweeps on a GPU."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from mlflow import MlflowClient


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
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
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device here")
def test_a_sweep_embeds_and_trains_heads_on_a_gpu_beside_networks_on_pixels(
    sweep: Callable[..., tuple[int, dict[str, Any]]], sqlite_uri: str, tmp_path: Path
) -> None:
    grid = {"device": "cuda", "recipe": "features,sound", "handling": "upsample", "backbone-size": "32"}
    given = grid | {"cache": str(tmp_path / "cache")}
    code, found = sweep(**given)
    assert code == 0
    _, again = sweep("--force", **given)
    assert [trial["test"] for trial in again["trials"]] == [trial["test"] for trial in found["trials"]]
    client = MlflowClient(sqlite_uri)
    cells = {trial["cell"]: client.get_run(trial["run_id"]) for trial in found["trials"]}
    assert {
        f"{recipe} · {cell}" for recipe in ("features", "sound") for cell in ("none", "weights 0.8", "upsample")
    } == (cells.keys())
    for name, trial in cells.items():
        assert (trial.data.params["device"], name.startswith("features")) == ("cuda", "backbone" in trial.data.params)
        assert trial.data.metrics["test/roc_auc"] > 0.8, "of digits, whatever the network"
    [features] = (tmp_path / "cache").glob("features/*/*/features.npy")
    rows = np.load(features)
    assert np.isfinite(rows).all() and rows.any(axis=1).mean() > 0.9
