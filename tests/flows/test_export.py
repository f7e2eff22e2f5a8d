"""A network as one ONNX file decides as ``predict`` does, in a Python that cannot import Steelyard, torch or MLflow."""

import csv
import json
import re
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import onnx
import pytest
import torch
from PIL import Image

from steelyard.flows.__main__ import run
from steelyard.models.train import backbone
from steelyard.models.train.scores import Scores, in_float32
from steelyard.tasks import onnx_file
from steelyard.tasks.workers.devices import precision

FEATURES = {"recipe": "features", "size": "32", "backbone-size": "32", "folds": "1"}
SOUND = {"recipe": "sound", "size": "16", "epochs": "2", "seeds": "1,"}
NAME = "parts-inspector"
REFERENCE = Path(__file__).parents[2] / "docs" / "reference.md"
ALONE = "import sys; sys.modules |= dict.fromkeys(('steelyard', 'torch', 'mlflow')); exec(open(sys.argv.pop(1)).read())"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour and grey pictures of several shapes, JPEG and PNG, each class a bit brighter; 50 of them are test."""
    rng, root = np.random.default_rng(0), tmp_path_factory.mktemp("export") / "parts"
    for part, counts in (("train", (60, 30, 20)), ("test", (30, 12, 8))):
        for lift, (name, count) in enumerate(zip(("disc", "ring", "square"), counts, strict=True)):
            (root / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(0, 190, (9 + number % 5, 12, 3), dtype=np.uint8) + np.uint8(30 * lift)
                image = Image.fromarray(pixels if number % 3 else pixels[..., 0])
                image.save(root / part / name / f"{number:03}.{'png' if number % 2 else 'jpg'}")
    return root


@pytest.fixture(scope="module")
def swept(migrated: Path, parts: Path) -> Callable[..., dict[str, Any]]:
    """``swept(FEATURES, positive="square")`` is what a small sweep found; all share a store."""
    output, store = parts.parent / "out.json", parts.parent / "mlflow.db"
    shutil.copy(migrated, store)

    def found(recipe: dict[str, str], **options: str) -> dict[str, Any]:
        given = {"data": f"folder:{parts}", "tracking-uri": f"sqlite:///{store}", "json": str(output), "weights": "0.8"}
        asked = (given if options.get("positive") else given | {"weights": "power:0.5"}) | recipe | options
        assert run(["sweep", *(part for name, value in asked.items() for part in (f"--{name}", value))]) == 0
        return dict(json.loads(output.read_text()))

    return found


@pytest.fixture(scope="module")
def uri(swept: Callable[..., dict[str, Any]]) -> str:
    """The store of a sweep on features, whose network is registered."""
    found = swept(FEATURES, positive="square")
    assert run(["register", "--as", NAME, "--tracking-uri", found["tracking_uri"]]) == 0
    return str(found["tracking_uri"])


def agree(named: str, uri: str, parts: Path, folder: Path) -> dict[str, str]:
    """Compare a file with ``predict`` on all images of test; gives what the file tells of itself."""
    file, output = folder / "model.onnx", folder / "predictions.csv"
    assert run(["export", named, str(file), "--tracking-uri", uri]) == 0
    assert run(["predict", named, str(parts / "test"), "--tracking-uri", uri, "--output", str(output)]) == 0
    with output.open(encoding="utf-8", newline="") as opened:
        expected = list(csv.DictReader(opened))
    [script] = [of for of in re.findall(r"```python\n(.*?)```", REFERENCE.read_text(), re.S) if "onnxruntime" in of]
    (folder / "decide.py").write_text(script)
    command = [sys.executable, "-c", ALONE, str(folder / "decide.py"), str(file), *(row["path"] for row in expected)]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=True)
    rows = [line.split("\t") for line in done.stdout.splitlines()]
    assert len(rows) == 50 and [row[:2] for row in rows] == [[row["path"], row["label"]] for row in expected]
    assert [float(row[2]) for row in rows] == pytest.approx([float(row["score"]) for row in expected], abs=1e-4)
    assert len({row[1] for row in rows}) > 1
    return {of.key: of.value for of in onnx.load(file).metadata_props}


@pytest.mark.skipif(precision("cpu") == "bfloat16", reason="the backbone runs in bfloat16 here, a file in float32")
def test_a_registered_network_on_features_decides_in_one_file(uri: str, parts: Path, tmp_path: Path) -> None:
    about = agree(f"{NAME}@challenger", uri, parts, tmp_path)
    assert json.loads(about["class_names"])[1] == about["threshold_class"] == "square"
    assert about["model_version"] == f"{NAME}/1" and about["objective"].startswith("recall @ precision >= 0.7")
    assert 0 < float(about["prevalence"]) < 1 and (about["size"], about["channels"]) == ("32", "3")
    assert sorted(file.name for file in tmp_path.iterdir()) == ["decide.py", "model.onnx", "predictions.csv"]


def test_a_network_trained_on_pixels_does_and_links_are_written_to_and_older_files_replaced(
    swept: Callable[..., dict[str, Any]], parts: Path, tmp_path: Path
) -> None:
    found = swept(SOUND, positive="square")
    (tmp_path / "link").symlink_to(tmp_path / "model.onnx")
    assert run(["export", "best", str(tmp_path / "link"), "--tracking-uri", found["tracking_uri"]]) == 0
    assert (tmp_path / "link").is_symlink() and onnx_file.is_one(tmp_path / "model.onnx")
    about = agree(found["trials"][0]["run_id"], found["tracking_uri"], parts, tmp_path)
    assert about["run_id"] == found["trials"][0]["run_id"] and about["objective"].startswith("recall @ precision >= ")
    assert "model_version" not in about


@pytest.mark.parametrize("objective", ["balanced_accuracy", "recall of ring @ precision >= 0.4"])
def test_one_of_several_classes_does(
    objective: str, swept: Callable[..., dict[str, Any]], parts: Path, tmp_path: Path
) -> None:
    found = swept(SOUND, objective=objective)
    about = agree(found["sweep_run_id"], found["tracking_uri"], parts, tmp_path)
    assert json.loads(about["class_names"]) == ["disc", "ring", "square"]
    assert about["threshold_class"] == ("ring" if "ring" in objective else "")


def test_what_ran_in_bfloat16_is_written_in_float32(tmp_path: Path) -> None:
    body: dict[str, Any] = {"backbone": "lite0", "size": 32, "mean": [0.5] * 3, "std": [0.2] * 3}
    network = backbone.classifier(2, [3, 4], folded=True, precision="bfloat16", **body).eval()
    full = Scores(in_float32(network), positive_only=True).eval()
    onnx_file.write(tmp_path / "model.onnx", full, 32, 3, {})
    assert onnx_file.difference(tmp_path / "model.onnx", full, 32, 3) < 1e-5
    assert network[0].dtype == torch.bfloat16 and next(network[0].parameters()).dtype == torch.bfloat16


def test_a_file_that_answers_otherwise_is_found(tmp_path: Path) -> None:
    plain = {"backbone": "lite0", "size": 32, "layers": [3], "mean": [0.5] * 3, "std": [0.2] * 3}
    networks = [Scores(backbone.classifier(2, **plain).eval(), positive_only=True).eval() for _ in range(2)]  # type: ignore[arg-type]
    onnx_file.write(tmp_path / "model.onnx", networks[0], 32, 3, {})
    assert onnx_file.difference(tmp_path / "model.onnx", networks[1], 32, 3) > 1e-4


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["nobody@challenger", "new.onnx"], "run must name a model that is registered in "),
        (["nothing", "new.onnx"], "run must be the id of a trial's or a sweep's run in "),
        (["best", "mine.txt"], "output must be new or an ONNX model, got {folder}/mine.txt, which is neither; "),
        (["best", "missing/new.onnx"], "output must lie in a folder that exists, got {folder}/missing/new.onnx; "),
    ],
)
def test_what_cannot_be_is_one_line_and_leaves_nothing(
    arguments: list[str], line: str, uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (tmp_path / "mine.txt").write_text("mine\n")
    assert run(["export", arguments[0], str(tmp_path / arguments[1]), "--tracking-uri", uri]) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith(f"steelyard: {line.format(folder=tmp_path)}")
    assert [file.name for file in tmp_path.iterdir()] == ["mine.txt"]
    assert (tmp_path / "mine.txt").read_text() == "mine\n"


def test_a_network_that_differs_is_one_line_and_the_old_file_stays(
    uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    output = tmp_path / "model.onnx"
    assert run(["export", "best", str(output), "--tracking-uri", uri]) == 0
    before, _ = output.read_bytes(), capsys.readouterr()
    monkeypatch.setattr("steelyard.tasks.export.MOST", -1.0)
    assert run(["export", "best", str(output), "--tracking-uri", uri]) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert "cannot write as ONNX (its scores differ by " in said
    assert output.read_bytes() == before and [file.name for file in tmp_path.iterdir()] == ["model.onnx"]


def test_without_onnx_it_says_what_to_install(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "onnx", None)
    monkeypatch.delitem(sys.modules, "steelyard.tasks.onnx_file")
    assert run(["export", "best", str(tmp_path / "new.onnx")]) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert (
        said.startswith("steelyard: export needs onnx and onnxruntime (") and "pip install 'steelyard[export]'" in said
    )
