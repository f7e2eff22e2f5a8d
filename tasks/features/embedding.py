"""Images through a frozen backbone, in a process of its own: decoded on all cores, kept part by part."""

import signal
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import safetensors.torch
import torch
from torch import Tensor

from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Embedding
from steelyard.tasks.features import feature_sets
from steelyard.tasks.features.feature_sets import Place
from steelyard.tasks.images.decode import Unreadable
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.images.pack import decode_in_order
from steelyard.tasks.images.pixels import eight_bit
from steelyard.tasks.sources import open_source
from steelyard.tasks.sources.helpers.source import Source

if TYPE_CHECKING:
    from steelyard.models.train.backbone import Backbone

BATCH, BATCH_OF_GPU = 32, 128
CHANGED = "data has changed while it was read: an image is not what it was; run it again"
KEPT_EVERY = 20.0
"""Seconds of work that a process which is killed may lose."""
MOST_HELD = 4096
"""Images whose features a process holds before it keeps them, however fast it is."""


@dataclass(frozen=True)
class EmbedJob:
    """Images to embed: rows of an image set, read again from the source that the user named.

    Attributes:
        origin: what ``tasks.sources.open_source`` is called with beside the cache.
        cache: folder that the source may have downloaded into.
        weights: of the backbone; safetensors.
        place: where the features belong.
        beside: processes that share the work.
    """

    origin: dict[str, str]
    cache: Path
    image_set: Path
    rows: tuple[int, ...]
    embedding: Embedding
    weights: Path
    place: Place
    device: str
    beside: int = 1


@dataclass(frozen=True)
class Refused:
    """The last message of an embedding that cannot go on: why, in one line."""

    reason: str


def main(job: EmbedJob, pipe: Connection) -> None:
    """Embed, as ``run`` does; a pipe that closes after all images means success."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    with suppress(BrokenPipeError):
        run(job, pipe.send)


def run(job: EmbedJob, send: Callable[[Any], Any]) -> None:
    """Embed and send how many images are done after each batch, or ``Refused``."""
    try:
        _embed(job, send)
    except BrokenPipeError:
        raise
    except (BadInput, OSError) as error:
        send(Refused(str(error)))
    except Exception as error:  # noqa: BLE001  # whatever it is, the sweep says it in one line
        send(Refused(f"{type(error).__name__}: {error}".splitlines()[0]))


def build(embedding: Embedding, weights: Path, device: str) -> "Backbone":
    """The backbone with its weights, on a device."""
    # timm takes seconds to import, and whoever starts this process needs it not.
    from steelyard.models.train.backbone import Backbone

    made = Backbone(**arguments(embedding))
    made.network.load_state_dict(safetensors.torch.load_file(weights))
    return made.to(device)


def arguments(embedding: Embedding) -> dict[str, Any]:
    """What ``models.train.backbone.Backbone`` is called with, fit for JSON."""
    names = ("backbone", "size", "layers", "mean", "std", "views", "folded", "precision")
    return {name: getattr(embedding, name) for name in names}


def _embed(job: EmbedJob, send: Callable[[Any], Any]) -> None:
    torch.set_num_threads(job.embedding.threads)
    backbone = build(job.embedding, job.weights, job.device)
    part = _Part(job, backbone.widths)
    for features in _features(job, backbone):
        part.add(features.cpu().numpy())
        try:
            send(part.done)
        except BrokenPipeError:
            # The sweep is gone; the next one goes on from here.
            part.keep()
            raise


def _features(job: EmbedJob, backbone: "Backbone") -> Iterator[Tensor]:
    """(B, D) float32 of each batch, on the job's device; a GPU has the next batch before they are waited for."""
    waiting: list[Tensor] = []
    on_cpu = torch.device(job.device).type == "cpu"
    of_gpu = max(BATCH, min(BATCH_OF_GPU, BATCH_OF_GPU * 224**2 // job.embedding.size**2))
    for batch in _batches(job, BATCH if on_cpu else of_gpu):
        images = torch.from_numpy(batch)
        if torch.device(job.device).type == "cuda":
            images = images.pin_memory()  # What is copied from there is copied while the GPU works.
        with torch.inference_mode():
            waiting.append(backbone(images.to(job.device, non_blocking=True).permute(0, 3, 1, 2)))
        if on_cpu or len(waiting) > 1:
            yield waiting.pop(0)
    yield from waiting


class _Part:
    """What has been embedded and is not kept yet."""

    def __init__(self, job: EmbedJob, widths: tuple[int, ...]) -> None:
        self.widths = widths
        self.job, self.done, self.since = job, 0, time.monotonic()
        self.waiting: list[npt.NDArray[np.float32]] = []

    def add(self, features: npt.NDArray[np.float32]) -> None:
        self.waiting.append(features)
        self.done += len(features)
        late, many = time.monotonic() - self.since > KEPT_EVERY, sum(map(len, self.waiting)) >= MOST_HELD
        if late or many or self.done == len(self.job.rows):
            self.keep()

    def keep(self) -> None:
        if not self.waiting:
            return
        features, now = np.concatenate(self.waiting), time.monotonic()
        rows = self.job.rows[self.done - len(features) : self.done]
        digests = [self.job.place.digests[row] for row in rows]
        feature_sets.keep(self.job.place, digests, features, self.widths, (now - self.since) / self.job.beside)
        self.waiting, self.since = [], now


def _batches(job: EmbedJob, size: int) -> Iterator[npt.NDArray[np.uint8]]:
    """(B, S, S, 1 or 3) uint8, in the order of the rows."""
    source, bits = open_source(cache=job.cache, **job.origin), read_manifest(job.image_set).bits
    embedding = job.embedding
    decoded = decode_in_order(source, embedding.size, embedding.fit, _rows(job, source), embedding.interpolation)
    wanted = iter([job.place.digests[row] for row in job.rows])
    for batch in iter(lambda: list(islice(decoded, size)), []):
        pixels = []
        for image, digest in zip(batch, wanted, strict=False):
            if isinstance(image, Unreadable) or image.digest != digest:
                raise BadInput(CHANGED)
            pixels.append(image.pixels)
        yield np.stack([eight_bit(each if each.ndim == 3 else each[..., None], bits, 3) for each in pixels])


def _rows(job: EmbedJob, source: Source) -> list[int]:
    """Rows of the source's table; that of the image set lacks what was unreadable."""
    table = pd.read_parquet(job.image_set / "table.parquet", columns=["id"])
    places = pd.Series(np.arange(len(source.table)), index=source.table["id"])
    rows = places.reindex(table["id"].iloc[list(job.rows)])
    if rows.isna().any():
        raise BadInput(CHANGED)
    return [int(row) for row in rows]
