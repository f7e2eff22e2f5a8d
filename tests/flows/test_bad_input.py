"""Each bad input is one line on standard error and exit code 2, told before any training, with nothing left behind."""

import socket
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from prefect.settings import PREFECT_API_URL, temporary_settings

from steelyard.flows.__main__ import run
from steelyard.tasks.tracking import server

Folder = Callable[..., str]


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    """``folder("cat", "dog", each=30)`` makes a folder of noise per class and gives its ``--data``."""
    rng = np.random.default_rng(0)

    def made(*classes: str, each: int = 30) -> str:
        (tmp_path / "pets").mkdir()
        for name in classes:
            (tmp_path / "pets" / name).mkdir()
            for number in range(each):
                pixels = rng.integers(0, 256, (9, 9), dtype=np.uint8)
                Image.fromarray(pixels).save(tmp_path / "pets" / name / f"{number:03}.png")
        return f"folder:{tmp_path / 'pets'}"

    return made


def refused(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """The one line that a sweep is refused with."""
    store, cache = tmp_path / "mlflow.db", tmp_path / "cache"
    given = ["--cache", str(cache), *arguments]
    given += [] if "--tracking-uri" in arguments else ["--tracking-uri", f"sqlite:///{store}"]
    assert run(["sweep", *given]) == 2
    said = capsys.readouterr()
    lines = [line for line in said.err.splitlines() if line.startswith("steelyard: ")]
    assert len(lines) == 1
    assert "Traceback" not in said.err
    assert not said.out
    assert not store.exists()
    left = [file for file in cache.rglob("*") if file.is_file() and not file.name.endswith(".lock")]
    left = [file for file in left if not file.name.startswith("unusable-")]
    assert not [file for file in left if file.parent.name != "backbones"], "a backbone is the same for all images"
    return lines[0].removeprefix("steelyard: ")


# One for each place that refuses: all that a place refuses is tested where it is.
OPTIONS = [
    (["--weights", "0"], "weights must lie strictly between 0 and 1, got 0; the negative class gets the rest"),
    (["--network", "huge"], "network must be 'residual', 'plain' or 'tutorial', got 'huge'"),
    (["--device", "cuda:99"], "device must be one that is here"),
    (["--device", "toaster"], "device must be auto, cpu, cuda, cuda:N or mps, got 'toaster'"),
    (
        ["--objective", "win"],
        "objective must be one of: recall or precision @ recall >= 0.95",
    ),
    (["--positive", "eight"], "positive must be one of the classes 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, got 'eight'"),
    (["--negative", "8"], "positive and negative must be two classes, got '8' for both"),
    (["--data", "moon"], "data must be "),
    (
        ["--images-root", "."],
        "images-root must be left out for digits, got .; only csv:FILE or parquet:FILE list paths",
    ),
    (["--labels", "nowhere.csv"], "labels must be a file that exists, got "),
    (["--group-by", "series("], "group-by must be a regular expression or exif-date, got 'series(' (missing ), "),
    (["--size", "0"], "size must be greater than or equal to 8, got '0'"),
    (["--epochs", "many"], "epochs must be a valid integer"),
    (["--wieghts", "0.8"], "Unknown option: --wieghts. Did you mean --weights?"),
    (["--json", "/nowhere/out.json"], "json must lie in a folder that exists, got /nowhere/out.json; create /nowhere"),
    (["--json", "/"], "json must be a file that can be written, got /; name another"),
    (["--tracking-uri", "ftp://host"], "tracking-uri"),
]


@pytest.mark.parametrize(("options", "line"), OPTIONS, ids=[" ".join(options) for options, _ in OPTIONS])
def test_a_bad_option_is_refused(
    options: list[str], line: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    usual = {"--data": "digits", "--positive": "8"} | {options[0]: options[1]}
    given = [part for option in usual.items() for part in option]
    assert refused(given, tmp_path, capsys).startswith(line)


FOLDERS: list[tuple[tuple[str, ...], list[str], str]] = [
    (("cat",), [], "data"),
    (("cat", "dog"), [], "positive must name the class to find, one of cat, dog; give --positive NAME"),
    (
        ("cat", "dog"),
        ["--positive", "dog", "--recipe", "sound", "--batch", "1000"],
        "batch must be at most the 44 images of train, got 1000",
    ),
    (
        ("cat", "dog"),
        ["--positive", "dog", "--recipe", "sound", "--train-counts", "cat=900"],
        "train-counts must be at most the 26 cat in train, got cat=900",
    ),
]
"""Classes of a folder, options, and how the line begins."""


@pytest.mark.parametrize(("classes", "options", "line"), FOLDERS)
def test_a_folder_that_does_not_fit_is_refused(
    classes: tuple[str, ...],
    options: list[str],
    line: str,
    folder: Folder,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    given = ["--data", folder(*classes), *options]
    if "--positive" in options:
        assert _refused_late(given, tmp_path, capsys).startswith(line)
    else:
        assert refused(given, tmp_path, capsys).startswith(line)


def _refused_late(arguments: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> str:
    """Refused once the images are known; the image set is whole and stays, the store is untouched."""
    store = tmp_path / "mlflow.db"
    assert run(["sweep", "--cache", str(tmp_path / "cache"), "--tracking-uri", f"sqlite:///{store}", *arguments]) == 2
    assert not store.exists()
    assert not list((tmp_path / "cache" / "sweeps").glob(".building-*"))
    return capsys.readouterr().err.splitlines()[-1].removeprefix("steelyard: ")


@pytest.mark.parametrize("damage", ["truncated.jpg", "text.png"])
def test_an_unreadable_file_is_named_and_nothing_is_kept(
    damage: str, folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder("cat", "dog")
    broken = tmp_path / "pets" / "cat" / damage
    if damage == "text.png":
        broken.write_text("no image")
    else:
        Image.new("RGB", (40, 40)).save(broken)
        broken.write_bytes(broken.read_bytes()[:-200])
    assert f"cat/{damage}" in refused(["--data", data, "--positive", "dog"], tmp_path, capsys)


def test_one_image_under_two_labels_is_named(
    folder: Folder, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder("cat", "dog")
    (tmp_path / "pets/dog/twin.png").write_bytes((tmp_path / "pets/cat/007.png").read_bytes())
    line = refused(["--data", data, "--positive", "dog"], tmp_path, capsys)
    assert "cat/007.png" in line
    assert "dog/twin.png" in line


def test_a_tracking_server_that_swallows_everything_is_refused_within_10_seconds(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with socket.socket() as deaf:
        deaf.bind(("127.0.0.1", 0))
        deaf.listen()
        uri, start = f"http://127.0.0.1:{deaf.getsockname()[1]}", time.monotonic()
        line = refused(["--data", "digits", "--positive", "8", "--tracking-uri", uri], tmp_path, capsys)
        waited = time.monotonic() - start
    assert line.startswith("tracking-uri")
    assert uri in line
    assert server.ANSWER_SECONDS < 9 and waited < 60, "a loaded machine takes its time for all the rest"


def test_a_sweep_that_is_not_there_cannot_be_shown(sqlite_uri: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ui", "no-such-sweep", "--tracking-uri", sqlite_uri]) == 2
    assert "sweep must be the run id of a sweep" in capsys.readouterr().err


def test_a_store_that_is_not_there_is_not_made_to_be_shown(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["ui", "--tracking-uri", f"sqlite:///{tmp_path}/mlflow.db"]) == 2
    assert "tracking-uri must be a store that exists" in capsys.readouterr().err
    assert not list(tmp_path.iterdir())


def test_a_prefect_server_that_does_not_answer_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        line = refused(["--data", "digits", "--positive", "8"], tmp_path, capsys)
    assert line.startswith("PREFECT_API_URL must be a Prefect server that answers, got http://127.0.0.1:9/api")


def test_a_class_name_with_markup_and_dollars_is_text_everywhere(
    folder: Folder, sqlite_uri: str, capsys: pytest.CaptureFixture[str]
) -> None:
    data = folder("[bold] $^$", "rest")
    options = ["--positive", "[bold] $^$", "--size", "8", "--recipe", "sound", "--epochs", "1", "--seeds", "1"]
    options += ["--batch", "16"]
    assert run(["sweep", "--data", data, "--tracking-uri", sqlite_uri, *options]) == 0
    assert "[bold] $^$" in capsys.readouterr().err
