"""Log a trained network as a model that loads anywhere, without pickled code."""

import tempfile
import threading
from dataclasses import dataclass, field
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


@dataclass(frozen=True)
class Network:
    """A trained network, ready to be saved.

    Attributes:
        code: module that is carried along; its ``classifier`` builds the network.
        arguments: of ``classifier``, fit for JSON.
        weights: file with a ``state_dict``, readable with ``weights_only=True``.
        size: pixels per side that it sees.
        channels: 1 (grey) or 3 (RGB).
        bits: per pixel that images of more than 8 bits were scaled from; 8 where there were none.
        fit: how images of other shapes become square: ``pad``, ``crop``, ``stretch``, or None for what suits each.
        interpolation: ``bilinear`` or ``bicubic``.
        class_names: where every class counts: the model then gives the probability of each.
        example: (2, S, S, C) uint8, the model's input example.
        about: to be kept with the model, such as the licence of a backbone.
        needs: libraries beside torch that its code imports.
    """

    code: str
    arguments: dict[str, Any]
    weights: Path
    size: int
    channels: int
    bits: int
    fit: str | None
    example: npt.NDArray[np.uint8]
    interpolation: str = "bilinear"
    class_names: tuple[str, ...] = ()
    about: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def log(client: MlflowClient, run_id: str, network: Network) -> str:
    """Log the network as ``runs:/<run_id>/model``; it carries its code, so it runs where Steelyard is not installed.

    Args:
        client: of the run's store.
        run_id: of the trial; its parameters are shown with the model.
        network: what was trained.

    Returns:
        The model's own address, ``models:/<model id>``.
    """
    with tempfile.TemporaryDirectory() as folder:
        saved = Path(folder) / NAME
        save(saved, network)
        return publish(client, run_id, saved)


def save(folder: Path, network: Network) -> None:
    """Save the network as a model of MLflow in a folder that is not there yet."""
    names = ("size", "channels", "bits", "fit", "interpolation")
    config = {name: getattr(network, name) for name in names} | {"network_arguments": network.arguments}
    config |= {"class_names": list(network.class_names)} if network.class_names else {}
    with _saving:
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=Model(),
            python_model=_source("steelyard.tasks.tracking.served_model"),
            artifacts={"network": _source(network.code), "weights": str(network.weights)},
            model_config=config,
            signature=_signature(list(network.class_names) or ["score"]),
            input_example=np.array(network.example[:EXAMPLE_IMAGES]),
            pip_requirements=_requirements(network.needs),
            metadata=network.about or None,
        )


def _source(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    return spec.origin


def _signature(columns: list[str]) -> ModelSignature:
    images = TensorSpec(np.dtype(np.uint8), (-1, -1, -1, -1))
    return ModelSignature(inputs=Schema([images]), outputs=Schema([ColSpec("float", name) for name in columns]))


def _requirements(needs: tuple[str, ...]) -> list[str]:
    needed = ("mlflow", "numpy", "pandas", "pillow", "torch")
    # Given, since inferring them costs seconds per model. A suffix such as +cpu names a build that PyPI does not have.
    return [f"{name}=={version(name).partition('+')[0]}" for name in (*needed, *needs)]


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
