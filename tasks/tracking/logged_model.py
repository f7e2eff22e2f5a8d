"""A trained network, or a head with its backbone, logged as a model that loads anywhere, without pickled code."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import mlflow.artifacts
import mlflow.pyfunc
import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from mlflow import MlflowClient
from mlflow.entities import LoggedModel, LoggedModelOutput, Run
from mlflow.exceptions import MlflowException
from mlflow.models import Model, ModelSignature
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import AnyType
from mlflow.utils import requirements_utils
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Embedding, Frozen
from steelyard.tasks import scratch
from steelyard.tasks.atomic_files import no_room
from steelyard.tasks.features import weights
from steelyard.tasks.features.embedding import arguments

if TYPE_CHECKING:
    from steelyard.tasks.tracking.patient_client import PatientClient

NAME = "model"
# Saving runs the model's code and takes its result from a global of MLflow.
_saving = threading.Lock()

HEAD, ABOUT = "head.pt", "head.json"
"""Artifacts of a trial's run: a linear layer on features, and what those are made by."""


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


class AboutHead(Frozen):
    """What a head needs beside its weights; the rest is as in ``Network``.

    Attributes:
        embedding: how images become its features.
        licence: of the backbone's weights; "" where it is not known.
    """

    embedding: Embedding
    licence: str
    bits: int
    class_names: tuple[str, ...] = ()


def has_head(client: MlflowClient, run_id: str) -> bool:
    """Whether a run keeps a head."""
    return {HEAD, ABOUT} <= {file.path for file in client.list_artifacts(run_id)}


def fetch_head(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Copy a trial's head, and what it says of itself, into a folder that exists.

    Raises:
        BadInput: they cannot be read.
    """
    try:
        for name in (HEAD, ABOUT):
            client.download_artifacts(run_id, name, str(folder))
    except (MlflowException, OSError) as error:
        raise BadInput(f"run {run_id} has lost its head: {' '.join(str(error).split())}; train it again") from error


def with_backbone(files: Path, cache: Path, folder: Path, example: npt.NDArray[np.uint8] | None = None) -> Network:
    """The network from images to logits that a trial's head makes with its backbone; its weights are put in a folder.

    Args:
        files: folder with the head and what it says of itself.
        cache: folder with backbones.
        folder: that exists.
        example: (2, H, W, 1 or 3) uint8; None for two black images.

    Raises:
        BadInput: its backbone cannot be had here.
    """
    about = AboutHead.model_validate_json((files / ABOUT).read_text(encoding="utf-8"))
    embedding, state = about.embedding, torch.load(files / HEAD, map_location="cpu", weights_only=True)
    body = safetensors.torch.load_file(weights.again(embedding.backbone, embedding.weights, cache))
    whole = {f"0.network.{name}": value for name, value in body.items()}
    whole |= {f"1.{name}": value for name, value in state.items()}
    try:
        torch.save(whole, folder / "weights.pt")
    except RuntimeError as error:  # All that torch says of a full disk is "iostream error".
        raise OSError(f"{no_room(folder)}{folder}/weights.pt could not be written: {error}") from error
    return Network(
        code="steelyard.models.train.backbone",
        arguments=arguments(embedding) | {"classes": len(state["bias"]), "layers": list(embedding.layers)},
        weights=folder / "weights.pt",
        size=embedding.size,
        channels=3,
        bits=about.bits,
        fit=embedding.fit,
        interpolation=embedding.interpolation,
        class_names=about.class_names,
        example=np.zeros((2, embedding.size, embedding.size, 3), np.uint8) if example is None else example,
        about={"backbone": embedding.backbone, "backbone_weights": embedding.weights, "licence": about.licence},
        needs=("timm",),
    )


def log(client: "PatientClient", run_id: str, network: Network) -> None:
    """Log the network as ``runs:/<run_id>/model``; it carries its code, so it runs where Steelyard is not installed."""
    with scratch.folder() as folder:
        saved = folder / NAME
        save(saved, network)
        client.log(run_id, {"model": str(saved)})


def save(folder: Path, network: Network) -> None:
    """Save the network as a model of MLflow in a folder that is not there yet."""
    config = {name: getattr(network, name) for name in ("size", "channels", "bits", "fit", "interpolation")}
    config |= {"network_arguments": network.arguments}
    config |= {"class_names": list(network.class_names)} if network.class_names else {}
    images = TensorSpec(np.dtype(np.uint8), (-1, -1, -1, -1))
    columns = Schema([ColSpec("float", name) for name in network.class_names or ("score",)])
    needed = ("mlflow", "numpy", "pandas", "pillow", "torch", *network.needs)
    _save(
        folder,
        {"network": _source(network.code), "weights": str(network.weights)},
        model_config=config,
        signature=ModelSignature(inputs=Schema([images]), outputs=columns),
        input_example=np.array(network.example[:2]),
        # Inferring them costs seconds per model. A suffix such as +cpu names a build that PyPI does not have.
        pip_requirements=[f"{name}=={version(name).partition('+')[0]}" for name in needed],
        metadata=network.about or None,
    )


def save_deciding(folder: Path, saved: Path, decision: dict[str, Any]) -> None:
    """Save a model that decides on images, in a folder that is not there yet, from one that scores them.

    Args:
        folder: to be.
        saved: of the model that ``save`` made.
        decision: fit for JSON: ``labels`` in their order; ``place`` of the class with a threshold, None where the
            highest score decides; ``threshold`` on the scale of scores, -1 where that does; ``learned``, the share of
            positives that scores are for, and ``prevalence``, None where they are not known; ``objective``, "" of two
            classes; ``calibrator``, as ``models.calibration.calibrator`` has it, and ``abstain``, the scores ``low``
            and ``high`` between which it abstains, each None where there is none.
    """
    flavor = Model.load(saved).flavors[mlflow.pyfunc.FLAVOR_NAME]
    # Models of before these keys stretched whatever they were shown.
    config = {"bits": 8, "fit": "stretch", "interpolation": "bilinear"} | flavor["config"] | {"decision": decision}
    kinds = dict.fromkeys(("probability", "score", "threshold"), "double")
    columns = {"label": "string", **kinds, "version": "string"} | (
        {"abstain": "boolean"} if decision["abstain"] else {}
    )
    known = [name for name in ("threshold", "prevalence") if decision[name] is not None]
    params = [ParamSpec(name, "double", float(decision[name])) for name in known]
    _save(
        folder,
        {name: str(saved / flavor["artifacts"][name]["path"]) for name in ("network", "weights")},
        model_config=config,
        signature=ModelSignature(
            inputs=Schema([ColSpec(AnyType(), "image")]),  # type: ignore[no-untyped-call]
            outputs=Schema([ColSpec(kind, name) for name, kind in columns.items()]),
            params=ParamSchema(params),
        ),
        input_example=[{"image": _encoded(np.zeros((config["size"], config["size"]), np.uint8))}],
        pip_requirements=(saved / "requirements.txt").read_text(encoding="utf-8").split(),
        metadata=Model.load(saved).metadata,
    )


def _encoded(pixels: npt.NDArray[np.uint8]) -> str:
    file = BytesIO()
    Image.fromarray(pixels).save(file, "PNG")
    return base64.b64encode(file.getvalue()).decode()


def _save(folder: Path, artifacts: dict[str, str], **of_model: Any) -> None:
    with _saving, _packages_unseen():
        mlflow.pyfunc.save_model(
            folder,
            mlflow_model=Model(),
            python_model=_source("steelyard.tasks.tracking.served_model"),
            artifacts=artifacts | {"pixels": _source("steelyard.tasks.images.pixels")},
            **of_model,
        )
    _forget_places(folder)


@contextmanager
def _packages_unseen() -> Iterator[None]:
    """Spare MLflow a look at every file of every package, for seconds, to warn of versions that are not as required.

    Those that are required are those that are there.
    """
    known: dict[str, list[str]] | None = requirements_utils._MODULES_TO_PACKAGES
    requirements_utils._MODULES_TO_PACKAGES = known or {}  # type: ignore[assignment]  # MLflow's own is hinted as None
    try:
        yield
    finally:
        requirements_utils._MODULES_TO_PACKAGES = known  # type: ignore[assignment]


def _forget_places(folder: Path) -> None:
    """Take from a saved model where its files lay on this machine, of which loading needs the names alone."""
    model = Model.load(folder)
    flavor = model.flavors[mlflow.pyfunc.FLAVOR_NAME]
    flavor["model_code_path"] = Path(flavor["model_code_path"]).name
    for artifact in flavor["artifacts"].values():
        artifact["uri"] = artifact["path"]
    model.save(folder / MLMODEL_FILE_NAME)


def _source(module: str) -> str:
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None
    return spec.origin


def publish(client: MlflowClient, run_id: str, folder: Path) -> None:
    """Register a saved model folder as the run's model, once; its ``MLmodel`` is rewritten to say whose it is.

    ``Model.log`` would do this for the global tracking URI only, load the model twice to validate it, and log the
    model's configuration as parameters of the run.
    """
    run = client.get_run(run_id)
    entry = _begun(client, run) or client.create_logged_model(
        run.info.experiment_id, name=NAME, source_run_id=run_id, params=run.data.params
    )
    try:
        saved = Model.load(folder)
        saved.run_id, saved.artifact_path = run_id, entry.artifact_location
        saved.model_id = saved.model_uuid = entry.model_id
        saved.save(folder / MLMODEL_FILE_NAME)
        client.log_model_artifacts(entry.model_id, str(folder))
        if not (run.outputs and run.outputs.model_outputs):
            client.log_outputs(run_id, [LoggedModelOutput(entry.model_id, step=0)])
    except BaseException:
        with suppress(MlflowException):
            client.finalize_logged_model(entry.model_id, "FAILED")
        raise
    client.finalize_logged_model(entry.model_id, "READY")


def _begun(client: MlflowClient, run: Run) -> LoggedModel | None:
    """The model whose registration was begun before, and cut short."""
    condition = f"source_run_id = '{run.info.run_id}'"
    return next(iter(client.search_logged_models([run.info.experiment_id], condition)), None)


def location(client: MlflowClient, run: Run) -> str | None:
    """Where the files of a run's model are, for ``download``; None if it has none."""
    models = run.outputs.model_outputs if run.outputs else []
    return str(client.get_logged_model(models[0].model_id).artifact_location) if models else None


def download(client: MlflowClient, location: str, folder: Path) -> Path:
    """Copy artifacts into a folder, which is made where it is missing."""
    folder.mkdir(parents=True, exist_ok=True)
    to = {"dst_path": str(folder), "tracking_uri": client.tracking_uri}
    return Path(mlflow.artifacts.download_artifacts(artifact_uri=location, **to))
