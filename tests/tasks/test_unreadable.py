"""Files that are no images: refused in one line, or left out and counted."""

from __future__ import annotations

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
    assert "got 2 of 7 that cannot: 2 unreadable: cat/text.png (not an image), dog/half.jpg (" in message
    assert message.endswith("leave them out with --skip-unusable")


def test_three_of_many_unreadable_files_are_named(pets: Pictures, cache: Path) -> None:
    for number in range(13):
        pets.add_text(f"cat/{number:02d}.png")
    message = refusal(pets, cache)
    assert "13 unreadable, such as cat/00.png (not an image), cat/01.png (not an image), cat/02.png (not" in message
    assert "cat/03.png" not in message


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
    assert (manifest.images, manifest.unusable) == (5, {"cat/aa.png": "unreadable: not an image"})
    assert manifest.notes[-1] == "unusable images left out: 1 unreadable: cat/aa.png (not an image)"
    (pets.root / "cat" / "aa.png").unlink()
    assert extracted(pets, cache) == path, "what is left is the set without the file"
    assert not any("unusable" in note for note in read_manifest(path).notes)


def test_two_classes_must_be_left_after_skipping(pets: Pictures, cache: Path) -> None:
    for path in (pets.root / "dog").iterdir():
        path.write_text("no image")
    assert "got cat; left out: 2; mend them" in refusal(pets, cache, skip=True)


def test_nothing_readable_at_all_is_refused(pictures: Pictures, cache: Path) -> None:
    for name in ("cat/a.png", "dog/a.png"):
        pictures.add_text(name)
    assert "got none; left out: 2; mend them" in refusal(pictures, cache, skip=True)
