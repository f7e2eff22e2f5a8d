"""CIFAR-10: 60,000 colour images of 32 x 32 pixels in ten classes, downloaded once."""

import hashlib
import logging
import urllib.request
from http.client import HTTPException
from pathlib import Path
from typing import Any

from filelock import FileLock
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.tasks.sources.helpers.source import Kind, Source, fingerprint, row_ids, source_table

SILENCE = 10.0  # Seconds without an answer or a byte after which the server counts as out of reach.
logger = logging.getLogger(__name__)


def open_cifar10(cache: Path) -> Source:
    """CIFAR-10 with its own split into 50,000 train and 10,000 test images.

    Args:
        cache: folder; the archive and its content (340 MB) are kept in ``cifar10`` below it.

    Raises:
        BadInput: the archive is not there and cannot be downloaded.
    """
    parts = _parts(cache / "cifar10")
    # "test" sorts before "train", so the rows are in the order of the ids.
    ids = [name for split, part in parts.items() for name in row_ids(len(part.data), f"{split}/", longest=50_000)]
    images = [image for part in parts.values() for image in part.data]
    return Source(
        name="cifar10",
        class_names=tuple(parts["test"].classes),
        table=source_table(
            ids,
            [label for part in parts.values() for label in part.targets],
            [identifier.partition("/")[0] for identifier in ids],
        ),
        read=lambda row: Image.fromarray(images[row]),
        fingerprint=fingerprint("cifar10", parts["test"].tgz_md5),
    )


KIND = Kind("cifar10", open_cifar10, place=7)


def _parts(folder: Path) -> dict[str, Any]:
    from torchvision.datasets import CIFAR10  # Imports torch: about 2 s.

    try:
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(folder / ".lock"):
            return {split: _part(CIFAR10, folder, split == "train") for split in ("test", "train")}
    except (OSError, RuntimeError, HTTPException) as error:
        raise BadInput(
            f"data cifar10 must be downloaded once, got no usable copy of {CIFAR10.url} ({error}); go online, put "
            f"{CIFAR10.filename} into {folder}, or use folder:PATH, elpv or digits"
        ) from None


def _part(dataset: Any, folder: Path, train: bool) -> Any:
    try:
        return dataset(str(folder), train=train)
    except RuntimeError:  # Not there, or not whole by its checksums.
        _download(dataset.url, folder / dataset.filename, dataset.tgz_md5)
        return dataset(str(folder), train=train, download=True)  # Finds the archive and only unpacks it.


def _download(url: str, target: Path, md5: str) -> None:
    """Own download, because torchvision's waits without end and writes into the final file."""
    if target.exists() and hashlib.md5(target.read_bytes(), usedforsecurity=False).hexdigest() == md5:
        return
    logger.info("downloading %s (170 MB)", url)
    digest, part = hashlib.md5(usedforsecurity=False), target.with_suffix(".part")
    with urllib.request.urlopen(url, timeout=SILENCE) as answer, part.open("wb") as file:  # noqa: S310
        while chunk := answer.read(1 << 20):
            file.write(chunk)
            digest.update(chunk)
    if digest.hexdigest() != md5:
        part.unlink()
        raise OSError("the download is not whole: its checksum differs")
    part.replace(target)
