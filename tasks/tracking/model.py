"""Log a trained network as a model that loads anywhere, without pickled code."""

import tempfile
import threading
from importlib.metadata import version
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import numpy.typing as npt
from mlflow import MlflowClient
from mlflow.entities import LoggedModelOutput
from mlflow.models import Model, ModelSignature
from mlflow.types import ColSpec, Schema, TensorSpec

NAME = "model"
EXAMPLE_IMAGES = 2
# Saving runs the model's code and takes its result from a global of MLflow.
_saving = threading.Lock()


def log(
    client: MlflowClient,
    run_id: str,
    weights: Path,
    config: dict[str, Any],
    example: npt.NDArray[np.uint8],
    bits: int = 8,
    fit: str | None = None,
) -> str:
    """Log the network as ``runs:/<run_id>/model``; it carries its code, so it runs where Steelyard is not installed.

    Args:
        client: of the run's store.
        run_id: of the trial; its parameters are shown with the model.
        weights: file with a ``state_dict``, readable with ``weights_only=True``.
        config: arguments of ``models.networks.classifier``, fit for JSON, and ``class_names`` where every class counts:
            the model then gives the probability of each.
        example: (N, S, S, C) uint8; the first two images become the model's input example, S what others are fitted
            to.
        bits: per pixel that images of more than 8 bits were scaled from; 8 where there were none.
        fit: how images of other shapes become square: ``pad``, ``crop``, ``stretch``, or None for what suits each.

    Returns:
        The model's own address, ``models:/<model id>``.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / NAME
        with _saving:
            beside = {"size": example.shape[1], "bits": bits, "fit": fit}
            _save(saved, weights, config | beside, example)
        return publish(client, run_id, saved)


def _save(folder: Path, weights: Path, config: dict[str, Any], example: npt.NDArray[np.uint8]) -> None:
    mlflow.pyfunc.save_model(
        folder,
        mlflow_model=Model(),
        python_model=_source("tasks.tracking.served_model"),
        artifacts={"network": _source("models.networks"), "weights": str(weights)},
        model_config=config,
        signature=_signature(config.get("class_names", ["score"])),
        input_example=np.array(example[:EXAMPLE_IMAGES]),
        pip_requirements=_requirements(),
    )


def _source(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    return spec.origin


def _signature(columns: list[str]) -> ModelSignature:
    images = TensorSpec(np.dtype(np.uint8), (-1, -1, -1, -1))
    return ModelSignature(inputs=Schema([images]), outputs=Schema([ColSpec("float", name) for name in columns]))


def _requirements() -> list[str]:
    # Given, since inferring them costs seconds per model. A suffix such as +cpu names a build that PyPI does not have.
    return [f"{name}=={version(name).partition('+')[0]}" for name in ("mlflow", "numpy", "pandas", "pillow", "torch")]


def publish(client: MlflowClient, run_id: str, folder: Path) -> str:
    """Register a saved model folder as the run's model; the folder's ``MLmodel`` is rewritten to say whose it is.

    ``Model.log`` would do this for the global tracking URI only, load the model twice to validate it, and log the
    model's configuration as parameters of the run.

    Returns:
        The model's own address, ``models:/<model id>``.
    """
    run = client.get_run(run_id)
    entry = client.create_logged_model(run.info.experiment_id, name=NAME, source_run_id=run_id, params=run.data.params)
    try:
        saved = Model.load(folder)
        saved.run_id, saved.artifact_path = run_id, entry.artifact_location
        saved.model_id = saved.model_uuid = entry.model_id
        saved.save(folder / "MLmodel")
        client.log_outputs(run_id, [LoggedModelOutput(entry.model_id, step=0)])
        client.log_model_artifacts(entry.model_id, str(folder))
    except BaseException:
        client.finalize_logged_model(entry.model_id, "FAILED")
        raise
    client.finalize_logged_model(entry.model_id, "READY")
    return f"models:/{entry.model_id}"
