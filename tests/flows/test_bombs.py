"""A small file that unpacks to what no memory holds is refused in one line, or unreadable, in bounded memory."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import bombs
import numpy as np
import pytest
from PIL import Image

from steelyard.flows.__main__ import run
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import read_manifest
from steelyard.tasks.sources import open_source

MEGABYTES = 150
WITHIN = """
import resource, sys
from pathlib import Path
from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.sources import open_source

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for data in sys.argv[2:]:
    try:
        extract_images(open_source(data, Path(sys.argv[1])), 8, Path(sys.argv[1]), True)
    except BadInput as error:
        print(error)
print((resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) // 1024)
"""


def files(path: Path, kind: str) -> str:
    """A source of 6 images and a bomb, as ``--data``."""
    rng, root = np.random.default_rng(0), path / "pets"
    for name in ("cat", "dog"):
        (root / name).mkdir(parents=True)
        for number in range(3):
            Image.fromarray(rng.integers(0, 256, (8, 8), dtype=np.uint8)).save(root / name / f"{number}.png")
    (root / "cat" / "bomb.png").write_bytes(bombs.png())
    rows = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.png"))
    if kind == "hf":
        return bombs.hugging_face(path / "pets.parquet", [(root / row).read_bytes() for row in rows])
    (root / "pets.csv").write_text("path,label\n" + "".join(f"{row},{row[:3]}\n" for row in rows))
    return f"csv:{root / 'pets.csv'}" if kind == "csv" else f"folder:{root}"


@pytest.mark.parametrize("wrong", bombs.BOMBS)
def test_a_bomb_is_refused(wrong: str, tmp_path: Path, refused: Callable[..., str]) -> None:
    write, line = bombs.BOMBS[wrong]
    file = tmp_path / "bomb"
    assert refused(["--data", write(file)], "--positive", "a").startswith(line.replace("FILE", str(file)))
    assert file.stat().st_size < 1_000_000


@pytest.mark.parametrize("kind", ["folder", "csv", "hf"])
def test_an_image_that_is_a_bomb_is_unreadable(kind: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data, cache = files(tmp_path, kind), tmp_path / "cache"
    positive, bomb = ("1", "3") if kind == "hf" else ("dog", "cat/bomb.png")
    assert run(["sweep", "--dry-run", "--data", data, "--positive", positive, "--cache", str(cache)]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert f"got 1 of 7 that cannot: 1 unreadable: {bomb} (more than 89,478,485 pixels)" in line
    manifest = read_manifest(extract_images(open_source(data, cache), 8, cache, skip_unusable=True))
    assert (manifest.images, len(manifest.unusable)) == (6, 1)


def test_no_bomb_takes_more_memory_than_its_bound(tmp_path: Path) -> None:
    data = [write(tmp_path / str(number)) for number, (write, _) in enumerate(bombs.BOMBS.values())]
    arguments = [sys.executable, "-c", WITHIN, str(tmp_path / "cache"), *data, files(tmp_path, "folder")]
    *lines, grown = subprocess.run(arguments, capture_output=True, text=True, check=True).stdout.splitlines()
    assert len(lines) == len(data)
    assert int(grown) < MEGABYTES
