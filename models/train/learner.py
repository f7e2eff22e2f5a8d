"""One step of training: draw, augment, forward, backward, update."""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from steelyard.models.handlings.losses import Loss, loss_of, mixed
from steelyard.models.handlings.weighing import even
from steelyard.models.spec.trial import Recipe, Trial
from steelyard.models.train.finetune import Tuned
from steelyard.models.train.head import penalty
from steelyard.models.train.inputs import augmented, mix, presented
from steelyard.models.train.principal_axes import Basis


@dataclass(frozen=True)
class Data:
    """What a trial learns from and is judged on, on the trial's device.

    Attributes:
        inputs: (N, H, W, C) uint8 pixels or (N, D) float32 features, of the whole image set. Pixels of a backbone that
            is trained on are as large as it sees them.
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


OfLogits = Callable[[Tensor], Tensor]
"""(B, K) logits of a batch -> () its loss."""

State = dict[str, Any]
"""Where a learner stands: tensors and plain values."""


class Learner:
    """A network with its optimiser and schedule; all randomness comes from the trial's seed.

    Attributes:
        at_once: images that the network sees at once: a batch, or less where memory was not enough.
    """

    loss: Loss
    at_once: int

    def __init__(self, network: nn.Module, data: Data, trial: Trial, steps: int) -> None:
        """Prepare a network, on the device of ``data``, for a budget of ``steps`` steps."""
        self.network, self.data, self.trial = network, data, trial
        self.head = network.head if isinstance(network, Tuned) else network
        self.device = data.inputs.device
        # Network, stream, augmentation and mixing each have a generator of their own, so none shifts another's draws.
        self.generator = torch.Generator().manual_seed(trial.seed + 2**32)
        self.mixing = np.random.default_rng([trial.seed, 2])
        self.optimiser = _optimiser(network, trial.recipe)
        self.schedule = _schedule(self.optimiser, trial.recipe, steps)
        self.taken, self.at_once = 0, trial.recipe.batch
        self.begin(1)

    def begin(self, epoch: int) -> None:
        """Begin an epoch, counted from 1: the network learns, and a deferred handling may set in."""
        # What scored val left the network in eval mode; the tutorial's frozen BatchNorm is never to be turned back.
        if epoch == 1 or not self.trial.recipe.frozen_batchnorm or isinstance(self.network, Tuned):
            self.network.train()
        handling = self.trial.handling
        self.late = epoch > handling.begins(self.trial.recipe.epochs)
        self.loss = loss_of(handling, self.late, self.device)

    def state(self) -> State:
        """Where it stands between two epochs, all that it draws from included."""
        return {
            "network": self.network.state_dict(),
            "optimiser": self.optimiser.state_dict(),
            "schedule": self.schedule.state_dict(),
            "generator": self.generator.get_state(),
            "mixing": self.mixing.bit_generator.state,
            "taken": self.taken,
            "at_once": self.at_once,
        }

    def resume(self, state: State) -> None:
        """Go on from where another of the same trial stood, as if there had been no other."""
        self.network.load_state_dict(state["network"])
        self.optimiser.load_state_dict(state["optimiser"])
        self.schedule.load_state_dict(state["schedule"])
        self.generator.set_state(state["generator"])
        self.mixing.bit_generator.state = state["mixing"]
        self.taken = state["taken"]
        if state["at_once"] < self.at_once:
            self._divide(state["at_once"])

    def step(self, rows: Tensor) -> Step:
        """Learn from a batch of (B,) int64 rows of the image set.

        Raises:
            FloatingPointError: the loss is not finite.
            OutOfMemoryError: the device lacks memory, for a single image too where a batch can be divided.
        """
        self.taken += 1
        here = rows.to(self.device)
        shown = augmented(self.data.inputs.index_select(0, here), self.trial.recipe, self.generator)
        inputs, labels, loss_of = self._mixed(shown, self.data.labels[here])
        loss, logits = self._with_slopes(inputs, labels, loss_of)
        if loss.requires_grad:  # A constant predictor has nothing to learn.
            self.optimiser.step()
            self.schedule.step()
        return Step(loss.detach(), labels, logits.detach())

    def _mixed(self, inputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor, OfLogits]:
        """What the network sees, the labels that count, and the loss."""
        alpha = self.trial.handling.mixup_alpha
        if not alpha:
            return inputs, labels, lambda logits: self.loss(logits, labels)
        share = float(self.mixing.beta(alpha, alpha))
        order = torch.from_numpy(self.mixing.permutation(len(labels))).to(self.device)
        loss_of = partial(mixed, self.loss, labels=labels, others=labels[order], share=share)
        return mix(inputs, inputs[order], share), labels if share >= 0.5 else labels[order], loss_of

    def _with_slopes(self, inputs: Tensor, labels: Tensor, loss_of: OfLogits) -> tuple[Tensor, Tensor]:
        """Loss and logits of a batch, with the slopes of the loss by all weights; in parts where memory lacks.

        A network whose BatchNorm counts the batch sees it whole, or fails.
        """
        while True:
            self.optimiser.zero_grad(set_to_none=True)
            try:
                if len(inputs) <= self.at_once:
                    return self._whole(inputs, labels, loss_of)
                return self._in_parts(inputs, labels, loss_of)
            except torch.OutOfMemoryError:
                if not isinstance(self.network, Tuned) or self.at_once == 1:
                    raise
            self._divide(-(-min(self.at_once, len(inputs)) // 2))

    def _divide(self, at_once: int) -> None:
        assert isinstance(self.network, Tuned)
        self.at_once = self.network.at_once = at_once

    def _whole(self, inputs: Tensor, labels: Tensor, loss_of: OfLogits) -> tuple[Tensor, Tensor]:
        logits = self._logits(inputs)
        loss = loss_of(logits)
        self._refuse_non_finite(loss, labels)
        if loss.requires_grad:
            (loss + penalty(self.head)).backward()  # type: ignore[no-untyped-call]  # torch's own
        return loss, logits

    def _in_parts(self, inputs: Tensor, labels: Tensor, loss_of: OfLogits) -> tuple[Tensor, Tensor]:
        """The same for one forward pass more: a loss may weigh each image by all others of its batch.

        Source:
            Gao et al. 2021, "Scaling deep contrastive learning batch size under memory limited setup".
        """
        parts = torch.split(inputs, self.at_once)
        with torch.no_grad():
            logits = torch.cat([self._logits(part) for part in parts])
        logits.requires_grad_()
        loss = loss_of(logits)
        self._refuse_non_finite(loss, labels)
        (slopes,) = torch.autograd.grad(loss, logits)
        for part, slope in zip(parts, torch.split(slopes, self.at_once), strict=True):
            self._logits(part).backward(slope)  # type: ignore[no-untyped-call]
        torch.as_tensor(penalty(self.head)).backward()  # type: ignore[no-untyped-call]
        return loss, logits

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
    rate = recipe.learning_rate
    groups = network.groups(rate) if isinstance(network, Tuned) else [{"params": list(network.parameters())}]
    if recipe.optimiser == "adam":
        return torch.optim.Adam(groups, lr=rate, fused=True)
    return torch.optim.AdamW(groups, lr=rate, weight_decay=recipe.weight_decay, fused=True)


def _schedule(optimiser: torch.optim.Optimizer, recipe: Recipe, steps: int) -> torch.optim.lr_scheduler.LRScheduler:
    if recipe.schedule == "constant":
        return torch.optim.lr_scheduler.ConstantLR(optimiser, factor=1)
    # One step more than is taken, so that a budget of a single step has a schedule too.
    peaks = [group["lr"] for group in optimiser.param_groups]
    return torch.optim.lr_scheduler.OneCycleLR(optimiser, peaks, total_steps=steps + 1)
