"""The images of a source in every form that something is found in: as they are, small, as features, as looks."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
from PIL import Image
from plantings import Change

from steelyard.models.data.partition import without_duplicates
from steelyard.models.findings.heads import Seen, seen
from steelyard.models.findings.looks.shortcuts import Shortcut, shortcuts
from steelyard.models.spec.images import Images
from steelyard.tasks import planning
from steelyard.tasks.embed import embed_planned
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import image_sets
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.looks import Looks, reduced
from steelyard.tasks.images.pixels import fitted, plain
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

SIZE = 32

Rows = npt.NDArray[np.int64]
Pixels = npt.NDArray[np.uint8]


@dataclass(frozen=True)
class Pictures:
    """Images of a source, exact copies left out.

    Attributes:
        name: of the source.
        class_names: K.
        table: a row per image.
        images: upright, as the source has them.
        pixels: (n, SIZE, SIZE, C), as an image set has them.
        features: (n, D) of the default backbone.
        widths: of the groups of features that count alike.
        looks: a row per image.
    """

    name: str
    class_names: tuple[str, ...]
    table: pd.DataFrame
    images: Sequence[Image.Image]
    pixels: Pixels
    features: npt.NDArray[np.float32]
    widths: tuple[int, ...]
    looks: pd.DataFrame

    @property
    def labels(self) -> Rows:
        return self.table["label"].to_numpy(np.int64)

    @property
    def groups(self) -> npt.NDArray[np.object_]:
        return self.table["group"].to_numpy(object)

    def seen(self, labels: Rows) -> Seen:
        rows = np.arange(len(labels))
        return seen(self.features, rows, self.widths, labels, self.groups, len(self.class_names))

    def changed(self, rows: Sequence[int], change: Change, seed: int) -> pd.DataFrame:
        """Looks with some of the images changed."""
        looks, rng = self.looks.copy(), np.random.default_rng(seed)
        looks.iloc[list(rows)] = looks_of([change(self.images[row], rng) for row in rows]).to_numpy()
        return looks

    def shortcuts(self, looks: pd.DataFrame, seed: int) -> list[Shortcut]:
        return shortcuts(looks, self.table["id"].tolist(), self.labels, self.groups.tolist(), self.class_names, seed)


def opened(data: str, most: int, cache: Path, folder: Path) -> Pictures:
    """Extract and embed a source, or that many images drawn of it; ``folder`` is for what is left behind.

    Raises:
        BadInput: no such source.
    """
    spec = Images(data=data, size=SIZE)
    source = open_source(cache=cache, **spec.origin)
    path = extract_images(source, SIZE, cache, skip_unusable=True)
    image_set = image_sets.load(path)
    known = without_duplicates(image_set.table, np.arange(len(image_set.table)))
    rows = np.sort(np.random.default_rng(0).permutation(known)[:most])
    settings = Settings(cache=cache, device="cpu", tracking_uri=f"sqlite:///{folder}/mlflow.db")
    embedded = embed_planned(planning.embedding_of(path, rows, spec, settings), path, spec, settings, folder)
    table = image_set.table.iloc[rows].reset_index(drop=True)
    images = [plain(source.read(place)) for place in pd.Index(source.table["id"]).get_indexer(pd.Index(table["id"]))]
    return Pictures(
        name=image_set.name,
        class_names=image_set.class_names,
        table=table,
        images=images,
        pixels=image_set.images[rows],
        features=feature_sets.load(embedded)[rows],
        widths=feature_sets.widths(embedded),
        looks=looks_of(images),
    )


def looks_of(images: Sequence[Image.Image]) -> pd.DataFrame:
    """Of 8 bits per pixel."""
    looks = Looks()
    for image in images:
        looks.add(reduced(image, image.tobytes()))
    return looks.table(np.full(len(images), 8), [image.size for image in images])


def shaped(images: Sequence[Image.Image], like: Pixels) -> Pixels:
    """Images as squares, with the channels of those of an image set, (n, SIZE, SIZE, C)."""
    squares = [np.asarray(fitted(image, SIZE, None)).reshape(SIZE, SIZE, -1) for image in images]
    return np.stack([np.broadcast_to(square, like.shape[1:]) for square in squares])
