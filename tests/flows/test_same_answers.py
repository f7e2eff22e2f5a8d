"""On real photographs an ONNX file, MLflow's model, its server and ``predict`` give the same answers."""

import base64
import csv
import io
import json
import shutil
import zipfile
from collections.abc import Callable
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import onnxruntime
import pandas as pd
import patience
import pytest
import requests
import scoring
from PIL import Image

from steelyard.flows.__main__ import run
from steelyard.tasks.images import pixels
from steelyard.tasks.workers.devices import precision

CATS_AND_DOGS = Path(__file__).parents[3] / "shared" / "data" / "cifar10-cats-dogs.zip"
IMAGES = 50


def cats_and_dogs(folder: Path) -> tuple[list[str], list[Path]]:
    """What a sweep is told, and images that it has not seen: 300 of each to learn from and to test."""
    if not CATS_AND_DOGS.exists():
        pytest.skip(f"{CATS_AND_DOGS} is not here")
    with zipfile.ZipFile(CATS_AND_DOGS) as archive:
        names = [name for name in archive.namelist() if name.endswith((".jpg", ".jpeg"))]
        for kind in ("cat", "dog"):
            (folder / "pets" / kind).mkdir(parents=True)
            own = [name for name in names if f"/{kind}/" in name]
            for name in own[:300]:
                (folder / "pets" / kind / Path(name).name).write_bytes(archive.read(name))
            for name in own[-IMAGES // 2 :]:
                (folder / f"{kind}-{Path(name).name}").write_bytes(archive.read(name))
    return ["--data", f"folder:{folder / 'pets'}", "--positive", "dog"], sorted(folder.glob("*.jp*g"))


def solar_cells(folder: Path) -> tuple[list[str], list[Path]]:
    """The images of the main job, the first of them as JPEG files."""
    elpv = pytest.importorskip("elpv_dataset.utils")
    images, *_ = elpv.load_dataset()
    for number, image in enumerate(images[:IMAGES]):
        Image.fromarray(image).save(folder / f"{number:03}.jpg")
    return [], sorted(folder.glob("*.jpg"))


@pytest.mark.parametrize("source", [solar_cells, cats_and_dogs])
def test_four_ways_to_ask_a_network_give_one_answer_on_50_images(
    source: Callable[[Path], tuple[list[str], list[Path]]],
    migrated: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / "images").mkdir()
    (tmp_path / "server").mkdir()
    shutil.copy(migrated, tmp_path / "mlflow.db")
    uri, files = f"sqlite:///{tmp_path / 'mlflow.db'}", tmp_path / "images"
    asked, photographs = source(files)
    wanted = ["--weights", "0.8", "--register", "same", "--abstain", "0.45"]
    assert run(["sweep", *asked, *wanted, "--tracking-uri", uri]) == 0
    named, output, file = "same@champion", tmp_path / "told.csv", tmp_path / "model.onnx"
    assert run(["predict", named, *map(str, photographs), "--tracking-uri", uri, "--output", str(output)]) == 0
    with output.open(encoding="utf-8", newline="") as opened:
        expected = list(csv.DictReader(opened))
    labels, scores = [row["label"] for row in expected], [float(row["score"]) for row in expected]
    probabilities, abstained = [float(row["probability"]) for row in expected], [row["abstain"] for row in expected]
    assert len(expected) == IMAGES

    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    sent = [base64.b64encode(photograph.read_bytes()).decode() for photograph in photographs]
    loaded = mlflow.pyfunc.load_model(f"models:/{named}").predict(pd.DataFrame({"image": sent}))
    assert loaded["label"].tolist() == labels and loaded["score"].tolist() == pytest.approx(scores, abs=1e-4)
    assert loaded["probability"].tolist() == pytest.approx(probabilities, abs=1e-3)
    assert [str(abstains) for abstains in loaded["abstain"]] == abstained

    with scoring.serving(f"models:/{named}", tmp_path / "server", uri) as base:
        body = {"dataframe_records": [{"image": each} for each in sent]}
        served = requests.post(f"{base}/invocations", json=body, timeout=patience.SECONDS).json()["predictions"]
    assert [row["label"] for row in served] == labels
    assert [row["score"] for row in served] == pytest.approx(scores, abs=1e-4)
    assert [row["probability"] for row in served] == pytest.approx(probabilities, abs=1e-3)
    assert {row["version"] for row in served} == {row["version"] for row in expected} == {"1"}

    if precision("cpu") == "bfloat16":
        return  # The file computes in float32, as the command warns.
    assert run(["export", named, str(file), "--tracking-uri", uri]) == 0
    session = onnxruntime.InferenceSession(file)
    about = session.get_modelmeta().custom_metadata_map
    how = {"size": int(about["size"]), "channels": int(about["channels"]), "bits": int(about["bits"])}
    how |= {"fit": None if about["fit"] == "pad_or_stretch" else about["fit"], "interpolation": about["interpolation"]}
    seen = [pixels.seen(Image.open(io.BytesIO(photograph.read_bytes())), how) for photograph in photographs]
    told = session.run(None, {"images": np.stack(seen)})[0][:, 0].astype(float)
    print(f"\n{source.__name__}: the file differs by at most {np.abs(told - scores).max():.1e}")
    assert told.tolist() == pytest.approx(scores, abs=1e-4)
    assert [json.loads(about["class_names"])[int(score >= float(about["threshold"]))] for score in told] == labels
