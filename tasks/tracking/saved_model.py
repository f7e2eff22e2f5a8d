"""A network as a model of MLflow in a folder: it loads anywhere, without pickled code, and scores images or decides."""

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.metadata import version
from importlib.util import find_spec
from io import BytesIO
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import numpy.typing as npt
from mlflow.models import Model, ModelSignature
from mlflow.models.model import MLMODEL_FILE_NAME
from mlflow.types import ColSpec, ParamSchema, ParamSpec, Schema, TensorSpec
from mlflow.types.schema import AnyType
from mlflow.utils import requirements_utils
from PIL import Image

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
        members: networks that it consists of; the logits of several are averaged, and weights are by their number.
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
    members: int = 1
    about: dict[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()


def save(folder: Path, network: Network) -> None:
    """Save the network as a model of MLflow in a folder that is not there yet."""
    config = {name: getattr(network, name) for name in ("size", "channels", "bits", "fit", "interpolation")}
    config |= {"network_arguments": network.arguments, "members": network.members}
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
