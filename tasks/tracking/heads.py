"""The head of a trial on features as its run keeps it, and the complete network that it makes with its backbone."""

from pathlib import Path

import numpy as np
import numpy.typing as npt
import safetensors.torch
import torch
from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Embedding, Frozen
from steelyard.tasks.features import weights
from steelyard.tasks.features.embedding import arguments
from steelyard.tasks.tracking import model

HEAD, ABOUT = "head.pt", "head.json"
"""Artifacts of a trial's run: a linear layer on features, and what those are made by."""


class AboutHead(Frozen):
    """What a head needs beside its weights.

    Attributes:
        embedding: how images become its features.
        licence: of the backbone's weights; "" where it is not known.
        bits: per pixel that images of more than 8 bits were scaled from; 8 where there were none.
        class_names: where every class counts; else none.
    """

    embedding: Embedding
    licence: str
    bits: int
    class_names: tuple[str, ...] = ()


def has(client: MlflowClient, run_id: str) -> bool:
    """Whether a run keeps a head."""
    return {HEAD, ABOUT} <= {file.path for file in client.list_artifacts(run_id)}


def complete(
    client: MlflowClient, run_id: str, cache: Path, folder: Path, example: npt.NDArray[np.uint8] | None = None
) -> model.Network:
    """The network from images to logits, its weights written into a folder.

    Args:
        client: of the run's store.
        run_id: of a trial that keeps a head.
        cache: folder with backbones.
        folder: that exists.
        example: (2, H, W, 1 or 3) uint8; None for two black images.

    Raises:
        BadInput: the head cannot be read, or its backbone cannot be had here.
    """
    try:
        head, about_file = (Path(client.download_artifacts(run_id, name, str(folder))) for name in (HEAD, ABOUT))
    except (MlflowException, OSError) as error:
        raise BadInput(f"run {run_id} has lost its head: {' '.join(str(error).split())}; train it again") from error
    about = AboutHead.model_validate_json(about_file.read_text(encoding="utf-8"))
    embedding, state = about.embedding, torch.load(head, map_location="cpu", weights_only=True)
    body = safetensors.torch.load_file(weights.again(embedding.backbone, embedding.weights, cache))
    target = folder / "weights.pt"
    torch.save(
        {f"0.network.{name}": value for name, value in body.items()}
        | {f"1.{name}": value for name, value in state.items()},
        target,
    )
    return model.Network(
        code="steelyard.models.train.backbone",
        arguments=arguments(embedding) | {"classes": len(state["bias"]), "layers": list(embedding.layers)},
        weights=target,
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
