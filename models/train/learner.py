"""One step of training: draw, augment, forward, backward, update."""

from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor, nn

from steelyard.models.handlings.losses import Loss, loss_of, mixed
from steelyard.models.handlings.weighing import even
from steelyard.models.spec.trial import Recipe, Trial
from steelyard.models.train.head import penalty
from steelyard.models.train.inputs import augmented, mix, presented
from steelyard.models.train.principal_axes import Basis


@dataclass(frozen=True)
class Data:
    """What a trial learns from and is judged on, on the trial's device.

    Attributes:
        inputs: (N, H, W, C) uint8 pixels or (N, D) float32 features, of the whole image set.
        labels: (N,) int64 in [0, K) wherever a plan or a part points.
        plan: (epochs, n) int64 rows of ``inputs``, in the order they are seen; on the CPU.
        val: (v,) int64 rows; on the CPU.
        basis: of the features of train; None for pixels.
    """

    inputs: Tensor
    labels: Tensor
    plan: Tensor
    val: Tensor
    basis: Basis | None = None


@dataclass(frozen=True)
class Step:
    """What one step saw: loss (), labels (B,) int64 and logits (B, C) float32, detached.

    The label of a mixed image is that of the image that makes up more of it.
    """

    loss: Tensor
    labels: Tensor
    logits: Tensor


class Learner:
    """A network with its optimiser and schedule; all randomness comes from the trial's seed."""

    loss: Loss

    def __init__(self, network: nn.Module, data: Data, trial: Trial, steps: int) -> None:
        """Prepare a network, on the device of ``data``, for a budget of ``steps`` steps."""
        self.network, self.data, self.trial = network, data, trial
        self.device = data.inputs.device
        # Network, stream, augmentation and mixing each have a generator of their own, so none shifts another's draws.
        self.generator = torch.Generator().manual_seed(trial.seed + 2**32)
        self.mixing = np.random.default_rng([trial.seed, 2])
        self.optimiser = _optimiser(network, trial.recipe)
        self.schedule = _schedule(self.optimiser, trial.recipe, steps)
        self.taken = 0
        self.begin(1)

    def begin(self, epoch: int) -> None:
        """Begin an epoch, counted from 1: the network learns, and a deferred handling may set in."""
        # What scored val left the network in eval mode; a recipe with frozen BatchNorm never turns it back.
        if epoch == 1 or not self.trial.recipe.frozen_batchnorm:
            self.network.train()
        handling = self.trial.handling
        self.late = epoch > handling.begins(self.trial.recipe.epochs)
        self.loss = loss_of(handling, self.late, self.device)

    def step(self, rows: Tensor) -> Step:
        """Learn from a batch of (B,) int64 rows of the image set.

        Raises:
            FloatingPointError: the loss is not finite.
        """
        self.taken += 1
        here = rows.to(self.device)
        shown = augmented(self.data.inputs[here], self.trial.recipe, self.generator)
        loss, labels, logits = self._forward(shown, self.data.labels[here])
        self._refuse_non_finite(loss, labels)
        if loss.requires_grad:  # A constant predictor has nothing to learn.
            self.optimiser.zero_grad(set_to_none=True)
            (loss + penalty(self.network)).backward()  # type: ignore[no-untyped-call]  # torch's own
            self.optimiser.step()
            self.schedule.step()
        return Step(loss.detach(), labels, logits.detach())

    def _forward(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        alpha = self.trial.handling.mixup_alpha
        if not alpha:
            logits = self._logits(inputs)
            return self.loss(logits, labels), labels, logits
        share = float(self.mixing.beta(alpha, alpha))
        order = torch.from_numpy(self.mixing.permutation(len(labels))).to(self.device)
        logits = self._logits(mix(inputs, inputs[order], share))
        loss = mixed(self.loss, logits, labels, labels[order], share)
        return loss, labels if share >= 0.5 else labels[order], logits

    def _logits(self, inputs: Tensor) -> Tensor:
        low = self.trial.compute.precision == "bfloat16"
        with torch.autocast(self.device.type, torch.bfloat16, enabled=low):
            logits: Tensor = self.network(presented(inputs))
        return logits.float()

    def _refuse_non_finite(self, loss: Tensor, labels: Tensor) -> None:
        if not bool(torch.isfinite(loss)):
            handling = self.trial.handling
            weights = handling.class_weights if self.late else even(handling.classes)
            counts = torch.bincount(labels, minlength=handling.classes).tolist()
            advice = "a larger --batch holds both classes" if 0 in weights else "try a smaller --learning-rate"
            raise FloatingPointError(
                f"the loss is {loss.item()} at step {self.taken}, with class weights {weights} and {counts} images per "
                f"class in the batch; {advice}"
            )


def _optimiser(network: nn.Module, recipe: Recipe) -> torch.optim.Optimizer:
    rate, parameters = recipe.learning_rate, network.parameters()
    if recipe.optimiser == "adam":
        return torch.optim.Adam(parameters, lr=rate, fused=True)
    return torch.optim.AdamW(parameters, lr=rate, weight_decay=recipe.weight_decay, fused=True)


def _schedule(optimiser: torch.optim.Optimizer, recipe: Recipe, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    if recipe.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1)
    # One step more than is taken, so that a budget of a single step has a schedule too.
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, recipe.learning_rate, total_steps=steps + 1)
