"""A notebook's way, to be timed against: Lightning trains a small network from scratch, Optuna suggests its class
weight, MLflow logs it. One trial; no part of Steelyard. It needs ``pip install lightning optuna``.
"""

import logging
import warnings
from itertools import pairwise
from pathlib import Path

import lightning
import optuna
import torch
from lightning.pytorch.loggers import MLFlowLogger
from sklearn.metrics import roc_auc_score
from torch import Tensor, nn
from torch.utils.data import DataLoader, TensorDataset
from yardstick import BATCH, EPOCHS, timed


class Network(lightning.LightningModule):
    """Three convolutions and a linear layer, about 94,000 parameters on RGB; Adam and weighted cross-entropy."""

    def __init__(self, channels: int, weight: float) -> None:
        super().__init__()
        widths = (channels, 32, 64, 128)
        blocks = [
            nn.Sequential(nn.Conv2d(before, after, 3, padding=1), nn.BatchNorm2d(after), nn.ReLU(), nn.MaxPool2d(2))
            for before, after in pairwise(widths)
        ]
        self.layers = nn.Sequential(*blocks, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(128, 2))
        self.loss = nn.CrossEntropyLoss(torch.tensor([1 - weight, weight]))
        self.seen: list[tuple[Tensor, Tensor]] = []

    def forward(self, images: Tensor) -> Tensor:
        """(N, C, H, W) uint8 -> (N, 2) logits."""
        logits: Tensor = self.layers(images / 255)
        return logits

    def training_step(self, batch: list[Tensor], number: int) -> Tensor:
        images, labels = batch
        loss: Tensor = self.loss(self(images), labels)
        self.log("train/loss", loss, on_step=False, on_epoch=True)
        return loss

    def validation_step(self, batch: list[Tensor], number: int) -> None:
        images, labels = batch
        self.seen.append((labels, self(images).softmax(1)[:, 1]))

    def on_validation_epoch_end(self) -> None:
        labels, scores = (torch.cat(parts).cpu() for parts in zip(*self.seen, strict=True))
        self.seen.clear()
        self.log("val/roc_auc", float(roc_auc_score(labels, scores)) if len(labels.unique()) > 1 else 0.5)

    def configure_optimizers(self) -> torch.optim.Optimizer:
        return torch.optim.Adam(self.parameters(), lr=1e-3)


def one_trial(train: TensorDataset, val: TensorDataset, test: TensorDataset, folder: Path) -> tuple[float, float]:
    """Seconds of a study of one trial, and its ROC area on test.

    Images are tensors in memory, and imports are not counted: a notebook that decodes files takes longer.

    Args:
        train: images (N, C, H, W) uint8 and labels (N,) int64.
        val: likewise.
        test: likewise.
        folder: for MLflow's store.
    """
    for name in ("lightning.pytorch", "lightning.fabric"):
        logging.getLogger(name).setLevel(logging.ERROR)
    optuna.logging.set_verbosity(optuna.logging.WARNING)
    uri, made = f"sqlite:///{folder}/notebook.db", []

    def objective(trial: optuna.Trial) -> float:
        network = Network(train.tensors[0].shape[1], trial.suggest_float("weight", 0.5, 0.99))
        logger = MLFlowLogger("cats and dogs", tracking_uri=uri, artifact_location=(folder / "artifacts").as_uri())
        logger.log_hyperparams(trial.params)
        trainer = lightning.Trainer(
            max_epochs=EPOCHS,
            logger=logger,
            default_root_dir=folder,
            enable_progress_bar=False,
            accelerator="cpu",
            enable_model_summary=False,
        )
        trainer.fit(network, DataLoader(train, BATCH, shuffle=True), DataLoader(val, BATCH))
        made.append(network.eval())
        return float(trainer.callback_metrics["val/roc_auc"])

    with timed() as seconds, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        lightning.seed_everything(1, verbose=False)
        optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=1)).optimize(objective, 1)
    with torch.inference_mode():
        scores = torch.cat([made[0](images)[:, 1] - made[0](images)[:, 0] for images, _ in DataLoader(test, BATCH)])
    return seconds[0], float(roc_auc_score(test.tensors[1], scores))
