"""The code inside each logged model; it runs where Steelyard is not installed, so it imports nothing of it."""

import base64
import binascii
import io
import runpy
from pathlib import Path
from typing import Any

import mlflow.models
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

PIXELS_AT_ONCE = 4 * 224**2

OURS = ("size", "bits", "fit", "class_names")
"""Keys of the configuration that are none of the network's, where they lie beside those that are."""

REGISTERED = "registered_model_meta"
"""File that MLflow puts beside a model that it takes from its registry; has its version."""


class ServedModel(PythonModel):
    """Scores images with the network and the weights that lie beside this file; a registered one decides on them."""

    def load_context(self, context: PythonModelContext) -> None:
        """Build the network and read its weights, which holds no pickled code."""
        # MLflow runs this file each time a model is logged; torch is needed only where one is loaded.
        import torch

        network = runpy.run_path(context.artifacts["network"])["classifier"]
        self.pixels = runpy.run_path(context.artifacts["pixels"])
        self.size, self.channels = context.model_config["size"], context.model_config["channels"]
        # A model of before these keys stretched whatever it was shown.
        self.bits, self.fit = context.model_config.get("bits", 8), context.model_config.get("fit", "stretch")
        self.interpolation = context.model_config.get("interpolation", "bilinear")
        self.columns = context.model_config.get("class_names", ["score"])
        self.decision = context.model_config.get("decision")
        self.version = _version(Path(context.artifacts["weights"]))
        beside = {key: value for key, value in context.model_config.items() if key not in OURS}
        arguments = context.model_config.get("network_arguments", beside)
        members = [network(**arguments) for _ in range(context.model_config.get("members", 1))]
        self.module = _mean_of(members) if len(members) > 1 else members[0]
        self.module.load_state_dict(torch.load(context.artifacts["weights"], map_location="cpu", weights_only=True))
        self.module.eval()

    # MLflow accepts np.ndarray as a hint, but none of its parametrised forms and no union with a table.
    def predict(
        self, context: PythonModelContext, model_input: np.ndarray, params: dict[str, Any] | None = None
    ) -> pd.DataFrame:
        """What a registered model decides on a table with the column ``image``; else the scores of an array of images.

        Scores are probabilities of the positive class, uncorrected, of (N, H, W, C) uint8 of any H and W, fitted as
        those it learned from were; C is 1 (grey) or 3 (RGB).

        Returns:
            N rows with the column ``score``, or one named after each class, float32 in [0, 1]; or as ``_decided``.

        Raises:
            ValueError: images of another shape, or one that cannot be read.
        """
        if isinstance(model_input, pd.DataFrame):
            return self._decided(self._shown(model_input), params or {})
        if model_input.ndim != 4 or model_input.shape[3] not in (1, 3):
            raise ValueError(
                f"images must be (N, H, W, 1 or 3) uint8, got {model_input.shape}; one image is (1, H, W, C)"
            )
        return pd.DataFrame(self._in_parts(model_input), columns=self.columns)

    def _decided(self, images: list[np.ndarray], params: dict[str, Any]) -> pd.DataFrame:
        """What each image is called, and why.

        Returns:
            A row per image: ``label``; ``probability`` of the class to find at the prevalence, NaN where scores cannot
            be corrected to one, or of the label, where every class counts; ``score`` and ``threshold``, on one scale;
            ``version``, "" of what is from no registry; and ``abstain``, whether the score is too near the threshold
            that was registered, where that was asked for.
        """
        asked, threshold = self.decision, float(params.get("threshold", self.decision["threshold"]))
        scores = self._in_parts(np.stack(images)).astype(np.float64)
        labels, place = asked["labels"], asked["place"]
        if len(self.columns) == 1:
            called, own = (scores[:, 0] >= threshold).astype(int), scores[:, 0]
            probability = _probability(own, asked, params.get("prevalence", asked["prevalence"]))
        else:
            called = _called(scores, threshold, place)
            own = scores.max(axis=1) if place is None or threshold < 0 else scores[:, place]
            probability = np.take_along_axis(scores, called[:, None], axis=1)[:, 0]
        columns = {"label": [labels[of] for of in called], "probability": probability, "score": own}
        columns |= {"threshold": threshold, "version": self.version}
        band = asked.get("abstain")
        return pd.DataFrame(columns | ({"abstain": (own >= band["low"]) & (own <= band["high"])} if band else {}))

    def _shown(self, table: pd.DataFrame) -> list[np.ndarray]:
        """(S, S, C) uint8 of each image of a table."""
        from PIL import Image

        images = []
        for row, given in enumerate(table["image"]):
            try:
                with Image.open(io.BytesIO(_encoded(given))) if isinstance(given, str | bytes) else _of(given) as image:
                    images.append(self.pixels["seen"](image, self._how))
            # Pillow raises OSError, SyntaxError, ValueError and others for broken files.
            except Exception as error:
                raise ValueError(
                    f"image {row} must be the bytes of an image file, in base64 where sent as text, or a uint8 array "
                    f"(H, W, 1 or 3), got one that cannot be read: {error}"
                ) from error
        return images

    @property
    def _how(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in ("size", "channels", "bits", "fit", "interpolation")}

    def _in_parts(self, images: np.ndarray) -> np.ndarray:
        at_once = max(1, PIXELS_AT_ONCE // self.size**2)
        parts = [self._scores(images[start : start + at_once]) for start in range(0, len(images), at_once)]
        return np.concatenate(parts) if parts else np.empty((0, len(self.columns)), np.float32)

    def _scores(self, images: np.ndarray) -> np.ndarray:
        import torch

        # Copied, since torch warns of a memory map that cannot be written.
        batch = torch.from_numpy(np.array(self._fitted(images), dtype=np.uint8)).permute(0, 3, 1, 2)
        with torch.inference_mode():
            logits = self.module(batch)
        scores: np.ndarray = logits.float().softmax(dim=1).numpy()
        return scores[:, 1:] if len(self.columns) == 1 else scores

    def _fitted(self, images: np.ndarray) -> np.ndarray:
        """Images of the size and the channels that the network was trained on."""
        if images.shape[1:] == (self.size, self.size, self.channels):
            return images
        return np.stack([self._square(image) for image in images])

    def _square(self, image: np.ndarray) -> np.ndarray:
        from PIL import Image

        opened = Image.fromarray(image[..., 0] if image.shape[2] == 1 else image)
        kind = opened.convert("L" if self.channels == 1 else "RGB")
        wanted = self.pixels["fitted"](kind, self.size, self.fit, self.interpolation)
        return np.asarray(wanted).reshape(self.size, self.size, self.channels)


def _mean_of(networks: list[Any]) -> Any:
    """A network whose logits are the mean of those of several."""
    import torch

    class Mean(torch.nn.ModuleList):
        def forward(self, images: torch.Tensor) -> torch.Tensor:
            """(N, C, H, W) uint8 -> (N, K) logits."""
            return torch.stack([network(images).float() for network in self]).mean(dim=0)

    return Mean(networks)


def _encoded(given: str | bytes) -> bytes:
    if isinstance(given, bytes):
        return given
    try:
        return base64.b64decode(given, validate=True)
    except binascii.Error as error:
        raise ValueError("it is no base64") from error


def _of(given: Any) -> Any:
    """An image of Pillow from an array, or from lists."""
    from PIL import Image

    pixels = np.asarray(given)
    if pixels.ndim not in (2, 3) or pixels.shape[2:] not in ((), (1,), (3,)) or pixels.min() < 0 or pixels.max() > 255:
        raise ValueError(f"it is of shape {pixels.shape}, with values from {pixels.min()} to {pixels.max()}")
    pixels = pixels.astype(np.uint8)
    return Image.fromarray(pixels[..., 0] if pixels.shape[2:] == (1,) else pixels)


def _probability(scores: np.ndarray, asked: dict[str, Any], wanted: float) -> np.ndarray:
    """At a share of positives: of scores that are calibrated, or corrected where that is all."""
    if (calibrator := asked.get("calibrator")) is None:
        return _corrected(scores, asked["learned"], wanted)
    return _corrected(_calibrated(scores, calibrator), calibrator["share"], wanted)


def _calibrated(scores: np.ndarray, calibrator: dict[str, Any]) -> np.ndarray:
    """As ``at_share`` of ``models.calibration.calibrator``."""
    if calibrator["kind"] == "isotonic":
        between: np.ndarray = np.interp(scores, calibrator["scores"], calibrator["probabilities"])
        return between
    inside = np.clip(scores, 2.0**-23, 1 - 2.0**-23)
    given: np.ndarray = 1 / (1 + np.exp(-calibrator["slope"] * np.log(inside / (1 - inside)) - calibrator["offset"]))
    return given


def _corrected(scores: np.ndarray, learned: float | None, wanted: float) -> np.ndarray:
    """As ``models.calibration.priors.correct``; NaN where no share of positives is known to have been learned."""
    if learned is None:
        return np.full(len(scores), np.nan)
    with np.errstate(divide="ignore", over="ignore"):
        factor = learned / (1 - learned) * ((1 - wanted) / wanted)
        corrected: np.ndarray = 1 / (1 + (1 - scores) / scores * factor)
        return corrected


def _called(scores: np.ndarray, threshold: float, place: int | None) -> np.ndarray:
    """As ``models.objective.threshold_choice.decide``: the class with the threshold, or else the best of the others."""
    if place is None or threshold < 0:
        return np.asarray(scores.argmax(axis=1))
    others = scores.copy()
    others[:, place] = -np.inf
    chosen: np.ndarray = np.where(scores[:, place] >= threshold, place, others.argmax(axis=1))
    return chosen


def _version(weights: Path) -> str:
    """Of a model that MLflow took from its registry."""
    for folder in weights.parents[:3]:
        if (folder / REGISTERED).exists():
            lines = (folder / REGISTERED).read_text(encoding="utf-8").splitlines()
            found = [line.partition(":")[2].strip(" '\"") for line in lines if line.startswith("model_version:")]
            return found[0] if found else ""
    return ""


mlflow.models.set_model(ServedModel())
