"""The code inside each logged model; it runs where Steelyard is not installed, so it imports nothing of it."""

import runpy
from typing import Any

import mlflow.models
import numpy as np
import pandas as pd
from mlflow.pyfunc.model import PythonModel, PythonModelContext

IMAGES_AT_ONCE = 256


class ServedModel(PythonModel):
    """Scores images with the network and the weights that lie beside this file."""

    def load_context(self, context: PythonModelContext) -> None:
        """Build the network and read its weights, which holds no pickled code."""
        # MLflow runs this file each time a model is logged; torch is needed only where one is loaded.
        import torch

        network = runpy.run_path(context.artifacts["network"])["classifier"]
        self.module = network(**context.model_config)
        self.module.load_state_dict(torch.load(context.artifacts["weights"], map_location="cpu", weights_only=True))
        self.module.eval()

    # MLflow accepts np.ndarray as a hint but none of its parametrised forms.
    def predict(
        self,
        context: PythonModelContext,
        model_input: np.ndarray,
        params: dict[str, Any] | None = None,
    ) -> pd.DataFrame:
        """Probability of the positive class, uncorrected.

        Args:
            context: unused; what ``load_context`` built stays here.
            model_input: (N, H, W, C) uint8.
            params: unused.

        Returns:
            N rows with the column ``score``, float32 in [0, 1].
        """
        starts = range(0, len(model_input), IMAGES_AT_ONCE)
        parts = [self._scores(model_input[start : start + IMAGES_AT_ONCE]) for start in starts]
        return pd.DataFrame({"score": np.concatenate(parts) if parts else np.empty(0, np.float32)})

    def _scores(self, images: np.ndarray) -> np.ndarray:
        import torch

        # Copied, since torch warns of a memory map that cannot be written.
        batch = torch.from_numpy(np.array(images, dtype=np.uint8)).permute(0, 3, 1, 2)
        with torch.inference_mode():
            logits = self.module(batch)
        scores: np.ndarray = logits.float().softmax(dim=1)[:, 1].numpy()
        return scores


mlflow.models.set_model(ServedModel())
