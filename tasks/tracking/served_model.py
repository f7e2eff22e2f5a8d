"""The code inside each logged model; it runs where Steelyard is not installed, so it imports nothing of it."""

import runpy
from typing import Any

import mlflow.models
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

IMAGES_AT_ONCE = 64

OURS = ("size", "bits", "fit", "class_names")
"""Keys of the configuration that are none of the network's, where they lie beside those that are."""


class ServedModel(PythonModel):
    """Scores images with the network and the weights that lie beside this file."""

    def load_context(self, context: PythonModelContext) -> None:
        """Build the network and read its weights, which holds no pickled code."""
        # MLflow runs this file each time a model is logged; torch is needed only where one is loaded.
        import torch

        network = runpy.run_path(context.artifacts["network"])["classifier"]
        self.size, self.channels = context.model_config["size"], context.model_config["channels"]
        # A model of before this key stretched whatever it was shown.
        self.fit = context.model_config.get("fit", "stretch")
        self.interpolation = context.model_config.get("interpolation", "bilinear")
        self.columns = context.model_config.get("class_names", ["score"])
        beside = {key: value for key, value in context.model_config.items() if key not in OURS}
        self.module = network(**context.model_config.get("network_arguments", beside))
        self.module.load_state_dict(torch.load(context.artifacts["weights"], map_location="cpu", weights_only=True))
        self.module.eval()

    # MLflow accepts np.ndarray as a hint but none of its parametrised forms.
    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Probability of the positive class, uncorrected; of each class, where the model tells several apart.

        Images are (N, H, W, C) uint8 of any H and W, fitted as those it learned from were; C is 1 (grey) or 3 (RGB).

        Returns:
            N rows with the column ``score``, or one named after each class; float32 in [0, 1].

        Raises:
            ValueError: images of another shape.
        """
        if model_input.ndim != 4 or model_input.shape[3] not in (1, 3):
            raise ValueError(
                f"images must be (N, H, W, 1 or 3) uint8, got {model_input.shape}; one image is (1, H, W, C)"
            )
        starts = range(0, len(model_input), IMAGES_AT_ONCE)
        parts = [self._scores(model_input[start : start + IMAGES_AT_ONCE]) for start in starts]
        scores = np.concatenate(parts) if parts else np.empty((0, len(self.columns)), np.float32)
        return pd.DataFrame(scores, columns=self.columns)

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
        wanted = fitted(opened.convert("L" if self.channels == 1 else "RGB"), self.size, self.fit, self.interpolation)
        return np.asarray(wanted).reshape(self.size, self.size, self.channels)


def fitted(image: Any, size: int, fit: str | None, interpolation: str) -> Any:
    """As ``tasks.images.decode.fitted``, pixel by pixel.

    Args:
        image: of Pillow.
        size: pixels per side of the result.
        fit: ``pad``, ``crop`` or ``stretch``; None pads what is longer than 1.2 to 1 and stretches the rest.
        interpolation: ``bilinear`` or ``bicubic``.
    """
    from PIL import Image

    resizer = Image.Resampling[interpolation.upper()]
    width, height = image.size
    fit = fit or ("pad" if max(width, height) > 1.2 * min(width, height) else "stretch")
    if fit == "crop":
        left, top = max(width - height, 0) / 2, max(height - width, 0) / 2
        return image.resize((size, size), resizer, box=(left, top, width - left, height - top))
    if fit == "stretch" or width == height:
        return image.resize((size, size), resizer)
    scale = size / max(width, height)
    inside = max(1, round(width * scale)), max(1, round(height * scale))
    square = Image.new(image.mode, (size, size))
    square.paste(image.resize(inside, resizer), ((size - inside[0]) // 2, (size - inside[1]) // 2))
    return square


mlflow.models.set_model(ServedModel())
