"""A network as one ONNX file: written, compared with torch, and told from files that are none.

Only who has the extra ``export`` can import this.
"""

import warnings
from pathlib import Path

import numpy as np
import numpy.typing as npt
import onnx
import onnxruntime
import torch
from torch import nn

OPSET = 17
"""Version of ONNX's operators, which ONNX Runtime reads from 1.12 on."""

COUNTS = (1, 6)
"""Images at a time that both are shown; a file is written with two, and must take any number."""

FIRST_BYTE = b"\x08"
"""Of each ONNX file: the key of ``ir_version``."""

Images = npt.NDArray[np.uint8]


def write(file: Path, scores: nn.Module, size: int, channels: int, about: dict[str, str]) -> None:
    """Write a network with its weights, and what is told of it as ``metadata_props``.

    Args:
        file: that is not there yet.
        scores: (N, size, size, channels) uint8 -> (N, K) float32, which the file calls ``images`` and ``scores``.
        size: S, pixels per side.
        channels: 1 (grey) or 3 (RGB).
        about: the properties.

    Raises:
        Exception: torch cannot write the network, or ONNX not so large a one; they raise many kinds.
    """
    images = torch.from_numpy(pictures(2, size, channels))
    with warnings.catch_warnings():
        # Torch calls this exporter old. The new one needs onnxscript beside onnx, and took 35 s for lite0 where this
        # takes 3 (2 cores, torch 2.13, onnxscript 0.7.2, n=1). What its warnings fear, a comparison finds.
        warnings.simplefilter("ignore")
        torch.onnx.export(
            scores,
            (images,),
            file,
            dynamo=False,
            opset_version=OPSET,
            input_names=["images"],
            output_names=["scores"],
            dynamic_axes={"images": {0: "N"}, "scores": {0: "N"}},
        )
    model = onnx.load(file)
    onnx.helper.set_model_props(model, about)
    onnx.checker.check_model(model)
    onnx.save(model, file)


def difference(file: Path, scores: nn.Module, size: int, channels: int) -> float:
    """The largest between the scores of a file under ONNX Runtime and those of torch; NaN where one is."""
    session = onnxruntime.InferenceSession(file, providers=["CPUExecutionProvider"])
    found = []
    for images in (pictures(count, size, channels) for count in COUNTS):
        with torch.inference_mode():
            expected = scores(torch.from_numpy(images)).numpy()
        (answered,) = session.run(["scores"], {"images": images})
        found.append(float(np.abs(answered - expected).max()) if answered.shape == expected.shape else np.nan)
    return float(np.max(found))


def pictures(count: int, size: int, channels: int) -> Images:
    """(count, size, size, channels) uint8, always the same: squares of random colours, of 1, 2, 4, ... pixels."""
    rng = np.random.default_rng(0)
    drawn = rng.integers(0, 256, (count, size, size, channels), dtype=np.uint8)
    sides = [2 ** (number % size.bit_length()) for number in range(count)]
    places = [np.arange(size) // side for side in sides]
    return np.stack([image[of[:, None], of] for image, of in zip(drawn, places, strict=True)])


def is_one(file: Path) -> bool:
    """Whether a file holds an ONNX model."""
    with file.open("rb") as opened:
        if opened.read(1) != FIRST_BYTE:
            return False
    try:
        return bool(onnx.load(file, load_external_data=False).graph.output)
    except Exception:  # noqa: BLE001  # protobuf's own, of a package that only onnx needs
        return False
