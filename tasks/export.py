"""Write a trained network as one ONNX file that decides wherever ONNX Runtime runs."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from pathlib import Path
from typing import Any

import torch
from rich.console import Console
from torch import nn

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.train.scores import Scores, in_float32
from steelyard.tasks import atomic_files, scratch
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import decider, store
from steelyard.tasks.tracking.decisions import Decider

OUT, ERR = Console(emoji=False), Console(stderr=True, emoji=False)

MOST = 1e-4
"""By which a score of ONNX Runtime may differ from torch's."""

LOW = (
    "warning: its sweep ran the backbone in bfloat16, the file computes in float32: scores move by some hundredths; "
    "compare it with steelyard predict on images of yours before it decides"
)
"""ONNX Runtime's convolutions on a CPU know no bfloat16."""

EITHER_FIT = "pad_or_stretch"
"""What the file calls a fit that goes by each image's sides."""


def export(run: str, output: Path, tracking_uri: str) -> int:
    """Write the network of a trial, of a sweep or of a registered model as an ONNX file, whole or not at all.

    Args:
        run: as ``decider.find`` takes it.
        output: ONNX file; one that was there stays as it is if anything fails.
        tracking_uri: as for a sweep.

    Raises:
        BadInput: ONNX is not installed, there is no such model, ``output`` cannot be written or holds anything but an
            ONNX model, or the network cannot be written so that its scores are the same.
        OSError: the disk or the store failed.
    """
    onnx_file = _installed()
    _check_output(output, onnx_file)
    named = store.resolve_uri(tracking_uri)
    with store.told(named), store.to_read(named) as uri, scratch.folder() as folder:
        client = store.client(uri)
        network = decider.find(client, run, default_cache(), folder)
        module, made = in_float32(network.module), folder / "network.onnx"
        about = properties(network, decider.wanted(client, network, folder))
        differs = _written(made, module, network, about, onnx_file)
        megabytes = made.stat().st_size / 1e6
        try:
            atomic_files.put(made, output)
        except OSError as error:
            raise OSError(f"{output} could not be written: {error.strerror or error}") from error
    told = OUT if not atomic_files.is_stdout(output) else ERR
    _print(told, f"{output}: {megabytes:.1f} MB; ONNX Runtime and torch differ by {differs:.1g} on random images")
    if module is not network.module:
        _print(ERR, LOW)
    return 0


def _print(console: Console, line: str) -> None:
    console.print(line, markup=False, highlight=False, soft_wrap=True)


def _installed() -> Any:
    """The module ``tasks.onnx_file``, which needs what few have."""
    try:
        return import_module("steelyard.tasks.onnx_file")
    except ImportError as error:
        raise BadInput(f"export needs onnx and onnxruntime ({error}): pip install 'steelyard[export]'") from error


def _check_output(output: Path, onnx_file: Any) -> None:
    atomic_files.check_writable(output, "output")
    if atomic_files.head(output, 1) and not onnx_file.is_one(output):
        raise BadInput(f"output must be new or an ONNX model, got {output}, which is neither; name another")


def properties(network: Decider, wanted: dict[str, Any]) -> dict[str, str]:
    """What a file tells of its network, for whoever decides with it without Steelyard.

    Args:
        network: as found.
        wanted: as ``decider.wanted`` has it.
    """
    place = threshold_class(Objective.parse(network.objective), network.class_names) if network.objective else 1
    told = {
        "class_names": json.dumps(network.class_names),
        "threshold": network.threshold,
        "threshold_class": "" if place is None else network.class_names[place],
        "size": network.size,
        "channels": network.channels,
        "bits": network.bits,
        "fit": network.fit or EITHER_FIT,
        "interpolation": network.interpolation,
        "run_id": network.run_id,
    }
    return {name: str(value) for name, value in (told | wanted).items() if value is not None}


def _written(file: Path, module: nn.Module, network: Decider, about: dict[str, str], onnx_file: Any) -> float:
    """Write a network that computes in float32; the largest difference of the file's scores from torch's."""
    scores, sides = Scores(module, positive_only=not network.objective).eval(), (network.size, network.channels)
    with _told(network.run_id):
        onnx_file.write(file, scores, *sides, about)
        differs: float = onnx_file.difference(file, scores, *sides)
        if not differs <= MOST:
            raise ValueError(f"its scores differ by {differs:.2g} from torch's, {MOST:g} is allowed")
    return differs


@contextmanager
def _told(run_id: str) -> Iterator[None]:
    try:
        yield
    except OSError:
        raise
    # Both exporter and runtime raise many kinds, and so does the code of a backbone while it is followed.
    except Exception as error:
        why = cut(printable(str(error).strip().partition("\n")[0])) or type(error).__name__
        raise BadInput(
            f"run {run_id} keeps a network that torch {torch.__version__} cannot write as ONNX ({why}); name another, "
            "or let MLflow serve it"
        ) from error
