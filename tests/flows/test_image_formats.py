"""Of images only a few formats are read, whatever a file is called: Pillow starts Ghostscript on an EPS."""

from pathlib import Path

import bombs
import pytest
from PIL import Image

from steelyard.flows.__main__ import run
from steelyard.tasks.images.decode import Decoded, Unreadable, decode
from steelyard.tasks.sources.helpers.files import FORMATS, SUFFIXES, open_image

EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 20 20\n%%EndComments\n0 0 20 20 rectfill\nshowpage\n%%EOF\n"


@pytest.fixture
def ghostscript(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A ``gs`` on the path that makes this file when it is started."""
    program, started = tmp_path / "bin" / "gs", tmp_path / "started"
    program.parent.mkdir()
    program.write_text(f"#!/bin/sh\ntouch {started}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(program.parent))
    return started


def data(root: Path, kind: str) -> str:
    """Seven images, the last of them an EPS, as ``--data``."""
    rows = sorted(file.relative_to(root).as_posix() for file in root.rglob("*.png"))
    if kind == "hf":
        return bombs.hugging_face(root / "pets.parquet", [(root / row).read_bytes() for row in rows])
    (root / "pets.csv").write_text("path,label\n" + "".join(f"{row},{row[:3]}\n" for row in rows))
    return f"csv:{root / 'pets.csv'}" if kind == "csv" else f"folder:{root}"


@pytest.mark.parametrize("kind", ["folder", "csv", "hf"])
def test_an_eps_under_another_name_is_refused_and_starts_no_program(
    kind: str, pets: Path, ghostscript: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (pets / "dog" / "zz.png").write_bytes(EPS)
    name, positive = ("6", "1") if kind == "hf" else ("dog/zz.png", "dog")
    given = ["--data", data(pets, kind), "--positive", positive, "--cache", str(tmp_path / "cache")]
    assert run(["sweep", "--dry-run", *given]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert (
        f"(BMP, GIF, JPEG, PNG, PPM, TIFF, WEBP), got 1 of 7 that cannot: 1 unreadable: {name} (not an image);" in line
    )
    assert not ghostscript.exists()


@pytest.mark.filterwarnings("ignore:.*image format is deprecated")
def test_no_other_format_of_pillow_is_read(tmp_path: Path) -> None:
    Image.init()
    for kind, file in ((kind, tmp_path / kind) for kind in sorted(Image.SAVE)):
        picture = Image.new("RGB" if kind not in ("XBM", "MSP", "PALM") else "1", (16, 16))
        try:
            picture.save(file, kind)
        except (OSError, ValueError, KeyError):  # Of a format that only some machines, or only some pictures, have.
            continue
        expected = Decoded if kind in (*FORMATS, "MPO") else Unreadable
        found = decode(lambda file=file: open_image(file), 8, None)  # type: ignore[misc]
        assert isinstance(found, expected), kind


def test_each_suffix_is_of_a_format_that_is_read() -> None:
    assert {Image.registered_extensions()[suffix] for suffix in SUFFIXES} == set(FORMATS)
