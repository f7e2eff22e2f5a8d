"""A first prediction: the network of a sweep decides on image files as it did on the images of its sweep."""

import csv
import random
import shutil
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
import scoring
from mlflow import MlflowClient
from PIL import Image

from steelyard.flows.__main__ import run

Sweep = Callable[..., tuple[int, dict[str, Any]]]
Row = dict[str, str]
MINE = "path,label,score,threshold\nmine.png,square,1,0.5\n"


@pytest.fixture(scope="module")
def pets(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour pictures of several sizes, squares brighter than discs."""
    rng, root = np.random.default_rng(0), tmp_path_factory.mktemp("predict") / "shapes"
    for part, each in (("train", 60), ("test", 30)):
        for name, lift in (("disc", 0), ("square", 60)):
            (root / part / name).mkdir(parents=True)
            for number in range(each if name == "disc" else each // 3):
                pixels = rng.integers(0, 190, (9 + number % 5, 12, 3), dtype=np.uint8) + np.uint8(lift)
                Image.fromarray(pixels).save(root / part / name / f"{number:03}.png")
    return root


@pytest.fixture(scope="module")
def swept(sweep_in: Callable[[Path], Sweep], pets: Path) -> dict[str, Any]:
    code, found = sweep_in(pets.parent)(data=f"folder:{pets}", positive="square", size="16")
    assert code == 0
    return found


@pytest.fixture(scope="module")
def sqlite_uri(swept: dict[str, Any]) -> str:
    """The store of that one sweep, which is only read."""
    return str(swept["tracking_uri"])


def predicted(sqlite_uri: str, output: Path, *arguments: str) -> list[Row]:
    assert run(["predict", *arguments, "--tracking-uri", sqlite_uri, "--output", str(output)]) == 0
    with output.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def kept(sqlite_uri: str, run_id: str, tmp_path: Path) -> "pd.Series[float]":
    path = MlflowClient(sqlite_uri).download_artifacts(run_id, "scores.parquet", str(tmp_path))
    scores = pd.read_parquet(path)
    return scores[scores["split"] == "test"].set_index("id")["score"]


def test_files_get_the_scores_that_the_sweep_kept_and_the_label_of_its_threshold(
    swept: dict[str, Any], pets: Path, sqlite_uri: str, tmp_path: Path
) -> None:
    rows = predicted(sqlite_uri, tmp_path / "out.csv", "best", str(pets / "test"))
    best = next(trial for trial in swept["trials"] if trial["trial_id"] == swept["best"])
    expected, threshold = kept(sqlite_uri, best["run_id"], tmp_path), best["operating"]["threshold"]
    assert [Path(row["path"]).relative_to(pets).as_posix() for row in rows] == sorted(expected.index)
    for row in rows:
        score = float(row["score"])
        assert score == pytest.approx(expected[Path(row["path"]).relative_to(pets).as_posix()], abs=1e-5)
        assert row["label"] == ("square" if score >= threshold else "disc") and float(row["threshold"]) == threshold


def test_a_sweep_stands_for_its_best_trial_and_a_trial_for_itself(
    swept: dict[str, Any], pets: Path, sqlite_uri: str, tmp_path: Path
) -> None:
    file, output = str(pets / "test" / "disc" / "000.png"), tmp_path / "out.csv"
    of_sweep = predicted(sqlite_uri, output, swept["sweep_run_id"], file)
    assert of_sweep == predicted(sqlite_uri, output, "best", file)
    for trial in swept["trials"]:
        [row] = predicted(sqlite_uri, output, trial["run_id"], file)
        assert float(row["threshold"]) == trial["operating"]["threshold"]
        assert (row == of_sweep[0]) == (trial["trial_id"] == swept["best"])


def test_a_class_that_is_called_rest_is_told_from_the_other_one_also_by_a_run_that_calls_both_so(
    sweep_in: Callable[[Path], Sweep], pets: Path, tmp_path: Path
) -> None:
    shutil.copytree(pets, tmp_path / "rests")
    for square in (tmp_path / "rests").glob("*/square"):
        square.rename(square.with_name("rest"))
    code, found = sweep_in(tmp_path)(data=f"folder:{tmp_path / 'rests'}", positive="rest", size="16", epochs="8")
    assert code == 0
    uri, output, test = str(found["tracking_uri"]), tmp_path / "out.csv", str(tmp_path / "rests" / "test")
    rows = predicted(uri, output, "best", test)
    labels = {row["path"]: "rest" if float(row["score"]) >= float(row["threshold"]) else "disc" for row in rows}
    assert {row["path"]: row["label"] for row in rows} == labels
    assert set(labels.values()) == {"rest", "disc"}
    with closing(sqlite3.connect(tmp_path / "mlflow.db")) as store, store:
        store.execute("UPDATE params SET value = 'rest' WHERE key = 'negative'")
        store.execute("DELETE FROM tags WHERE key = 'other_class'")
    of_before = predicted(uri, output, "best", test)
    assert of_before == [row | {"label": row["label"].replace("disc", "not rest")} for row in rows]


def test_50_images_get_the_same_scores_from_mlflows_server_where_steelyard_is_not_installed(
    swept: dict[str, Any], pets: Path, sqlite_uri: str, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    scores = {
        row["path"]: float(row["score"]) for row in predicted(sqlite_uri, tmp_path / "out.csv", "best", str(pets))
    }
    best = next(trial["run_id"] for trial in swept["trials"] if trial["trial_id"] == swept["best"])
    paths, found = random.Random(0).sample(sorted(scores), 50), {}
    with scoring.serving(f"runs:/{best}/model", tmp_path / "server", sqlite_uri) as base:
        for path in paths:
            [found[path]] = (row["score"] for row in scoring.asked(base, np.asarray(Image.open(path))[None]))
    assert found == pytest.approx({path: scores[path] for path in paths}, abs=1e-5)


def test_what_is_no_image_is_told_and_has_no_row(
    swept: dict[str, Any], pets: Path, sqlite_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    broken, output = tmp_path / "broken.png", tmp_path / "out.csv"
    broken.write_text("no image")
    paths = [str(broken), str(pets / "test" / "square")]
    assert run(["predict", "best", *paths, "--tracking-uri", sqlite_uri, "--output", str(output)]) == 1
    assert f"unreadable: {broken}: not an image" in capsys.readouterr().err
    assert len(output.read_text().splitlines()) == 1 + 10


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nothing", "{pets}"], "run must be the id of a trial's or a sweep's run in "),
        (["best", "{pets}/nowhere"], "path must be an image or a folder that exists, got "),
        (["best", "{empty}"], "path must be images or folders of images ("),
        (["best", "{pets}", "--output", "/nowhere/out.csv"], "output must lie in a folder that exists, got /nowhere"),
        (["best", "{pets}", "--output", "{empty}"], "output must be a file that can be written, got "),
        (["best", "{pets}", "--tracking-uri", "sqlite:////nowhere/x.db"], "tracking-uri must be a store that exists"),
    ],
)
def test_what_cannot_be_predicted_is_refused_and_what_was_there_stays(
    arguments: list[str], line: str, swept: dict[str, Any], pets: Path, sqlite_uri: str, tmp_path: Path,
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "empty").mkdir()
    monkeypatch.chdir(tmp_path)
    (tmp_path / "predictions.csv").write_text(MINE)
    filled = [part.format(pets=pets, empty=tmp_path / "empty") for part in arguments]
    given = [] if "--tracking-uri" in filled else ["--tracking-uri", sqlite_uri]
    capsys.readouterr()
    assert run(["predict", *filled, *given]) == 2
    said = capsys.readouterr().err.splitlines()
    assert len(said) == 1 and said[0].startswith(f"steelyard: {line}")
    assert (tmp_path / "predictions.csv").read_text() == MINE
