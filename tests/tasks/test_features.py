"""Features are kept under what made them, found again image by image, and embedded once."""

from __future__ import annotations

import json
import pickle
import shutil
import subprocess
import sys
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import patience
import pytest
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Embedding
from steelyard.tasks import planning, preflight, trial_identity
from steelyard.tasks.embed import embed
from steelyard.tasks.features import embedding as embeddings
from steelyard.tasks.features import feature_sets
from steelyard.tasks.features.embedding import EmbedJob, build
from steelyard.tasks.features.feature_sets import Place
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load as load_images
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

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

TWICE = """
import logging, sys
from pathlib import Path
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.embed import embed
from steelyard.tasks.settings import Settings

logging.getLogger("steelyard.tasks.embed").setLevel(logging.INFO)
logging.getLogger("steelyard.tasks.embed").addHandler(logging.StreamHandler(sys.stdout))
if __name__ == "__main__":
    spec = Sweep(data=sys.argv[1], positive="cat", size=16, backbone_size=32, imbalance=0)
    settings = Settings(cache=Path(sys.argv[2]), device="cpu", workers=1)
    print("features in", embed.fn(Path(sys.argv[3]), spec, settings, Path(sys.argv[4])), flush=True)
"""

SLOWLY = """
import pickle, sys, time
from pathlib import Path
from steelyard.tasks.features import embedding

class Slow:
    def send(self, message):
        print(message, flush=True)
        time.sleep(1 if message < 64 else 60)

embedding.KEPT_EVERY = 0
embedding.main(pickle.loads(Path(sys.argv[1]).read_bytes()), Slow())
"""


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


def asked(pictures: Pictures, **given: Any) -> Sweep:
    told = {"data": pictures.data, "positive": "cat", "size": 16, "backbone_size": 32, "imbalance": 0}
    return Sweep.model_validate(told | given)


@pytest.fixture
def settings(cache: Path) -> Settings:
    return Settings(cache=cache, device="cpu", workers=1)


def extracted(pictures: Pictures, settings: Settings) -> Path:
    return extract_images(open_source(pictures.data, settings.cache), 16, settings.cache, skip_unreadable=False)


def many(pictures: Pictures, each: int) -> None:
    for number in range(each):
        pictures.add(f"cat/{pictures.made:04}.png")
        pictures.add(f"dog/{number:04}-{pictures.made:04}.png")


def by_digest(image_set: Path, folder: Path) -> dict[str, Any]:
    return dict(zip(load_images(image_set).table["digest"], np.array(feature_sets.load(folder)), strict=True))


def test_images_that_are_added_are_embedded_alone(
    pictures: Pictures, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level("INFO")
    settings = settings.model_copy(update={"workers": 2})
    many(pictures, 20)
    spec, first_set = asked(pictures), extracted(pictures, settings)
    first = embed.fn(first_set, spec, settings, tmp_path)
    assert first is not None and "embedded 40 images in " in caplog.text
    assert embed.fn(first_set, spec, settings, tmp_path) == first and "reused features" in caplog.text
    many(pictures, 3)
    pictures.add("dog/0001-twice.png", Image.open(next((pictures.root / "dog").glob("0001-*"))))
    caplog.clear()
    second_set = extracted(pictures, settings)
    second = embed.fn(second_set, spec, settings, tmp_path)
    assert second is not None and second != first and "embedded 6 images in " in caplog.text
    old, new = by_digest(first_set, first), by_digest(second_set, second)
    assert old.keys() < new.keys() and all((new[digest] == row).all() for digest, row in old.items())
    rows = feature_sets.load(second)
    assert np.isfinite(rows).all() and len({row.tobytes() for row in rows if row.any()}) == 46


def test_features_are_what_the_backbone_makes_of_each_image_alone(
    pictures: Pictures, settings: Settings, tmp_path: Path
) -> None:
    import torch

    many(pictures, 20)
    image_set, spec = extracted(pictures, settings), asked(pictures, backbone_size=40)
    folder = embed.fn(image_set, spec, settings, tmp_path)
    assert folder is not None
    plan, found = planning.embedding(image_set, spec, settings), feature_sets.load(folder)
    backbone = build(plan.embedding, plan.weights.file, "cpu")
    for row in (0, 17, 39):
        picture = Image.open(pictures.root / load_images(image_set).table["id"].iloc[row])
        pixels = np.asarray(picture.resize((40, 40), Image.Resampling.BICUBIC))
        with torch.inference_mode():
            [alone] = backbone(torch.from_numpy(np.array(pixels))[None, None]).numpy()
        np.testing.assert_allclose(found[row], alone, rtol=1e-2, atol=1e-2 * np.abs(alone).max())


def test_a_deeper_image_changes_the_scale_of_all_and_so_all_are_embedded(
    pictures: Pictures, settings: Settings, tmp_path: Path
) -> None:
    rng = np.random.default_rng(0)
    for number in range(20):
        deep = rng.integers(0, 4096, (12, 12)).astype(np.uint16)
        pictures.add(f"{('cat', 'dog')[number % 2]}/{number:02}.png", Image.fromarray(deep))
    spec, shallow_set = asked(pictures), extracted(pictures, settings)
    shallow = embed.fn(shallow_set, spec, settings, tmp_path)
    pictures.add("dog/99.png", Image.fromarray(np.full((12, 12), 65535, np.uint16)))
    deep_set = extracted(pictures, settings)
    deeper = embed.fn(deep_set, spec, settings, tmp_path)
    assert shallow is not None and deeper is not None
    old, new = by_digest(shallow_set, shallow), by_digest(deep_set, deeper)
    assert all(not np.allclose(new[digest], row, rtol=1e-2, atol=1e-2) for digest, row in old.items())


def test_a_recipe_on_pixels_embeds_nothing(pets: Pictures, settings: Settings, tmp_path: Path) -> None:
    assert embed.fn(extracted(pets, settings), asked(pets, recipe="sound"), settings, tmp_path) is None
    assert not (settings.cache / feature_sets.FOLDER).exists()


@pytest.mark.parametrize("what", ["other pixels", "gone"])
def test_images_that_changed_since_they_were_extracted_are_refused_in_one_line(
    what: str, pictures: Pictures, settings: Settings, tmp_path: Path
) -> None:
    many(pictures, 10)
    image_set, file = extracted(pictures, settings), pictures.add("cat/0000.png")
    if what == "gone":
        file.unlink()
    with pytest.raises(BadInput, match=r"^data has changed while it was read: .*; run it again$"):
        embed.fn(image_set, asked(pictures), settings, tmp_path)


def test_an_image_that_came_since_they_were_extracted_is_none_of_those_that_are_embedded(
    pictures: Pictures, settings: Settings, tmp_path: Path
) -> None:
    many(pictures, 10)
    image_set = extracted(pictures, settings)
    pictures.add("cat/0000-before.png")
    assert embed.fn(image_set, asked(pictures), settings, tmp_path)


def test_two_processes_at_once_embed_once(pictures: Pictures, settings: Settings, tmp_path: Path) -> None:
    many(pictures, 20)
    image_set, script = extracted(pictures, settings), tmp_path / "twice.py"
    script.write_text(TWICE)
    preflight.backbone(asked(pictures), settings)
    arguments = [sys.executable, str(script), pictures.data, str(settings.cache), str(image_set), str(tmp_path)]
    both = [subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = [process.communicate(timeout=patience.SECONDS)[0] for process in both]
    assert [process.returncode for process in both] == [0, 0]
    assert sum(line.startswith("embedded ") for lines in said for line in lines.splitlines()) == 1
    assert len({lines.splitlines()[-1] for lines in said}) == 1


def job(pictures: Pictures, settings: Settings) -> EmbedJob:
    spec, image_set = asked(pictures), extracted(pictures, settings)
    plan = planning.embedding(image_set, spec, settings)
    return EmbedJob(
        data=spec.data,
        class_names="",
        cache=settings.cache,
        image_set=image_set,
        rows=tuple(feature_sets.missing(plan.place)),
        embedding=plan.embedding,
        weights=plan.weights.file,
        place=plan.place,
        device="cpu",
    )


@pytest.mark.parametrize("every", [0.0, 1e9])
def test_whoever_embeds_keeps_what_it_has_when_the_sweep_is_gone(
    every: float, pictures: Pictures, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(embeddings, "KEPT_EVERY", every)
    many(pictures, 60)
    asked_for, told = job(pictures, settings), []

    class Pipe:
        def send(self, message: int) -> None:
            told.append(message)
            if len(told) == 2:
                raise BrokenPipeError

    assert len(asked_for.rows) == 120
    embeddings.main(asked_for, Pipe())  # type: ignore[arg-type]  # of a pipe that closes, all that is used
    assert told == [32, 64]
    assert feature_sets.missing(asked_for.place) == list(asked_for.rows[64:])
    held = [
        json.loads(path.read_text())["seconds"] for path in asked_for.place.root.glob(f"part-*/{feature_sets.HELD}")
    ]
    assert len(held) == (2 if every == 0 else 1) and all(seconds > 0 for seconds in held)


def test_kill_9_while_embedding_loses_what_was_not_kept_and_no_more(
    pictures: Pictures, settings: Settings, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    many(pictures, 60)
    asked_for = job(pictures, settings)
    (tmp_path / "job").write_bytes(pickle.dumps(asked_for))
    arguments = [sys.executable, "-c", SLOWLY, str(tmp_path / "job")]
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and [int(process.stdout.readline()) for _ in range(2)] == [32, 64]
        process.kill()
    assert feature_sets.missing(asked_for.place) == list(asked_for.rows[64:])
    caplog.set_level("INFO")
    folder = embed.fn(asked_for.image_set, asked(pictures), settings, tmp_path)
    assert folder == asked_for.place.folder and "embedded 56 images in " in caplog.text
    assert [path.name for path in folder.parent.iterdir() if path.is_dir()] == [folder.name]
