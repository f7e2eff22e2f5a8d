"""The trainer: one network, one stream of indices, one epoch at a time."""

import time
from collections.abc import Callable, Iterator
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from steelyard.models.handlings.losses import loss_of
from steelyard.models.handlings.registry import method_of
from steelyard.models.metrics import metrics
from steelyard.models.spec.trial import Precision, Trial
from steelyard.models.train import collapse
from steelyard.models.train.head import Head, choose, solved
from steelyard.models.train.inputs import presented
from steelyard.models.train.learner import Data, Learner, State, Step
from steelyard.models.train.networks import Constant, classifier, initialise

SCORE_BATCH = 256
SCORE_PIXELS = 2**22
"""Of the images that are scored at once: those of a backbone are large, and so are its maps."""


@dataclass(frozen=True)
class Epoch:
    """What one epoch gave.

    Attributes:
        number: from 1.
        metrics: ``train/...`` and ``val/...``.
        seconds: of training and scoring val.
        images_per_second: trained, scoring val not counted.
        flags: ways of training that the recipe does not declare, in words.
    """

    number: int
    metrics: dict[str, float]
    seconds: float
    images_per_second: float
    flags: tuple[str, ...] = ()


def build(trial: Trial, data: Data, strength: float | None = None) -> nn.Module:
    """The trial's network with its first weights, drawn on the CPU from the trial's seed alone.

    A head begins at 0, and brings the strength of its penalty, chosen on train where it is not known.
    """
    device = data.inputs.device
    if not method_of(trial.handling.name).learns:
        return Constant(torch.tensor(trial.handling.prior)).to(device)
    if data.basis is not None:
        strength = choose(data.basis, trial.handling) if strength is None else strength
        return Head(data.basis, trial.handling.classes, strength).to(device)
    channels = data.inputs.shape[3]
    network = classifier(**arguments(trial, channels))
    initialise(network, torch.Generator().manual_seed(trial.seed), xavier=trial.recipe.network == "tutorial")
    return network.to(device)


def arguments(trial: Trial, channels: int) -> dict[str, Any]:
    """What ``models.train.networks.classifier`` is called with, fit for JSON."""
    recipe = trial.recipe
    return {
        "network": recipe.network,
        "channels": channels,
        "classes": trial.handling.classes,
        "mirrored_view": recipe.mirrored_view,
        "softmax": recipe.softmax_twice,
        "fixed_pool": recipe.fixed_pool,
    }


def fit(
    network: nn.Module,
    data: Data,
    trial: Trial,
    since: State | None = None,
    keep: Callable[[State], None] | None = None,
) -> Iterator[Epoch]:
    """Train what ``build`` made, in place, yielding after each epoch; the last one counts.

    A constant predictor has nothing to train.

    Args:
        network: with its first weights.
        data: what it learns from.
        trial: how.
        since: the state that ``keep`` was last given, of a trial that was cut off: it goes on from there.
        keep: called with the state after each epoch, before that is yielded; a head that is solved has none.

    Yields:
        An epoch; of a head that is solved, where it stands after each of ``STOPS`` iterations of the solver and at the
        end, numbered by them.

    Raises:
        FloatingPointError: a loss that is not finite, with the step, the weights and the batch's class counts; or a
            score of val that is not.
    """
    if isinstance(network, Head) and not trial.seeded:
        yield from _solve(network, data, trial)
        return
    epochs, size = data.plan.shape
    learner = Learner(network, data, trial, steps=epochs * -(-size // trial.recipe.batch))
    done = [Epoch(**epoch) for epoch in since["epochs"]] if since else []
    if since:
        learner.resume(since)
    yield from done
    for number, order in enumerate(data.plan[len(done) :], start=len(done) + 1):
        start = time.perf_counter()
        learner.begin(number)
        seen = [learner.step(rows) for rows in torch.split(order, trial.recipe.batch)]
        trained = time.perf_counter() - start
        # All of the epoch: the logits of a last batch of one image may sum to one by chance.
        flags = collapse.undeclared(network, torch.cat([step.logits for step in seen]), trial.recipe)
        # The last epoch's val is what the kept scores say; on the way there, training's precision is enough and faster.
        precision = "float32" if number == epochs else trial.compute.precision
        logits = score(network, data.inputs, data.val, precision)
        values = _named("train", *_together(seen)) | summary("val", logits, data.labels.cpu()[data.val])
        done.append(Epoch(number, values, time.perf_counter() - start, size / trained, flags))
        if keep:
            keep(learner.state() | {"epochs": [asdict(epoch) for epoch in done]})
        yield done[-1]


def _solve(network: Head, data: Data, trial: Trial) -> Iterator[Epoch]:
    start, last = time.perf_counter(), 0
    for standing in solved(network, trial.handling):
        seconds, images = time.perf_counter() - start, len(network.basis.rows) * (standing.iterations - last)
        train = score(network, data.inputs, network.basis.rows)
        labels = data.labels.cpu()[network.basis.rows]
        loss = float(loss_of(trial.handling, True, torch.device("cpu"))(train, labels))
        values = _named("train", loss, labels.numpy(), probabilities(train))
        values |= summary("val", score(network, data.inputs, data.val), data.labels.cpu()[data.val])
        yield Epoch(standing.iterations, values, time.perf_counter() - start, images / seconds)
        start, last = time.perf_counter(), standing.iterations


def summary(part: str, logits: Tensor, labels: Tensor) -> dict[str, float]:
    """``<part>/loss``, plain cross-entropy in nats, and the ``<part>/...`` metrics at argmax.

    Of logits (n, K) float32 and labels (n,) int64 in [0, K), both on the CPU.
    """
    return _named(part, float(F.cross_entropy(logits, labels)), labels.numpy(), probabilities(logits))


def score(network: nn.Module, inputs: Tensor, rows: Tensor, precision: Precision = "float32") -> Tensor:
    """Logits of some images, in eval mode: (n, K) float32 of (n,) int64 rows of the inputs, both on the CPU.

    The precision is that of the forward pass; scores that are kept are float32.

    Raises:
        FloatingPointError: a logit is not finite.
    """
    network.eval()
    low, device = precision == "bfloat16", inputs.device
    with torch.inference_mode(), torch.autocast(device.type, torch.bfloat16, enabled=low):
        parts = [part.to(device) for part in torch.split(rows, _at_once(inputs))]
        batches = [network(presented(inputs.index_select(0, part))) for part in parts]
    logits = torch.cat(batches).float().cpu()
    if not bool(torch.isfinite(logits).all()):
        bad = int((~torch.isfinite(logits)).any(dim=1).sum())
        raise FloatingPointError(f"{bad} of {len(logits)} scores are not finite; try a smaller --learning-rate")
    return logits


def _at_once(inputs: Tensor) -> int:
    if inputs.ndim == 2:
        return SCORE_BATCH
    return max(1, min(SCORE_BATCH, SCORE_PIXELS // (inputs.shape[1] * inputs.shape[2])))


def probabilities(logits: Tensor) -> npt.NDArray[np.float32]:
    """(n, K) logits -> (n, K) float32, the probability of each class."""
    shares: npt.NDArray[np.float32] = logits.softmax(dim=1).numpy()
    return shares


def _together(seen: list[Step]) -> tuple[float, npt.NDArray[np.int64], npt.NDArray[np.float32]]:
    """Mean loss per image, labels and scores of an epoch, as drawn."""
    sizes = np.array([len(step.labels) for step in seen])
    losses = torch.stack([step.loss for step in seen]).cpu().numpy()
    labels, logits = torch.cat([step.labels for step in seen]), torch.cat([step.logits for step in seen])
    return float(np.average(losses, weights=sizes)), labels.cpu().numpy(), probabilities(logits.cpu())


def _named(part: str, loss: float, labels: npt.NDArray[np.int64], scores: npt.NDArray[np.float32]) -> dict[str, float]:
    values = {"loss": loss} | metrics.summary(labels, scores)
    return {f"{part}/{name}": value for name, value in values.items()}
