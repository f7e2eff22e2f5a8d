"""What the networks of the recommended cell look at in the images of the gallery, in numbers."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Self, cast

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from torch import Tensor, nn

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FINETUNE, Embedding, Trial
from steelyard.models.train import saliency
from steelyard.models.train.networks import classifier
from steelyard.models.train.trainer import arguments
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.tasks import trial_identity
from steelyard.tasks.features import feature_sets, pixel_sets, weights
from steelyard.tasks.features.embedding import arguments as of_backbone
from steelyard.tasks.features.embedding import build
from steelyard.tasks.images import decode, image_sets
from steelyard.tasks.images.pixels import eight_bit
from steelyard.tasks.report.error_pictures import Read, nothing, reader
from steelyard.tasks.settings import Settings
from steelyard.tasks.workers import threads
from steelyard.tasks.workers.trial_process import HEAD, WEIGHTS, state_of

SIDE = 32
"""Places per side of a map."""

AT_ONCE = 4
"""Images that a backbone sees at once, which is twice as fast as two dozen: their maps stay in the cache."""

SEEN = 64
"""Images that a backbone that was trained on sees for its average image."""

SAMPLED = 4096
"""Images whose mean features stand for an average image."""

if TYPE_CHECKING:
    from steelyard.models.train.backbone import Backbone

Maps = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Seen:
    """Who saw the images of a gallery.

    Attributes:
        by: the trial to use, of all folds together where there are folds, with its scores.
        run_ids: trial_id -> run in MLflow of all trials of the sweep.
    """

    by: ScoredTrial
    run_ids: Mapping[str, str]

    def of_images(self) -> Self:
        """Without the scores: whose test each image was."""
        return replace(self, by=replace(self.by, scores=self.by.scores.filter(["split", "id", "trial_id"])))


@dataclass(frozen=True)
class Asked:
    """Images of the gallery that one network had as test.

    Attributes:
        rows: (n,) int64, places in the gallery.
        contrast: (n, K) float32: what is added up of the logits.
        run: folder with all that its trial trained or copied.
    """

    trial: Trial
    rows: npt.NDArray[np.int64]
    contrast: Tensor
    run: Path


def saliency_maps(errors: pd.DataFrame, seen: Seen, plan: SweepPlan, spec: Sweep, settings: Settings) -> Maps:
    """A map for each picture of the gallery, (n, ``SIDE``, ``SIDE``); NaN where no network had the image as test.

    In folds of the network that the image was test for. Where every class counts, a map shows what speaks for the class
    that the image is called, rather than for its own; else for the class to find.

    Args:
        errors: as ``wrong_images.Decided.worst`` has them.
        seen: who saw them.
        plan: of the sweep, whose files are still on disk.
        spec: names the source.
        settings: where backbones are.

    Raises:
        LookupError: an image or a network is gone.
    """
    found = np.full((len(errors), SIDE, SIDE), np.nan, np.float32)
    asked, ids = [*_asked(errors, seen, plan)], errors["id"]
    read = reader(spec, settings) if asked and asked[0].trial.embedding else nothing
    with threads.few(len(errors)):
        if asked and asked[0].trial.recipe.name != FINETUNE and asked[0].trial.embedding:
            rows = np.concatenate([of.rows for of in asked])
            found[rows] = _of_heads(asked, ids.iloc[rows].tolist(), plan, read, settings)
            return found
        for of in asked:
            own = ids.iloc[of.rows].tolist()
            found[of.rows] = _of_tuned(of, own, plan, read) if of.trial.embedding else _of_network(of, own, plan)
    return found


def _asked(errors: pd.DataFrame, seen: Seen, plan: SweepPlan) -> Iterator[Asked]:
    known, outcome = {trial_identity.trial_id(trial): trial for trial in plan.trials}, seen.by.outcome
    test = seen.by.scores[seen.by.scores["split"] == "test"]
    for trial_id in outcome.of_folds or (outcome.trial_id,):
        own = test[test["trial_id"] == trial_id] if outcome.of_folds else test
        rows = np.flatnonzero(errors["id"].isin(own["id"]))
        if len(rows):
            contrast = _contrast(errors.iloc[rows], known[trial_id].handling.classes)
            yield Asked(known[trial_id], rows, contrast, plan.shared.folder / seen.run_ids[trial_id])


def _contrast(errors: pd.DataFrame, classes: int) -> Tensor:
    """1 for the class that each image is called, -1 for its own; of two classes 1 for the one to find."""
    signs, each = torch.zeros(len(errors), classes), torch.arange(len(errors))
    if "called" not in errors:
        return signs + torch.tensor([-1.0, 1.0])
    for column, sign in (("label", -1.0), ("called", 1.0)):
        signs[each, torch.from_numpy(errors[column].to_numpy(np.int64, copy=True))] = sign
    return signs


def _of_heads(asked: list[Asked], ids: list[str], plan: SweepPlan, read: Read, settings: Settings) -> Maps:
    """Of all images at once: their networks share a backbone."""
    embedding, features = asked[0].trial.embedding, plan.shared.features
    assert embedding is not None and features is not None
    own = torch.cat([of.contrast @ state_of(of.run, HEAD)["weight"] for of in asked])
    backbone = build(embedding, weights.again(embedding.backbone, embedding.weights, settings.cache), "cpu")
    images = _decoded(ids, embedding, image_sets.read_manifest(plan.shared.image_set).bits, read)
    with torch.inference_mode():
        return _maps(backbone, images, own, _average(features))


def _maps(backbone: "Backbone", images: Tensor, weights: Tensor, reference: Tensor) -> Maps:
    parts = zip(torch.split(images, AT_ONCE), torch.split(weights, AT_ONCE), strict=True)
    return torch.cat([saliency.onto(saliency.of_head(backbone, *part, reference), SIDE) for part in parts]).numpy()


def _of_tuned(asked: Asked, ids: list[str], plan: SweepPlan, read: Read) -> Maps:
    """Of one backbone that was trained on: an average image is one that it sees as such."""
    embedding, pixels, weights = asked.trial.embedding, plan.shared.pixels, state_of(asked.run, WEIGHTS)
    assert embedding is not None and pixels is not None
    # timm takes seconds to import, and is needed nowhere else here.
    from steelyard.models.train import backbone

    classes, in_float32 = len(weights["1.bias"]), {"precision": "float32"}
    network = cast("nn.Sequential", backbone.classifier(classes, **of_backbone(embedding) | in_float32)).eval()
    network.load_state_dict(weights)
    images = _decoded(ids, embedding, image_sets.read_manifest(plan.shared.image_set).bits, read)
    some = pixel_sets.load(pixels)
    some = some[:: max(1, len(some) // SEEN)]
    with torch.inference_mode():
        average = network[0](torch.from_numpy(some[some.any(axis=(1, 2, 3))]).permute(0, 3, 1, 2)).mean(dim=0)
        return _maps(cast("Backbone", network[0]), images, asked.contrast @ weights["1.weight"], average)


def _of_network(asked: Asked, ids: list[str], plan: SweepPlan) -> Maps:
    images = image_sets.load(plan.shared.image_set)
    network = classifier(**arguments(asked.trial, images.images.shape[3])).eval()
    network.load_state_dict(state_of(asked.run, WEIGHTS))
    rows = pd.Index(images.table["id"]).get_indexer(pd.Index(ids))
    pixels = torch.from_numpy(np.array(images.images[rows])).permute(0, 3, 1, 2)
    maps: Maps = saliency.onto([saliency.of_network(network, pixels, asked.contrast)], SIDE).numpy()
    return maps


def _average(features: Path) -> Tensor:
    """(D,) mean features of images in use; those of others are 0."""
    every = feature_sets.load(features)
    some = np.asarray(every[:: max(1, len(every) // SAMPLED)])
    return torch.from_numpy(some[some.any(axis=1)].mean(axis=0))


def _decoded(ids: list[str], embedding: Embedding, bits: int, read: Read) -> Tensor:
    """(n, 3, S, S) uint8, as they were embedded."""
    how = embedding.size, embedding.fit, embedding.interpolation
    pixels = []
    for image_id in ids:
        image = decode.decode(partial(read, image_id), *how)
        if isinstance(image, decode.Unreadable):
            raise LookupError(f"{image_id} can no longer be read: {image.reason}")  # noqa: TRY004  # no type is wrong
        pixels.append(eight_bit(image.pixels if image.pixels.ndim == 3 else image.pixels[..., None], bits, 3))
    return torch.from_numpy(np.stack(pixels)).permute(0, 3, 1, 2)
