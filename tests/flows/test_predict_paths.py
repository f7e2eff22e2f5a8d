"""Which files a prediction reads, and what it writes to: nothing is waited for, left out silently, or lost."""

import csv
import os
import signal
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from steelyard.flows.__main__ import run
from steelyard.models.errors import BadInput
from steelyard.tasks.sources import open_source
from steelyard.tasks.sources.helpers.files import images_below

HEADER = "path,label,score,threshold"
Predict = Callable[..., int]


@pytest.fixture(scope="module")
def uri(sweep_in: Callable[[Path], Any], tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store with one sweep of digits."""
    folder = tmp_path_factory.mktemp("digits")
    assert sweep_in(folder)()[0] == 0
    return f"sqlite:///{folder / 'mlflow.db'}"


@pytest.fixture
def predict(uri: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Predict:
    """``predict("photos", "--output", "a.csv")`` in ``tmp_path`` gives the exit code."""
    monkeypatch.chdir(tmp_path)
    return lambda *arguments: run(["predict", "best", *arguments, "--tracking-uri", uri])


def draw(*files: Path) -> None:
    for number, file in enumerate(files):
        file.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(np.full((9, 9), number % 256, dtype=np.uint8)).save(file, format="PNG")


def paths_in(file: Path) -> list[str]:
    with file.open(encoding="utf-8", newline="") as opened:
        return [row["path"] for row in csv.DictReader(opened)]


def test_an_image_or_any_other_file_that_holds_no_predictions_is_not_overwritten(
    predict: Predict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(tmp_path / "a.png", tmp_path / "b.png")
    before = (tmp_path / "a.png").read_bytes()
    (tmp_path / "notes.csv").write_text("path,label\n")
    for arguments in (["a.png", "--output", "a.png"], ["b.png", "--output", "a.png"], ["a.png", "--output=notes.csv"]):
        assert predict(*arguments) == 2
        assert "steelyard: output must be new or predictions, got " in capsys.readouterr().err
    assert (tmp_path / "a.png").read_bytes() == before
    (tmp_path / "out.csv").touch()
    assert [predict(name, "--output", "out.csv") for name in ("a.png", "b.png")] == [0, 0]
    assert paths_in(tmp_path / "out.csv") == ["b.png"]


def test_a_list_of_images_counts_from_its_folder_and_one_without_paths_is_refused(
    predict: Predict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(tmp_path / "new" / "a.png", tmp_path / "new" / "b" / "c.png")
    (tmp_path / "new" / "list.csv").write_text("slice_file;path\nleft; b/c.png\n;a.png\n;gone.png\n")
    assert predict("new/list.csv", "new/a.png", "--output", "out.csv") == 1
    assert paths_in(tmp_path / "out.csv") == ["new/b/c.png", "new/a.png", "new/a.png"]
    assert "unreadable: new/gone.png: " in capsys.readouterr().err
    (tmp_path / "names.csv").write_text("name,label\na.png,8\n")
    assert predict("names.csv", "--output", "out.csv") == 2
    assert "path must be a list with the column path, got name, label in names.csv" in capsys.readouterr().err


def test_a_link_a_device_and_a_pipe_are_written_to_and_stay_what_they_are(predict: Predict, tmp_path: Path) -> None:
    draw(tmp_path / "a.png")
    names = ["link", "first", "null", "pipe"]
    link, first, null, pipe = (tmp_path / name for name in names)
    link.symlink_to("target.csv")
    first.symlink_to("made.csv")
    null.symlink_to(os.devnull)
    os.mkfifo(pipe)
    (tmp_path / "target.csv").write_text(f"{HEADER}\r\nold.png,8,0.5,0.5\r\n")
    read: list[str] = []
    reader = threading.Thread(target=lambda: read.append(pipe.read_text()), daemon=True)
    reader.start()
    assert [predict("a.png", "--output", name) for name in names] == [0] * 4
    reader.join(60)
    assert read[0].startswith(HEADER) and link.is_symlink() and first.is_symlink() and pipe.is_fifo()
    assert paths_in(tmp_path / "target.csv") == paths_in(tmp_path / "made.csv") == ["a.png"]
    assert null.is_char_device()


@pytest.mark.parametrize("kind", ["file", "pipe"])
def test_the_table_goes_to_standard_output_and_what_is_said_about_it_elsewhere(
    kind: str, uri: str, tmp_path: Path
) -> None:
    draw(tmp_path / "a.png")
    # Not /dev/stdout itself: were this to fail, a user who may do anything would lose it.
    (tmp_path / "stdout").symlink_to("/proc/self/fd/1")
    command = [
        sys.executable,
        "-m",
        "steelyard",
        "predict",
        "best",
        "a.png",
        "--tracking-uri",
        uri,
        "--output",
        "stdout",
    ]
    with (tmp_path / "out.csv").open("w") as file:
        to = file if kind == "file" else subprocess.PIPE
        done = subprocess.run(command, cwd=tmp_path, stdout=to, stderr=subprocess.PIPE, text=True, check=True)
    lines = (done.stdout or (tmp_path / "out.csv").read_text()).splitlines()
    assert lines[0] == HEADER and len(lines) == 2 and lines[1].startswith("a.png,")
    assert "stdout: " in done.stderr


def test_what_is_no_file_is_not_waited_for(
    predict: Predict, tmp_path: Path, capsys: pytest.CaptureFixture[str], refused: Callable[..., str]
) -> None:
    draw(tmp_path / "pets" / "cat" / "a.png", tmp_path / "pets" / "dog" / "b.png")
    os.mkfifo(tmp_path / "pets" / "dog" / "x.png")
    (tmp_path / "pets" / "dog" / "z.png").symlink_to("/dev/zero")
    assert predict("pets", "pets/dog/x.png") == 1
    said = capsys.readouterr().err
    assert "unreadable: pets/dog/x.png: not a file" in said and "unreadable: pets/dog/z.png: not a file" in said
    assert paths_in(tmp_path / "predictions.csv") == ["pets/cat/a.png", "pets/dog/b.png"]
    assert run(["sweep", "--data", "folder:pets", "--positive", "dog", "--tracking-uri", "sqlite:///new.db"]) == 2
    assert "dog/x.png (not a file)" in capsys.readouterr().err


def test_linked_folders_are_followed_in_the_order_of_the_image_set(predict: Predict, tmp_path: Path) -> None:
    draw(*(tmp_path / name for name in ("pets/cat/1.png", "pets/cat-2/1.png", "pets/cat.png", "elsewhere/1.png")))
    (tmp_path / "pets" / "bird").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "pets" / "cat" / "above").symlink_to(tmp_path / "pets")
    assert predict("pets") == 0
    found = [Path(path).relative_to("pets").as_posix() for path in paths_in(tmp_path / "predictions.csv")]
    trained = open_source(f"folder:{tmp_path / 'pets'}", tmp_path).table["id"].tolist()
    assert [name for name in found if name != "cat.png"] == trained
    assert found == ["bird/1.png", "cat-2/1.png", "cat.png", "cat/1.png"]


@contextmanager
def nobody() -> Iterator[None]:
    """This process may do no more than any user."""
    mine = os.geteuid()
    if mine == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        os.seteuid(mine)


def test_a_folder_that_is_closed_is_told_and_not_left_out() -> None:
    with tempfile.TemporaryDirectory() as name:
        root = Path(name)
        root.chmod(0o755)
        draw(root / "cat" / "a.png", root / "dog" / "b.png")
        (root / "dog").chmod(0)
        with nobody(), pytest.raises(BadInput, match=r"path must be a folder that can be read, got .*/dog: Perm"):
            images_below(root, "path")
        (root / "dog").chmod(0o755)


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["{long}"], "path must be an image or a folder that exists, got nnn"),
        (["a.png/b.png"], "path must be an image or a folder that exists, got a.png/b.png (Not a directory)"),
        (["a.png", "--output", "{long}"], "output must be a file that can be written, got nnn"),
        (["a.png", "--output", "{long}/a.csv"], "output must be a file that can be written, got nnn"),
    ],
)
def test_a_name_that_cannot_be_is_refused(
    arguments: list[str], line: str, predict: Predict, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    draw(tmp_path / "a.png")
    assert predict(*(part.format(long="n" * 300) for part in arguments)) == 2
    assert capsys.readouterr().err.startswith(f"steelyard: {line}")
    assert [path.name for path in tmp_path.iterdir()] == ["a.png"]


def test_a_file_name_that_is_not_text_is_written_as_the_image_set_has_it(predict: Predict, tmp_path: Path) -> None:
    draw(tmp_path / "pets" / "cat" / "caf.png", tmp_path / "pets" / "dog" / "a.png")
    try:
        (tmp_path / "pets" / "cat" / "caf.png").rename(os.fsdecode(bytes(tmp_path / "pets" / "cat") + b"/caf\xe9.png"))
    except OSError:
        pytest.skip("this file system takes only UTF-8 names")
    assert predict("pets", "--output", f"{'n' * 250}.csv") == 0
    trained = open_source(f"folder:{tmp_path / 'pets'}", tmp_path).table["id"].tolist()
    assert paths_in(tmp_path / f"{'n' * 250}.csv") == [f"pets/{name}" for name in trained]


def test_a_prediction_that_is_terminated_leaves_nothing_half_done(uri: str, tmp_path: Path) -> None:
    draw(*(tmp_path / "pets" / f"{number}.png" for number in range(2000)))
    command = [sys.executable, "-m", "steelyard", "predict", "best", *["pets"] * 20, "--tracking-uri", uri]
    process = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    while not list(tmp_path.glob(".*building")):
        assert process.poll() is None
        time.sleep(0.05)
    process.send_signal(signal.SIGTERM)
    assert process.wait(60) == 143
    assert [path.name for path in tmp_path.iterdir()] == ["pets"]
