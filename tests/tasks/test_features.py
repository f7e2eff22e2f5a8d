"""Features are kept under what made them, found again image by image, and embedded once."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pytest

from steelyard.models.spec.trial import Embedding
from steelyard.tasks import trial_identity
from steelyard.tasks.features import feature_sets
from steelyard.tasks.features.feature_sets import Place

if TYPE_CHECKING:
    pass

HOW = Embedding(
    backbone="lite0",
    weights="0123456789abcdef",
    size=32,
    fit=None,
    interpolation="bicubic",
    layers=(2, 3),
    mean=(0.5, 0.5, 0.5),
    std=(0.5, 0.5, 0.5),
    views=1,
    folded=True,
    device="cpu",
    threads=1,
    precision="float32",
)
OTHER: dict[str, Any] = {
    "backbone": "resnet10t",
    "weights": "fedcba9876543210",
    "size": 64,
    "fit": "crop",
    "interpolation": "bilinear",
    "layers": (3,),
    "mean": (0.4, 0.5, 0.5),
    "std": (0.5, 0.5, 0.4),
    "views": 2,
    "folded": False,
    "device": "cuda",
    "threads": 2,
    "precision": "bfloat16",
}


def at(cache: Path, digests: str, image_set: str = "set") -> Place:
    """A place for images that are called a, b, ...; ``-`` for one that no trial uses."""
    return feature_sets.place(cache, HOW, image_set, ["" if name == "-" else name for name in digests])


def made(digests: str, width: int = 5) -> feature_sets.Features:
    """What a backbone might make of them: the same of the same image."""
    return np.stack([np.full(width, ord(name), np.float32) + np.arange(width, dtype=np.float32) for name in digests])


def kept(cache: Path, digests: str, image_set: str = "set") -> Place:
    """The features of an image set, whole."""
    place = at(cache, digests, image_set)
    if rows := feature_sets.missing(place):
        names = "".join(place.digests[row] for row in rows)
        feature_sets.keep(place, list(names), made(names), (5,), seconds=len(names))
    feature_sets.assemble(place)
    return place


def test_what_is_kept_is_found_again_in_the_order_of_the_images(cache: Path) -> None:
    place = at(cache, "abcd")
    assert not place.there and feature_sets.missing(place) == [0, 1, 2, 3]
    feature_sets.keep(place, ["d", "b"], made("db"), (5,), seconds=2)
    assert not place.there and feature_sets.missing(place) == [0, 2]
    feature_sets.keep(place, ["a", "c"], made("ac"), (5,), seconds=3)
    assert not place.there and feature_sets.missing(place) == []
    feature_sets.assemble(place)
    assert place.there and at(cache, "abcd").there
    np.testing.assert_array_equal(feature_sets.load(place.folder), made("abcd"))
    assert feature_sets.once(place.folder) == {"features": 5.0}


def test_parts_go_once_they_are_assembled_and_nothing_else_is_left(cache: Path) -> None:
    place = kept(cache, "abcd")
    assert {path.name for path in place.root.iterdir() if path.is_dir()} == {place.folder.name}


def test_a_part_that_also_holds_other_images_stays_for_them(cache: Path) -> None:
    place = at(cache, "abz")
    feature_sets.keep(place, ["a", "b", "z"], made("abz"), (5,), seconds=3)
    few = at(cache, "ab", "few")
    assert feature_sets.missing(few) == []
    feature_sets.assemble(few)
    np.testing.assert_array_equal(feature_sets.load(few.folder), made("ab"))
    assert feature_sets.once(few.folder) == {"features": pytest.approx(2.0)}
    assert feature_sets.missing(place) == []


def test_a_second_image_set_embeds_only_what_is_new(cache: Path) -> None:
    kept(cache, "abcd")
    more = at(cache, "xbydab", "more")
    assert feature_sets.missing(more) == [0, 2]
    feature_sets.keep(more, ["x", "y"], made("xy"), (5,), seconds=2)
    feature_sets.assemble(more)
    np.testing.assert_array_equal(feature_sets.load(more.folder), made("xbydab"))
    assert feature_sets.once(more.folder) == {"features": pytest.approx(2 + 3 / 4 * 4)}
    fewer = at(cache, "ya", "fewer")
    assert feature_sets.missing(fewer) == []


def test_images_alike_are_embedded_once_and_each_gets_its_row(cache: Path) -> None:
    place = at(cache, "abab-a")
    assert feature_sets.missing(place) == [0, 1]
    feature_sets.keep(place, ["a", "b"], made("ab"), (5,), seconds=1)
    feature_sets.assemble(place)
    found = feature_sets.load(place.folder)
    np.testing.assert_array_equal(found[[0, 1, 2, 3, 5]], made("ababa"))
    assert not found[4].any()


def test_rows_of_images_that_no_trial_uses_are_0_and_take_no_disk(cache: Path) -> None:
    place = feature_sets.place(cache, HOW, "set", ["a", *[""] * 20_000, "b", *[""] * 20_000])
    assert feature_sets.missing(place) == [0, 20_001]
    feature_sets.keep(place, ["a", "b"], made("ab", width=100), (100,), seconds=1)
    feature_sets.assemble(place)
    found = feature_sets.load(place.folder)
    assert found.shape == (40_002, 100) and place.there
    assert np.flatnonzero(found.any(axis=1)).tolist() == [0, 20_001]
    status = (place.folder / "features.npy").stat()
    assert status.st_size > 16_000_000 and status.st_blocks * 512 < 200_000


def test_the_map_may_be_written_and_the_file_stays(cache: Path) -> None:
    place = kept(cache, "ab")
    feature_sets.load(place.folder)[0] = 7
    np.testing.assert_array_equal(feature_sets.load(place.folder), made("ab"))


def test_half_written_folders_are_never_found(cache: Path) -> None:
    place = kept(cache, "ab")
    for name in (".building-0123", ".building-part-0"):
        [folder] = (path for path in place.root.iterdir() if path.is_dir())
        folder.rename(place.root / name)
        assert not place.there and feature_sets.missing(place) == [0, 1]


DAMAGES: dict[str, tuple[str, Callable[[bytes], bytes] | None]] = {
    "cut short": ("features.npy", lambda whole: whole[:-4]),
    "of more images": ("features.npy", lambda _: as_file(made("abc"))),
    "empty": ("features.npy", lambda _: b""),
    "gone": ("features.npy", None),
    "untold": (feature_sets.HELD, None),
    "half told": (feature_sets.HELD, lambda _: b'{"seconds": 1, "dig'),
    "wrongly told": (feature_sets.HELD, lambda _: b'["a", "b"]'),
}
"""A file of whole features, and what stands in its place."""


def as_file(features: feature_sets.Features) -> bytes:
    file = BytesIO()
    np.save(file, features)
    return file.getvalue()


@pytest.mark.parametrize("damage", DAMAGES)
def test_damaged_features_are_not_found_and_are_replaced(damage: str, cache: Path) -> None:
    place, (name, damaged) = kept(cache, "ab"), DAMAGES[damage]
    file = place.folder / name
    whole = file.read_bytes()
    file.unlink()
    if damaged:
        file.write_bytes(damaged(whole))
    assert not place.there and feature_sets.missing(place) == [0, 1]
    again = kept(cache, "ab")
    assert again == place and place.there
    np.testing.assert_array_equal(feature_sets.load(place.folder), made("ab"))


@pytest.mark.parametrize("field", Embedding.model_fields)
def test_whatever_changes_features_changes_their_place(field: str, cache: Path) -> None:
    assert getattr(HOW, field) != OTHER[field]
    changed = HOW.model_copy(update={field: OTHER[field]})
    other = feature_sets.place(cache, changed, "set", ["a"])
    assert other.root != at(cache, "a").root and other.digest != at(cache, "a").digest


def test_so_do_images_bits_and_the_image_set(cache: Path) -> None:
    one = at(cache, "ab")
    for other in (at(cache, "ac"), at(cache, "a-"), at(cache, "ba"), at(cache, "ab", "other")):
        assert other.root == one.root and other.digest != one.digest
    assert feature_sets.place(cache, HOW, "set", ["a", "b"], bits=12).root != one.root


@pytest.mark.parametrize("name", feature_sets.CODE)
def test_so_does_the_code_that_embeds_but_not_how_it_is_written(
    name: str, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = at(cache, "a")
    for file in feature_sets.CODE:
        (tmp_path / file).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(trial_identity.HOUSE / file, tmp_path / file)
    monkeypatch.setattr(trial_identity, "HOUSE", tmp_path)
    code = (tmp_path / name).read_text()
    for changed, same in ((f"# Said otherwise.\n{code}", True), (f"{code}\nmore = 1\n", False)):
        (tmp_path / name).write_text(changed)
        feature_sets.code_version.cache_clear()
        assert (at(cache, "a") == before) == same
    feature_sets.code_version.cache_clear()
