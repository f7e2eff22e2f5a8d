"""Images that become features: each once, by what the backbone makes of it alone, however often it is cut short."""

from __future__ import annotations

import json
import pickle
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import patience
import pytest
from PIL import Image

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import planning, preflight
from steelyard.tasks.embed import embed
from steelyard.tasks.features import embedding as embeddings
from steelyard.tasks.features import feature_sets
from steelyard.tasks.features.embedding import EmbedJob, build
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load as load_images
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

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


def asked(pictures: Pictures, **given: Any) -> Sweep:
    told = {"data": pictures.data, "positive": "cat", "size": 16, "backbone_size": 32, "imbalance": 0}
    return Sweep.model_validate(told | given)


@pytest.fixture
def settings(cache: Path) -> Settings:
    return Settings(cache=cache, device="cpu", workers=1)


def extracted(pictures: Pictures, settings: Settings) -> Path:
    return extract_images(open_source(pictures.data, settings.cache), 16, settings.cache, skip_unusable=False)


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
        origin=spec.origin,
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

    # It ignores Ctrl-C in the process that it has for itself, and this one goes on with other tests.
    monkeypatch.setattr(embeddings.signal, "signal", lambda number, handler: None)
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
