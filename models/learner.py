"""One step of training: draw, augment, forward, backward, update."""

from dataclasses import dataclass

import torch
from torch import Tensor, nn

from models.augment import flip_and_shift
from models.losses import weighted_cross_entropy
from models.trial import Trial


@dataclass(frozen=True)
class Data:
    """What a trial learns from and is judged on, on the trial's device.

    Attributes:
        images: (N, H, W, C) uint8, the whole image set.
        labels: (N,) int64 in {0, 1} wherever a plan or a part points.
        plan: (epochs, n) int64 rows of ``images``, in the order they are seen; on the CPU.
        val: (v,) int64 rows; on the CPU.
    """

    images: Tensor
    labels: Tensor
    plan: Tensor
    val: Tensor


@dataclass(frozen=True)
class Step:
    """What one step saw: loss (), labels (B,) int64 and logits (B, C) float32, detached."""

    loss: Tensor
    labels: Tensor
    logits: Tensor


class Learner:
    """A network with its optimiser and schedule; all randomness comes from the trial's seed."""

    def __init__(self, network: nn.Module, data: Data, trial: Trial, steps: int) -> None:
        """Prepare for a budget of ``steps`` steps.

        Args:
            network: on the device of ``data``.
            data: to draw batches from.
            trial: recipe, handling, seed and precision.
            steps: length of the one-cycle schedule.
        """
        self.network, self.data, self.trial = network, data, trial
        self.device = data.images.device
        self.weights = torch.tensor(trial.handling.class_weights, device=self.device)
        # Network, stream and augmentation each have a generator of their own, so none shifts another's draws.
        self.generator = torch.Generator().manual_seed(trial.seed + 2**32)
        rate, decay = trial.recipe.learning_rate, trial.recipe.weight_decay
        self.optimiser = torch.optim.AdamW(network.parameters(), lr=rate, weight_decay=decay, fused=True)
        # One step more than is taken, so that a budget of a single step has a schedule too.
        self.schedule = torch.optim.lr_scheduler.OneCycleLR(self.optimiser, rate, total_steps=steps + 1)
        self.taken = 0

    def step(self, rows: Tensor) -> Step:
        """Learn from a batch.

        Args:
            rows: (B,) int64 rows of the image set.

        Raises:
            FloatingPointError: the loss is not finite.
        """
        self.taken += 1
        self.network.train()
        here = rows.to(self.device)
        labels, logits = self.data.labels[here], self._forward(here)
        loss = weighted_cross_entropy(logits, labels, self.weights)
        self._refuse_non_finite(loss, labels)
        self.optimiser.zero_grad(set_to_none=True)
        loss.backward()  # type: ignore[no-untyped-call]  # torch's own
        self.optimiser.step()
        self.schedule.step()
        return Step(loss.detach(), labels, logits.detach())

    def _forward(self, rows: Tensor) -> Tensor:
        recipe, low = self.trial.recipe, self.trial.compute.precision == "bfloat16"
        images = flip_and_shift(self.data.images[rows], recipe.crop, recipe.flip, self.generator)
        with torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            logits: Tensor = self.network(channels_first(images))
        return logits.float()

    def _refuse_non_finite(self, loss: Tensor, labels: Tensor) -> None:
        if not bool(torch.isfinite(loss)):
            counts = torch.bincount(labels, minlength=len(self.weights)).tolist()
            raise FloatingPointError(
                f"the loss is {loss.item()} at step {self.taken}, with class weights "
                f"{self.trial.handling.class_weights} and {counts} images per class in the batch; "
                "try a smaller --learning-rate"
            )


def channels_first(images: Tensor) -> Tensor:
    """(N, H, W, C) -> (N, C, H, W), a view that is channels-last in memory."""
    return images.permute(0, 3, 1, 2)
