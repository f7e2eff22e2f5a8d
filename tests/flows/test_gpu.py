"""One small sweep on a GPU."""

from collections.abc import Callable
from typing import Any

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
