"""Files that are no images: refused in one line, or left out and counted."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from extracting import extracted, noise, refusal
from PIL import Image

from steelyard.tasks.images.image_sets import read_manifest

if TYPE_CHECKING:
    from conftest import Pictures


def test_unreadable_files_are_listed_and_refused(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/text.png")
    half = pets.add("dog/half.jpg", noise(64, 64, 3))
    half.write_bytes(half.read_bytes()[:1000])
    message = refusal(pets, cache)
    assert "got 2 unreadable: cat/text.png (not an image), dog/half.jpg (" in message
    assert message.endswith("leave them out with --skip-unreadable")


def test_ten_unreadable_files_are_listed_and_the_others_counted(pets: Pictures, cache: Path) -> None:
    for number in range(13):
        pets.add_text(f"cat/{number:02d}.png")
    message = refusal(pets, cache)
    assert "cat/09.png (not an image) and 3 more;" in message
    assert "cat/10.png" not in message


def test_a_line_break_in_a_name_does_not_break_the_message(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/a\nb.png")
    assert "cat/a\\nb.png" in refusal(pets, cache)


def test_a_decompression_bomb_is_unreadable(pets: Pictures, cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Image, "MAX_IMAGE_PIXELS", 200)
    pets.add("dog/bomb.png", noise(30, 30))
    pets.add("dog/half-a-bomb.png", noise(15, 20))
    message = refusal(pets, cache)
    assert "dog/bomb.png (more than 200 pixels), dog/half-a-bomb.png (more than 200 pixels)" in message


def test_skipped_files_are_left_out_counted_and_told(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/aa.png")
    path = extracted(pets, cache, skip=True)
    manifest = read_manifest(path)
    assert (manifest.images, manifest.unreadable) == (5, ("cat/aa.png",))
    assert manifest.notes[-1] == "unreadable files left out: 1 (cat/aa.png)"
    (pets.root / "cat" / "aa.png").unlink()
    assert extracted(pets, cache) == path, "what is left is the set without the file"
    assert not any("unreadable" in note for note in read_manifest(path).notes)


def test_two_classes_must_be_left_after_skipping(pets: Pictures, cache: Path) -> None:
    for path in (pets.root / "dog").iterdir():
        path.write_text("no image")
    assert "got cat; unreadable files left out: 2" in refusal(pets, cache, skip=True)


def test_nothing_readable_at_all_is_refused(pictures: Pictures, cache: Path) -> None:
    for name in ("cat/a.png", "dog/a.png"):
        pictures.add_text(name)
    assert "got none; unreadable files left out: 2" in refusal(pictures, cache, skip=True)


def test_one_image_under_two_labels_is_listed_and_refused(pets: Pictures, cache: Path) -> None:
    shutil.copy(pets.root / "cat" / "a.png", pets.root / "dog" / "z.png")
    message = refusal(pets, cache)
    assert message.startswith("data must show each image under one label, got 1 under two: cat/a.png = dog/z.png;")
