"""New images as a registered model sees them: decoded once, scored, turned to features and measured."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.drift.drift import Sample
from steelyard.tasks import predict
from steelyard.tasks.drift.reference import LOOKS, Reference
from steelyard.tasks.images import pixels
from steelyard.tasks.images.decode import Decoded, Unreadable
from steelyard.tasks.images.looks import Looks
from steelyard.tasks.images.pixels import DEEP
from steelyard.tasks.sources.helpers.files import as_text, open_image
from steelyard.tasks.sources.helpers.source import Source
from steelyard.tasks.tracking.decisions import Decider

AT_ONCE = 64
"""Images that go through the network at a time, as when it serves."""

Values = npt.NDArray[np.float32]


@dataclass(frozen=True)
class NewImages:
    """Images that a model has seen neither in its sweep nor twice in this look.

    Attributes:
        files: n of them.
        paths: of the same, as tables have them.
        labels: what each is called.
        sample: n scores, alarms and looks, and features where the network has a backbone.
        known: images left out, since the sweep had them.
        repeated: images left out, since they equal another new one.
        unreadable: path -> why it is no image.
    """

    files: list[Path]
    paths: list[str]
    labels: list[str]
    sample: Sample
    known: int
    repeated: int
    unreadable: dict[str, str]


@dataclass
class _Seen:
    """What came so far."""

    rows: list[int] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)
    scores: list[float] = field(default_factory=list)
    features: list[Values] = field(default_factory=list)
    looks: Looks = field(default_factory=Looks)
    bits: list[int] = field(default_factory=list)
    sides: list[tuple[int, int]] = field(default_factory=list)
    digests: set[str] = field(default_factory=set)
    known: int = 0
    repeated: int = 0

    def fresh(self, image: Decoded, learned: set[str]) -> bool:
        """Whether it is neither known nor here already; counted where it is."""
        self.known += image.digest in learned
        self.repeated += image.digest in self.digests
        if image.digest in learned or image.digest in self.digests:
            return False
        self.digests.add(image.digest)
        return True

    def add(self, row: int, image: Decoded, bits: int) -> None:
        """One more image."""
        self.rows.append(row)
        self.looks.add(image.reduced)
        self.bits.append(max(bits, image.largest.bit_length()) if image.kind == DEEP else 8)
        self.sides.append(image.sides)


def look_at(network: Decider, given: pd.DataFrame, reference: Reference, learned: set[str]) -> NewImages:
    """Score images and measure them, but those whose pixels are known, and those that cannot be read.

    Args:
        network: the registered model.
        given: as ``files_of`` has it.
        reference: what they are to be compared with.
        learned: digests of all images that the model's sweep had.
    """
    files: list[Path] = given["file"].tolist()
    source = Source(
        name="", class_names=(), table=pd.DataFrame(index=range(len(files))), read=lambda row: open_image(files[row]),
        fingerprint="",
    )  # fmt: skip
    so_far, paths = _Seen(), [as_text(str(file)) for file in files]
    unreadable: dict[str, str] = {}
    backbone = _has_backbone(network, reference)
    for part in predict.in_parts(network, source):
        unreadable |= {paths[row]: image.reason for row, image in part if isinstance(image, Unreadable)}
        readable = [(row, image) for row, image in part if not isinstance(image, Unreadable)]
        fresh = [(row, image) for row, image in readable if so_far.fresh(image, learned)]
        for row, image in fresh:
            so_far.add(row, image, network.bits)
        _decide(network, [image for _, image in fresh], backbone, so_far)
    return NewImages(
        files=[files[row] for row in so_far.rows],
        paths=[paths[row] for row in so_far.rows],
        labels=so_far.labels,
        sample=_sample(so_far, given.drop(columns="file").iloc[so_far.rows], reference),
        known=so_far.known,
        repeated=so_far.repeated,
        unreadable=unreadable,
    )


def _has_backbone(network: Decider, reference: Reference) -> bool:
    """Whether the network is a backbone with a head, whose features are those of the reference."""
    return bool(reference.widths) and getattr(network.module[0], "width", None) == sum(reference.widths)


def _decide(network: Decider, images: Sequence[Decoded], backbone: bool, so_far: _Seen) -> None:
    if not images:
        return
    shown = np.stack([_shown(network, image) for image in images])
    if backbone:
        parts = [_through(network.module, shown[start : start + AT_ONCE]) for start in range(0, len(shown), AT_ONCE)]
        so_far.features += [features for features, _ in parts]
        scores = np.concatenate([of for _, of in parts])
        scores = scores if network.objective else scores[:, 1:]
    else:
        scores = network.score(shown)
    for label, score in network.decide(scores):
        so_far.labels.append(label)
        so_far.scores.append(score)


def _shown(network: Decider, image: Decoded) -> npt.NDArray[np.uint8]:
    return pixels.of_kind(image.pixels, image.kind, int(image.largest), network.channels, network.bits)


def _through(module: Any, images: npt.NDArray[np.uint8]) -> tuple[Values, Values]:
    """Features, rounded as those of the reference are, and the score of each class."""
    import torch

    with torch.inference_mode():
        features = module[0](torch.from_numpy(images).permute(0, 3, 1, 2))
        scores = module[1](features).float().softmax(dim=1)
    return features.numpy().astype(np.float16), scores.numpy()


def _sample(so_far: _Seen, slices: pd.DataFrame, reference: Reference) -> Sample:
    measured = so_far.looks.table(np.array(so_far.bits, np.int64), so_far.sides)
    return Sample(
        scores=np.array(so_far.scores, np.float32),
        alarms=np.isin(so_far.labels, reference.alarms),
        features=np.concatenate(so_far.features) if so_far.features else None,
        looks={name: measured[LOOKS[name]].to_numpy() for name in reference.sample.looks},
        slices={str(name).removeprefix(SLICE_PREFIX): slices[name].to_numpy(dtype=str) for name in slices.columns},
    )
