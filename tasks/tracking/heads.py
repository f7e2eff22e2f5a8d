"""A head as a trial's run keeps it, and the network that it makes with its backbone."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Embedding, Frozen
from steelyard.tasks.atomic_files import no_room
from steelyard.tasks.features import weights
from steelyard.tasks.features.embedding import arguments
from steelyard.tasks.tracking.saved_model import Network

HEAD, ABOUT = "head.pt", "head.json"
"""Artifacts of a trial's run: a linear layer on features, and what those are made by."""


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
    return of_weights(about, len(state["bias"]), folder / "weights.pt", example)


def of_weights(about: AboutHead, classes: int, file: Path, example: npt.NDArray[np.uint8] | None = None) -> Network:
    """A backbone with a head on it, whose weights together are in a file; the rest is as in ``with_backbone``."""
    embedding = about.embedding
    return Network(
        code="steelyard.models.train.backbone",
        arguments=arguments(embedding) | {"classes": classes, "layers": list(embedding.layers)},
        weights=file,
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
