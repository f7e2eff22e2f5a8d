"""Clients of the real stores, and runs to put into them."""

import uuid
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import torch
from cpu_trial import cpu_trial
from mlflow import MlflowClient

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Handling, Partition, Trial
from steelyard.models.train.networks import classifier
from steelyard.tasks.tracking import saved_model, store, sweeps


@pytest.fixture
def sqlite_client(sqlite_uri: str) -> MlflowClient:
    return store.open_client(sqlite_uri)


@pytest.fixture(params=["sqlite", "server"])
def client(request: pytest.FixtureRequest) -> MlflowClient:
    return store.open_client(request.getfixturevalue(f"{request.param}_uri"))


@pytest.fixture
def experiment() -> str:
    """A name that no other test has, since all share one server."""
    return f"digits · 8 vs rest {uuid.uuid4().hex}"


@pytest.fixture
def spec() -> Sweep:
    return Sweep(data="digits", positive="8")


@pytest.fixture
def sweep(client: MlflowClient, experiment: str, spec: Sweep) -> sweeps.SweepRun:
    return sweeps.start(client, experiment, spec, {}, "")


@pytest.fixture
def trial() -> Trial:
    return cpu_trial(
        image_set="0123456789abcdef",
        partition=Partition(positive="8"),
        handling=Handling(name="weights", class_weights=(0.15, 0.85)),
    )


@pytest.fixture(scope="session")
def images() -> npt.NDArray[np.uint8]:
    return np.random.default_rng(0).integers(0, 256, (300, 16, 16, 1), dtype=np.uint8)


@pytest.fixture(scope="session")
def network() -> torch.nn.Module:
    torch.manual_seed(0)
    return classifier("residual", channels=1).eval()


@pytest.fixture(scope="session")
def weights(network: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("weights") / "weights.pt"
    torch.save(network.state_dict(), path)
    return path


@pytest.fixture(scope="session")
def trained(weights: Path, images: npt.NDArray[np.uint8]) -> saved_model.Network:
    """The network as a trial hands it over."""
    return saved_model.Network(
        code="steelyard.models.train.networks",
        arguments={"network": "residual", "channels": 1},
        weights=weights,
        size=16,
        channels=1,
        bits=8,
        fit=None,
        example=images,
    )
