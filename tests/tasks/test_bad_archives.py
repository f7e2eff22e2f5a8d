"""Each archive of images that cannot be used, and each path that is no file, is refused in one line."""

from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from damage import Make, cut, written
from refusing import refusal


def archive(kind: str = "savez_compressed", **changes: Any) -> Make:
    """MedMNIST's keys with changes; a key that is None is left out."""
    pixels = np.arange(6, dtype=np.uint8)[:, None, None].repeat(8, 1).repeat(8, 2)
    usual = {"train_images": pixels, "train_labels": np.array([[0], [1]] * 3)}
    content = {key: value for key, value in (usual | changes).items() if value is not None}

    def make(root: Path) -> list[str]:
        getattr(np, kind)(root / "cells.npz", **content)
        return ["--data", f"npz:{root / 'cells.npz'}"]

    return make


def bytes_of(array: Any) -> bytes:
    file = BytesIO()
    np.save(file, array, allow_pickle=True)
    return file.getvalue()


IMAGES = "data must have train_images as (N, H, W) or (N, H, W, C) uint8 with C of 1, 3 or 4, got "
WHOLE = "data must have train_labels as (N,) or (N, 1) whole numbers up to int64, one label per image, got "
ARCHIVES: dict[str, tuple[Make, str]] = {
    "text": (
        written("cells.npz", "no archive"),
        "data must be a whole .npz archive, got FILE (File is not a zip file); ",
    ),
    "one array": (written("cells.npz", bytes_of(np.zeros(3))), "data must be a whole .npz archive, got FILE ("),
    "a pickle": (written("cells.npz", b"\x80\x04N."), "data must be a whole .npz archive, got FILE ("),
    "empty": (written("cells.npz", ""), "data must be a file with something in it, got FILE of 0 bytes"),
    "no key": (written("cells.npz", b"PK\5\6" + bytes(18)), "data must have the keys train_images and train_labels, "),
    "half": (cut(archive(), 0.5), "data must be a whole .npz archive, got FILE (File is not a zip file); "),
    "all but the end": (cut(archive(), 0.99), "data must be a whole .npz archive, got FILE ("),
    "other keys": (
        archive(train_images=None, train_labels=None, x=np.zeros(2), y=np.zeros(2)),
        "data must have the keys train_images and train_labels, and val_ and test_ in pairs, got no train_images and "
        "no train_labels but x, y in FILE; rename them",
    ),
    "no train": (
        archive(train_images=None, train_labels=None, test_images=np.zeros(1), test_labels=np.zeros(1)),
        "data must have the keys train_images and train_labels, and val_ and test_ in pairs, got no train_images and ",
    ),
    "no labels": (
        archive(train_labels=None),
        "data must have the keys train_images and train_labels, and val_ and test_ in pairs, got no train_labels but ",
    ),
    "val without labels": (
        archive(val_images=np.zeros((1, 8, 8), np.uint8)),
        "data must have the keys train_images and train_labels, and val_ and test_ in pairs, got no val_labels but ",
    ),
    "flat images": (archive(train_images=np.zeros((6, 64), np.uint8)), IMAGES + "(6, 64) uint8 in FILE; save it"),
    "five axes": (archive(train_images=np.zeros((6, 8, 8, 8, 1), np.uint8)), IMAGES + "(6, 8, 8, 8, 1) uint8"),
    "volumes": (archive(train_images=np.zeros((6, 28, 28, 28), np.uint8)), IMAGES + "(6, 28, 28, 28) uint8"),
    "channels first": (archive(train_images=np.zeros((6, 3, 28, 28), np.uint8)), IMAGES + "(6, 3, 28, 28) uint8"),
    "float images": (archive(train_images=np.zeros((6, 8, 8))), IMAGES + "(6, 8, 8) float64"),
    "deep images": (archive(train_images=np.zeros((6, 8, 8), np.uint16)), IMAGES + "(6, 8, 8) uint16"),
    "signed images": (archive(train_images=np.zeros((6, 8, 8), np.int8)), IMAGES + "(6, 8, 8) int8"),
    "pickled images": (archive(train_images=np.array([None] * 6)), IMAGES + "(6,) object"),
    "pickled labels": (archive(train_labels=np.array([0, None] * 3)), WHOLE + "(6,) object"),
    "a number": (
        archive(train_images=np.uint8(3)),
        "data must have train_images as an array with something in it, got ()",
    ),
    "no image": (
        archive(train_images=np.zeros((0, 8, 8), np.uint8), train_labels=np.zeros(0, int)),
        "data must have train_images as an array with something in it, got (0, 8, 8) uint8 in FILE; save it",
    ),
    "no pixel": (
        archive(train_images=np.zeros((6, 0, 8), np.uint8)),
        "data must have train_images as an array with something in it, got (6, 0, 8) uint8 in FILE; save it",
    ),
    "several labels": (archive(train_labels=np.zeros((6, 14), int)), WHOLE + "(6, 14) int64 in FILE; save it"),
    "float labels": (archive(train_labels=np.zeros(6)), WHOLE + "(6,) float64"),
    "text labels": (archive(train_labels=np.array(["cat", "dog"] * 3)), WHOLE + "(6,) <U3"),
    "true and false": (archive(train_labels=np.array([True, False] * 3)), WHOLE + "(6,) bool"),
    "labels beyond int64": (archive(train_labels=np.zeros(6, np.uint64)), WHOLE + "(6,) uint64"),
    "fewer labels": (
        archive(train_labels=np.zeros(5, int)),
        "data must have a label for each image, got 6 train_images and 5 train_labels in FILE; save them in pairs",
    ),
    "one class": (archive(train_labels=np.full(6, 7)), "data must have at least two classes, got only 7 in FILE; add"),
    "Fortran order": (
        archive(train_images=np.asfortranarray(np.zeros((6, 8, 8), np.uint8))),
        "data must have train_images in C order, image after image, got Fortran order in FILE; save numpy.ascont",
    ),
}
"""What is wrong with an archive, and how the line begins."""


@pytest.mark.parametrize("wrong", ARCHIVES)
def test_an_archive_that_cannot_be_used_is_refused(wrong: str, tmp_path: Path) -> None:
    make, line = ARCHIVES[wrong]
    _, data = make(tmp_path)
    assert refusal(data).startswith(line.replace("FILE", str(tmp_path / "cells.npz")))


@pytest.mark.parametrize(
    ("argument", "line"),
    [
        ("ROOT", "data must be a file, got the folder ROOT; for images alone, write folder:PATH"),
        ("/dev/null", "data must be a file, got /dev/null, which is a device or a pipe; give a file"),
        ("a" * 5000, "data must be a file that exists, got aaaa"),
        ("~nobody-here/a", "data must be a file that exists, got ~nobody-here/a; check"),
        ("a\0b", "data must be a file that exists, got "),
        ("a\nb", "data must be a file that exists, got "),
    ],
    ids=["folder", "device", "long", "no user", "NUL", "line break"],
)
def test_a_path_that_is_no_file_is_refused(argument: str, line: str, tmp_path: Path) -> None:
    root = str(tmp_path)
    assert refusal(f"npz:{argument.replace('ROOT', root)}").startswith(line.replace("ROOT", root))


@pytest.mark.parametrize("kind", ["csv", "parquet", "npz", "hf"])
def test_a_path_that_is_missing_is_asked_for_in_the_form_of_its_kind(kind: str) -> None:
    assert refusal(f"{kind}:").startswith(f"data must be {kind}:FILE with a path, got '{kind}:'; write {kind}:")
    missing = f"data must be a file that exists, got /nowhere/a; check the path after {kind}:"
    assert refusal(f"{kind}:/nowhere/a") == missing
