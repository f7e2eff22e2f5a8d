"""A logged model, loaded where Steelyard is not installed and pickle is forbidden."""

import os
import re
import subprocess
import sys
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import logged
import mlflow.artifacts
import numpy as np
import numpy.typing as npt
import pytest
import torch
from mlflow import MlflowClient

from steelyard.models.spec.trial import Trial
from steelyard.tasks.tracking import logged_model, saved_model, store, trials
from steelyard.tasks.tracking.sweeps import SweepRun

ELSEWHERE = """
import os, sys
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "steelyard":
            raise ImportError(f"{name} is not installed here")
sys.meta_path.insert(0, Refuse())
import numpy as np, mlflow
uri, run_id, images, scores = sys.argv[1:]
mlflow.set_tracking_uri(uri)
frame = mlflow.pyfunc.load_model(f"runs:/{run_id}/model").predict(np.load(images))
assert list(frame) == ["score"] and str(frame.dtypes["score"]) == "float32", frame.dtypes
np.save(scores, frame["score"].to_numpy())
"""


@pytest.fixture
def run_id(client: MlflowClient, sweep: SweepRun, trial: Trial) -> str:
    return trials.start(client, sweep, trial, "id1")


def expected(network: torch.nn.Module, images: npt.NDArray[np.uint8]) -> npt.NDArray[np.float32]:
    with torch.inference_mode():
        logits = network(torch.from_numpy(images).permute(0, 3, 1, 2))
    scores: npt.NDArray[np.float32] = logits.softmax(dim=1)[:, 1].numpy()
    return scores


def test_it_predicts_the_same_where_steelyard_is_not_installed_and_pickle_is_forbidden(
    server_uri: str,
    trained: saved_model.Network,
    network: torch.nn.Module,
    images: npt.NDArray[np.uint8],
    tmp_path: Path,
) -> None:
    client = store.open_client(server_uri)
    run_id = client.create_run("0").info.run_id
    logged_model.log(client, run_id, trained)
    np.save(tmp_path / "images.npy", images)
    forbidden = os.environ | {"MLFLOW_ALLOW_PICKLE_DESERIALIZATION": "false"}
    arguments = [client.tracking_uri, run_id, str(tmp_path / "images.npy"), str(tmp_path / "scores.npy")]
    command = [sys.executable, "-I", "-W", "ignore", "-c", ELSEWHERE, *arguments]
    there = subprocess.run(command, cwd=tmp_path, env=forbidden, capture_output=True, text=True)
    assert there.returncode == 0, there.stderr
    np.testing.assert_allclose(np.load(tmp_path / "scores.npy"), expected(network, images), atol=1e-6)


def test_the_only_pickle_is_a_state_dict_that_reads_as_weights_only(
    client: MlflowClient, run_id: str, trained: saved_model.Network, tmp_path: Path
) -> None:
    uri = logged.log(client, run_id, trained)
    location = client.get_logged_model(uri.removeprefix("models:/")).artifact_location
    folder = Path(
        mlflow.artifacts.download_artifacts(
            artifact_uri=location, dst_path=str(tmp_path), tracking_uri=client.tracking_uri
        )
    )
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert [file.name for file in files if zipfile.is_zipfile(file)] == ["weights.pt"]
    assert not [file for file in files if file.suffix in (".pkl", ".pickle")]
    assert torch.load(folder / "artifacts/weights.pt", weights_only=True).keys()
    requirements = (folder / "requirements.txt").read_text().split()
    assert [line.partition("==")[0] for line in requirements] == ["mlflow", "numpy", "pandas", "pillow", "torch"]
    assert "+" not in "".join(requirements)


def test_a_saved_model_names_no_place_of_the_machine_that_saved_it(
    trained: saved_model.Network, tmp_path: Path
) -> None:
    saved_model.save(tmp_path / "model", trained)
    for name in ("MLmodel", "conda.yaml", "python_env.yaml", "requirements.txt"):
        assert not re.findall(r"(?<![\w.])/\w+/.*", (tmp_path / "model" / name).read_text()), name


def test_the_model_belongs_to_its_run_and_adds_no_parameter_to_it(
    client: MlflowClient, run_id: str, trained: saved_model.Network
) -> None:
    before = client.get_run(run_id).data.params
    uri = logged.log(client, run_id, trained)
    run = client.get_run(run_id)
    entry = client.get_logged_model(uri.removeprefix("models:/"))
    assert run.outputs is not None and [output.model_id for output in run.outputs.model_outputs] == [entry.model_id]
    assert (entry.source_run_id, entry.status) == (run_id, "READY")
    assert run.data.params == before


def test_signature_and_example_are_stored(
    sqlite_client: MlflowClient,
    trained: saved_model.Network,
    images: npt.NDArray[np.uint8],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run_id = sqlite_client.create_run("0").info.run_id
    uri = logged.log(sqlite_client, run_id, trained)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", sqlite_client.tracking_uri)
    loaded = mlflow.pyfunc.load_model(uri)
    (tensor,) = loaded.metadata.signature.inputs.inputs
    assert (tensor.type, tensor.shape) == (np.dtype("uint8"), (-1, -1, -1, -1))
    assert np.array_equal(np.asarray(loaded.input_example, dtype=np.uint8), images[:2])
    assert len(loaded.predict(images[:0])) == 0
    whole, parts = loaded.predict(images)["score"], [loaded.predict(images[i : i + 1])["score"][0] for i in range(3)]
    np.testing.assert_allclose(whole[:3], parts, atol=1e-6)


def test_models_logged_from_several_threads_do_not_mix(
    sqlite_client: MlflowClient, trained: saved_model.Network
) -> None:
    run_ids = [sqlite_client.create_run("0").info.run_id for _ in range(4)]
    with ThreadPoolExecutor(4) as pool:
        uris = list(pool.map(lambda run_id: logged.log(sqlite_client, run_id, trained), run_ids))
    owners = [sqlite_client.get_logged_model(uri.removeprefix("models:/")).source_run_id for uri in uris]
    assert owners == run_ids


def test_a_model_that_cannot_be_logged_is_marked_failed(sqlite_client: MlflowClient, tmp_path: Path) -> None:
    run_id = sqlite_client.create_run("0").info.run_id
    with pytest.raises(Exception, match="MLmodel"):
        logged_model.publish(sqlite_client, run_id, tmp_path)
    (entry,) = sqlite_client.search_logged_models(["0"])
    assert entry.status == "FAILED"
