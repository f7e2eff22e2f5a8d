"""Sweeps of more than two classes, none of them the one to find."""

import csv
import shlex
from collections.abc import Callable
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from PIL import Image
from sklearn.metrics import balanced_accuracy_score, precision_recall_fscore_support, recall_score

from steelyard.flows.__main__ import run
from steelyard.models.comparison.short_metrics import TRIAL
from steelyard.models.handlings.registry import METHODS
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.settings import Settings

Result = dict[str, Any]
SweepIn = Callable[[Path], Callable[..., tuple[int, Result]]]

OTHERS = [name for name in METHODS if name != "none"]
METRICS = {"recall", "precision", "accuracy", "f1", "balanced_accuracy"}
AREAS = {"loss", "roc_auc", "average_precision"}
SHAPES = ("disc", "ring | <b>x", "square")


@pytest.fixture(scope="module")
def every_handling(sweep_in: SweepIn, tmp_path_factory: pytest.TempPathFactory) -> Result:
    options = {"positive": "", "weights": "power:0:1:3", "handling": ",".join(OTHERS)}
    code, found = sweep_in(tmp_path_factory.mktemp("digits"))(**options, **{"imbalance-factor": "10"})
    assert code == 0
    return found


def scores_of(found: Result, trial: Result, tmp_path: Path) -> pd.DataFrame:
    client = MlflowClient(found["tracking_uri"])
    return pd.read_parquet(client.download_artifacts(trial["run_id"], "scores.parquet", str(tmp_path)))


def test_every_handling_is_a_trial_with_the_same_metrics_under_the_same_names(every_handling: Result) -> None:
    cells = [trial["cell"].partition(":")[0] for trial in every_handling["trials"]]
    assert sorted({*cells}) == sorted({*OTHERS, "none", "weights"})
    client = MlflowClient(every_handling["tracking_uri"])
    assert client.get_experiment(every_handling["experiment_id"]).name == "digits · 10 classes"
    per_class = {f"{of}/{number}/{metric}" for of in ("class", "operating/class") for number in range(10)
                 for metric in ("recall", "precision", "f1")}  # fmt: skip
    expected = {f"{part}/{name}" for part in ("train", "val", "test") for name in METRICS | AREAS} | per_class
    expected |= {f"operating/{part}/{name}" for part in ("val", "test") for name in METRICS}
    expected |= {f"operating/{name}" for name in ("threshold", "feasible", "objective", "rank")}
    expected |= {*TRIAL, "speed/seconds", "speed/seconds_per_epoch", "speed/images_per_second"}
    for trial in every_handling["trials"]:
        run = client.get_run(trial["run_id"])
        assert set(run.data.metrics) == expected
        assert run.data.params["classes"] == "10"
        assert len(run.data.params["class_weights"].split(", ")) == 10
        assert "weight_positive" not in run.data.params


def test_the_metrics_are_those_of_scikit_learn_on_the_kept_scores(every_handling: Result, tmp_path: Path) -> None:
    trial = every_handling["trials"][0]
    scores = scores_of(every_handling, trial, tmp_path)
    test = scores[scores["split"] == "test"]
    columns = [f"score_{place}" for place in range(10)]
    assert test[columns].sum(axis=1).to_numpy() == pytest.approx(1, abs=1e-5)
    called = test[columns].to_numpy().argmax(axis=1)
    metrics = MlflowClient(every_handling["tracking_uri"]).get_run(trial["run_id"]).data.metrics
    assert metrics["test/recall"] == pytest.approx(balanced_accuracy_score(test["label"], called))
    precision, recall, f1, _ = precision_recall_fscore_support(test["label"], called, zero_division=0)
    for place in range(10):
        of_class = tuple(metrics[f"class/{place}/{name}"] for name in ("precision", "recall", "f1"))
        assert of_class == pytest.approx((precision[place], recall[place], f1[place]))
    assert metrics["test/precision"] == pytest.approx(precision.mean())


def test_the_logged_model_gives_the_probability_of_each_class(
    every_handling: Result, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    trial = every_handling["trials"][0]
    kept = scores_of(every_handling, trial, tmp_path)
    image_set = load(Settings().cache / "image_sets" / every_handling["image_set"])
    rows = pd.Index(image_set.table["id"]).get_indexer(pd.Index(kept["id"]))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", every_handling["tracking_uri"])
    predicted = mlflow.pyfunc.load_model(f"runs:/{trial['run_id']}/model").predict(np.asarray(image_set.images[rows]))
    assert list(predicted) == [str(number) for number in range(10)]
    np.testing.assert_allclose(predicted.to_numpy(), kept.filter(like="score_").to_numpy(), atol=1e-6)


@pytest.fixture(scope="module")
def shapes(sweep_in: SweepIn, tmp_path_factory: pytest.TempPathFactory) -> Result:
    """A sweep of three classes for the recall of one; its images and store are in ``folder``."""
    rng, root = np.random.default_rng(0), tmp_path_factory.mktemp("shapes")
    for part, each in (("train", 80), ("test", 20)):
        for place, name in enumerate(SHAPES):
            (root / "images" / part / name).mkdir(parents=True)
            for number in range(each // (place + 1)):
                pixels = rng.integers(0, 150, (9 + number % 5, 12, 3), dtype=np.uint8) + np.uint8(50 * place)
                Image.fromarray(pixels).save(root / "images" / part / name / f"{number:03}.png")
    given = {"data": f"folder:{root / 'images'}", "positive": "", "weights": f"{SHAPES[2]}=4", "size": "16"}
    code, found = sweep_in(root)(**given, objective="recall of square @ precision >= 0.5")
    assert code == 0
    return found | {"folder": root}


def test_the_recall_of_one_class_is_ranked_at_a_threshold_for_its_score(shapes: Result, tmp_path: Path) -> None:
    for trial in shapes["trials"]:
        scores = scores_of(shapes, trial, tmp_path)
        val, at = scores[scores["split"] == "val"], trial["operating"]
        if at["feasible"]:
            called = val["score_2"].astype(float) >= at["threshold"]
            assert at["objective"] == pytest.approx(recall_score(val["label"] == 2, called))
    assert shapes["verdict"]["cells"][0]["feasibility"]["metric"] == "precision"


def test_hostile_names_have_metrics_of_their_own(shapes: Result) -> None:
    metrics = MlflowClient(shapes["tracking_uri"]).get_run(shapes["trials"][0]["run_id"]).data.metrics
    assert {f"class/{name}/recall" for name in ("disc", "ring _ _b_x-1", "square")} <= set(metrics)


def test_predict_names_the_class_and_gives_the_score_that_decides(shapes: Result, tmp_path: Path) -> None:
    output, best = tmp_path / "predictions.csv", shapes["best"]
    images, (trial,) = shapes["folder"] / "images", [of for of in shapes["trials"] if of["trial_id"] == best]
    uri = shapes["tracking_uri"]
    assert run(["predict", "best", str(images / "test"), "--tracking-uri", uri, "--output", str(output)]) == 0
    with output.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    kept = scores_of(shapes, trial, tmp_path).set_index("id")
    threshold = trial["operating"]["threshold"]
    for row in rows:
        scores = kept.loc[str(Path(row["path"]).relative_to(images))].filter(like="score_").astype(float).to_numpy()
        assert float(row["threshold"]) == threshold
        deciding = scores[2] if threshold >= 0 else scores.max()
        assert float(row["score"]) == pytest.approx(deciding, abs=1e-5)
        rest = np.where(np.arange(3) == 2, -1, scores)
        expected = scores.argmax() if threshold < 0 else 2 if scores[2] >= threshold else rest.argmax()
        assert row["label"] == SHAPES[expected]


def test_predict_reads_the_objective_of_a_sweep_that_mlflow_run_quoted(
    shapes: Result, sweep_in: SweepIn, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    client, asked = MlflowClient(shapes["tracking_uri"]), "recall of square @ precision >= 0.5"
    adopted = client.create_run(shapes["experiment_id"]).info.run_id
    client.log_param(adopted, "objective", shlex.quote(asked))
    monkeypatch.setenv("MLFLOW_RUN_ID", adopted)
    images = shapes["folder"] / "images"
    given = {"data": f"folder:{images}", "positive": "", "weights": f"{SHAPES[2]}=4", "size": "16"}
    code, found = sweep_in(tmp_path)(**given, objective=asked, uri=shapes["tracking_uri"])
    assert (code, found["sweep_run_id"]) == (0, adopted)
    output, files = tmp_path / "predictions.csv", str(images / "test" / "square")
    given_too = ["--tracking-uri", shapes["tracking_uri"], "--output", str(output)]
    assert run(["predict", adopted, files, *given_too]) == 0
    assert len(output.read_text(encoding="utf-8").splitlines()) == 1 + len(list(Path(files).iterdir()))


@pytest.mark.parametrize("kind", ["every_handling", "shapes"])
def test_the_report_is_kept_and_written_again_byte_for_byte(
    kind: str, request: pytest.FixtureRequest, tmp_path: Path
) -> None:
    found, again = request.getfixturevalue(kind), tmp_path / "again.html"
    name, uri = found["sweep_run_id"], found["tracking_uri"]
    assert run(["report", name, "--tracking-uri", uri, "--output", str(again)]) == 0
    kept = Path(MlflowClient(uri).download_artifacts(name, "report.html", str(tmp_path)))
    assert kept.read_bytes() == again.read_bytes()
    assert "recall of each, and what each is taken for" in again.read_text(encoding="utf-8")
