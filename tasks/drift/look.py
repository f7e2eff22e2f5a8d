"""A look at new images: what it found, and what MLflow keeps of that as numbers."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import numpy as np
import pandas as pd

from steelyard.models.drift.drift import ALARMS, Change, changes
from steelyard.models.drift.next_labels import Nearness, nearness, next_labels
from steelyard.models.errors import BadInput
from steelyard.models.words.phrases import counted
from steelyard.tasks.drift import reference
from steelyard.tasks.drift.new_images import NewImages, look_at
from steelyard.tasks.drift.reference import Reference
from steelyard.tasks.given_files import NothingNew, files_of
from steelyard.tasks.tracking import class_metrics
from steelyard.tasks.tracking.decisions import Decider
from steelyard.tasks.unseen import LEARNED


@dataclass(frozen=True)
class Look:
    """What a look found.

    Attributes:
        named: the model and its version, in words.
        threshold: of the model.
        bits: per pixel, as of ``Decider``.
        near: how far the new images are from the known ones; None where there are no features.
        next: rows of the images to label first, and why.
    """

    named: str
    threshold: float
    bits: int
    before: Reference
    now: NewImages
    changes: tuple[Change, ...]
    near: Nearness | None
    next: list[tuple[int, str]]
    at: datetime

    @property
    def metrics(self) -> dict[str, float]:
        """What MLflow draws over time; ``p/...`` are those of each test alone, of all images."""
        whole = [of for of in self.changes if not of.part]
        alarms = next(of for of in whole if of.what == ALARMS)
        kept = {"images": len(self.now.files), "known": self.now.known, "unreadable": len(self.now.unreadable)}
        found = {key: float(value) for key, value in kept.items()}
        found |= {"alarms": alarms.now or 0.0, "alarms/reference": alarms.before or 0.0}
        found |= {f"p/{of.what}": of.p for of in whole} | {f"effect/{of.what}": of.effect for of in whole}
        shares = {of.part: of.now or 0.0 for of in self.changes if of.part and of.what == ALARMS}
        found |= {f"alarms/{key}": of for key, of in zip(class_metrics.keys(shares), shares.values(), strict=True)}
        found |= {} if self.near is None else {"unlike": float(np.mean(self.near.distance > 1))}
        return found | {"drifted": float(any(of.told for of in self.changes))}


def found(network: Decider, paths: Sequence[Path], at: datetime) -> Look:
    """Look at images.

    Raises:
        BadInput: the model keeps nothing to compare with, or no new image can be read.
        NothingNew: there is no image that is new to it.
    """
    before, version = reference.load(network.files), network.version
    named = f"{version.name} version {version.version}" if version else network.run_id
    if before is None:
        raise BadInput(f"{named} keeps no images to compare with; register the network again with steelyard register")
    learned = {*pd.read_parquet(network.files / LEARNED)["digest"], *before.digests.tolist()}
    now = look_at(network, files_of(paths), before, learned)
    if not now.files:
        left = f"{counted(now.known, 'image')} that the sweep had, {len(now.unreadable):,} that cannot be read"
        refuse = BadInput if now.unreadable else NothingNew
        raise refuse(f"path must have images that the model does not know, got {left}; give others")
    known, new = before.sample.features, now.sample.features
    near = None if known is None or new is None or len(known) < 2 else nearness(known, new, before.widths)
    told = changes(before.sample, now.sample, before.widths, before.exact)
    labels = next_labels(now.sample.scores, network.threshold, near)
    return Look(named, network.threshold, network.bits, before, now, told, near, labels, at)
