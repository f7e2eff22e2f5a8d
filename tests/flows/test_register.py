"""A sweep's network gets a name in MLflow's registry and decides on images, wherever it is asked."""

import base64
import csv
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import numpy.typing as npt
import pandas as pd
import patience
import pytest
import requests
import scoring
from mlflow import MlflowClient
from PIL import Image
from scipy.special import expit, logit

from steelyard.flows.__main__ import run
from steelyard.models.calibration.priors import correct

Sweep = Callable[..., tuple[int, dict[str, Any]]]
NAME = "parts-inspector"


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Colour pictures of several sizes, squares brighter than discs; some JPEG, some grey, some of 16 bits."""
    rng, root = np.random.default_rng(0), tmp_path_factory.mktemp("register") / "parts"
    for part, each in (("train", 60), ("test", 30)):
        for name, lift in (("disc", 0), ("square", 60)):
            (root / part / name).mkdir(parents=True)
            for number in range(each if name == "disc" else each // 3):
                pixels = rng.integers(0, 190, (9 + number % 5, 12, 3), dtype=np.uint8) + np.uint8(lift)
                image = Image.fromarray(pixels if number % 3 else pixels[..., 0])
                image.save(root / part / name / f"{number:03}.{'png' if number % 2 else 'jpg'}")
    return root


@pytest.fixture(scope="module")
def found(sweep_in: Callable[[Path], Sweep], parts: Path) -> dict[str, Any]:
    """A sweep of which the network is registered, and the answers of that to all images of test."""
    code, found = sweep_in(parts.parent)(data=f"folder:{parts}", positive="square", size="16")
    assert code == 0
    assert run(["register", "--as", NAME, "--tracking-uri", found["tracking_uri"]]) == 0
    return found


@pytest.fixture(scope="module")
def uri(found: dict[str, Any]) -> str:
    return str(found["tracking_uri"])


@pytest.fixture(scope="module")
def predicted(uri: str, parts: Path) -> list[dict[str, str]]:
    """A row of ``steelyard predict NAME@challenger`` for each image of test."""
    output = parts.parent / "registered.csv"
    named = f"{NAME}@challenger"
    assert run(["predict", named, str(parts / "test"), "--tracking-uri", uri, "--output", str(output)]) == 0
    with output.open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def decision_of(model: mlflow.pyfunc.PyFuncModel) -> dict[str, Any]:
    decision: dict[str, Any] = model.metadata.flavors["python_function"]["config"]["decision"]
    return decision


def probabilities(answers: pd.DataFrame, decision: dict[str, Any], prevalence: float) -> npt.NDArray[np.float64]:
    """Of scores, calibrated by Platt's curve where one was taken, at a prevalence."""
    scores, platt = answers["score"].to_numpy(), decision["calibrator"]
    if platt is None:
        return correct(scores, decision["learned"], prevalence)
    return correct(expit(platt["slope"] * logit(scores) + platt["offset"]), platt["share"], prevalence)


def test_it_decides_as_the_network_of_the_sweep(
    predicted: list[dict[str, str]], uri: str, parts: Path, tmp_path: Path
) -> None:
    output = tmp_path / "best.csv"
    assert run(["predict", "best", str(parts / "test"), "--tracking-uri", uri, "--output", str(output)]) == 0
    decided = pd.DataFrame(predicted)[["path", "label", "score", "threshold"]]
    assert pd.read_csv(output).equals(decided.astype({"score": float, "threshold": float}))
    assert {row["label"] for row in predicted} == {"disc", "square"}


def test_files_arrays_and_base64_get_the_answers_of_predict(
    predicted: list[dict[str, str]], uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    model = mlflow.pyfunc.load_model(f"models:/{NAME}@challenger")
    sent = [Path(row["path"]).read_bytes() for row in predicted]
    answers = model.predict(pd.DataFrame({"image": sent}))
    assert answers["label"].tolist() == [row["label"] for row in predicted]
    assert answers["score"].tolist() == pytest.approx([float(row["score"]) for row in predicted], abs=1e-6)
    assert answers["probability"].tolist() == pytest.approx([float(row["probability"]) for row in predicted], abs=1e-5)
    assert set(answers["version"]) == {row["version"] for row in predicted} == {"1"}
    as_text = pd.DataFrame({"image": [base64.b64encode(each).decode() for each in sent]})
    assert model.predict(as_text).equals(answers)
    arrays = pd.DataFrame({"image": [np.asarray(Image.open(row["path"])) for row in predicted]})
    assert model.predict(arrays).equals(answers)


def test_threshold_and_prevalence_can_be_overridden_and_probabilities_are_corrected(
    predicted: list[dict[str, str]], found: dict[str, Any], uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    model = mlflow.pyfunc.load_model(f"models:/{NAME}/1")
    images = pd.DataFrame({"image": [Path(row["path"]).read_bytes() for row in predicted]})
    answers = model.predict(images, params={"threshold": 0.0, "prevalence": 0.05})
    assert set(answers["label"]) == {"square"} and set(answers["threshold"]) == {0.0}
    decision = decision_of(model)
    assert decision["learned"] == found["verdict"]["cells"][0]["calibration"][0]["learned"]
    assert answers["probability"].to_numpy() == pytest.approx(probabilities(answers, decision, 0.05))


def test_mlflow_serves_it_where_steelyard_is_not_installed_and_an_image_that_cannot_be_read_is_named(
    predicted: list[dict[str, str]], uri: str, tmp_path: Path
) -> None:
    (tmp_path / "server").mkdir()
    sent = [base64.b64encode(Path(row["path"]).read_bytes()).decode() for row in predicted]
    with scoring.serving(f"models:/{NAME}@challenger", tmp_path / "server", uri) as base:
        asked = {"dataframe_records": [{"image": each} for each in sent]}
        answer = requests.post(f"{base}/invocations", json=asked, timeout=patience.SECONDS)
        wrong = {"dataframe_records": [{"image": sent[0]}, {"image": "bm8gaW1hZ2U="}]}
        refused = requests.post(f"{base}/invocations", json=wrong, timeout=patience.SECONDS)
    rows = answer.json()["predictions"]
    assert [row["label"] for row in rows] == [row["label"] for row in predicted]
    assert [row["score"] for row in rows] == pytest.approx([float(row["score"]) for row in predicted], abs=1e-6)
    assert all(row["version"] == "1" and 0 <= row["probability"] <= 1 for row in rows)
    assert refused.status_code == 400 and "image 1 must be the bytes of an image file" in refused.text


def test_mlflow_makes_a_dockerfile_of_it_with_all_that_it_needs(
    found: dict[str, Any], uri: str, tmp_path: Path
) -> None:
    command = ["-m", "mlflow", "models", "generate-dockerfile", "-m", f"models:/{NAME}@challenger", "-d", str(tmp_path)]
    subprocess.run(
        [sys.executable, *command], env=os.environ | {"MLFLOW_TRACKING_URI": uri}, capture_output=True, check=True
    )
    dockerfile = (tmp_path / "Dockerfile").read_text()
    assert "COPY model_dir /opt/ml/model" in dockerfile and "pip install mlflow==" in dockerfile
    needed = (tmp_path / "model_dir" / "requirements.txt").read_text()
    assert "torch==" in needed and "steelyard" not in needed and "+" not in needed
    assert {"MLmodel", "served_model.py", "model_card.md"} <= {file.name for file in (tmp_path / "model_dir").iterdir()}


def test_its_version_says_what_it_decides_how_well_and_where_it_comes_from(found: dict[str, Any], uri: str) -> None:
    version = MlflowClient(uri).get_model_version_by_alias(NAME, "challenger")
    best = next(trial for trial in found["trials"] if trial["trial_id"] == found["best"])
    assert version.tags["objective"] == found["objective"] and version.tags["sweep_id"] == found["sweep_run_id"]
    assert float(version.tags["threshold"]) == best["operating"]["threshold"]
    card = version.description
    assert all(f"## {title}" in card for title in ("What it decides", "How well", "What it learned from", "Limits"))
    assert "It calls an image square where its score is at least" in card and "disc" in card


def test_it_is_a_version_more_each_time_and_the_last_is_the_challenger(
    sweep_in: Callable[[Path], Sweep], found: dict[str, Any], uri: str
) -> None:
    trial = found["trials"][-1]["run_id"]
    assert run(["register", trial, "--as", "other", "--tracking-uri", uri]) == 0
    assert run(["register", trial, "--as", "other", "--tracking-uri", uri]) == 0
    assert MlflowClient(uri).get_model_version_by_alias("other", "challenger").version in (2, "2")


def test_it_abstains_near_its_threshold_and_calibrates_as_its_decision_says(
    predicted: list[dict[str, str]], uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert run(["register", "--as", "careful", "--abstain", "0.2", "--tracking-uri", uri]) == 0
    monkeypatch.setenv("MLFLOW_TRACKING_URI", uri)
    model = mlflow.pyfunc.load_model("models:/careful@challenger")
    answers = model.predict(pd.DataFrame({"image": [Path(row["path"]).read_bytes() for row in predicted]}))
    decision, scores = decision_of(model), answers["score"].to_numpy()
    low, high = decision["abstain"]["low"], decision["abstain"]["high"]
    assert answers["abstain"].tolist() == ((scores >= low) & (scores <= high)).tolist()
    assert answers["abstain"].any() == (low <= high)
    assert answers["label"].tolist() == [row["label"] for row in predicted]
    expected = probabilities(answers, decision, decision["prevalence"])
    assert answers["probability"].to_numpy() == pytest.approx(expected)
    card = MlflowClient(uri).get_model_version_by_alias("careful", "challenger").description
    assert "at most 20 in 100 are wrong, with 95 % certainty" in card
    assert "* Platt scaling, cross-validated: Brier score 0." in card


@pytest.mark.parametrize(
    ("arguments", "line"),
    [
        (["register", "--as", "a/b"], "as must be 1 to 100 letters, digits, dots, dashes and underscores, got 'a/b'"),
        (["register", "nothing", "--as", "a"], "run must be the id of a trial's or a sweep's run in "),
        (["register", "--as", "a", "--abstain", "2"], "abstain must be a share of wrong decisions in (0, 0.5), got 2"),
        (["register", "--as", "a", "--abstain", "0.001"], "abstain must be at least 0."),
        (["predict", "nobody@challenger", "{parts}"], "run must name a model that is registered in "),
        (["predict", f"{NAME}/99", "{parts}"], "run must name a model that is registered in "),
        (["predict", f"{NAME}@champ", "{parts}"], "run must name a model that is registered in "),
    ],
)
def test_what_cannot_be_is_one_line(
    arguments: list[str], line: str, uri: str, parts: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    given = [of.format(parts=parts) for of in arguments]
    given += ["--output", str(tmp_path / "out.csv")] if arguments[0] == "predict" else []
    assert run([*given, "--tracking-uri", uri]) == 2
    [said] = capsys.readouterr().err.splitlines()
    assert said.startswith(f"steelyard: {line}")
    assert f"got '{NAME}" not in said or f"; there is {NAME}@c" in said
