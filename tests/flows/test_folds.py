"""Folds, from the command line to the model: every image tests once, and the mean of the folds' networks decides."""

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import mlflow.pyfunc
import numpy as np
import pandas as pd
import pytest
import torch
from mlflow import MlflowClient
from PIL import Image
from scipy.special import expit, logit
from sklearn.datasets import load_digits

from steelyard.flows.__main__ import run
from steelyard.models.report.other_thresholds import other_thresholds
from steelyard.models.verdict.chosen import Chosen, chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.tasks import judging
from steelyard.tasks.report import reports

Found = dict[str, Any]
IMAGES = 1797


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("folds")


@pytest.fixture(scope="module")
def swept(place: Path) -> Callable[..., Found]:
    def sweep(*more: str, folds: int = 3) -> Found:
        given = ["--data", "digits", "--size", "8", "--backbone-size", "32", "--device", "cpu", f"--folds={folds}"]
        where = ["--tracking-uri", f"sqlite:///{place}/mlflow.db", "--cache", f"{place}/cache"]
        assert run(["sweep", *given, *where, "--json", f"{place}/out.json", *more]) == 0
        found: Found = json.loads((place / "out.json").read_text())
        return found

    return sweep


@pytest.fixture(scope="module")
def eights(swept: Callable[..., Found]) -> Found:
    return swept("--positive", "8", "--weights", "0.8", "--handling", "upsample", "--seeds", "2")


@pytest.fixture(scope="module")
def every_class(swept: Callable[..., Found]) -> Found:
    return swept("--seeds", "1,")


def client(found: Found) -> MlflowClient:
    return MlflowClient(found["tracking_uri"])


def test_a_trial_is_a_cell_a_fold_and_a_seed_and_its_run_says_which(eights: Found) -> None:
    trials = [(trial["cell"], trial["fold"], trial["seed"]) for trial in eights["trials"]]
    solved = [(cell, fold, 1) for cell in ("none", "weights 0.8") for fold in (1, 2, 3)]
    assert sorted(trials) == sorted(solved + [("upsample", fold, seed) for fold in (1, 2, 3) for seed in (1, 2)])
    for trial in eights["trials"]:
        told = client(eights).get_run(trial["run_id"])
        assert (told.data.params["folds"], told.data.params["fold"]) == ("3", str(trial["fold"]))
        assert f" · fold {trial['fold']}" in str(told.info.run_name)


def test_every_image_tests_once_in_each_cell_and_seed(eights: Found, tmp_path: Path) -> None:
    for one in eights["pooled"]:
        runs = [of["run_id"] for of in eights["trials"] if of["trial_id"] in one["of_folds"]]
        tables = [
            pd.read_parquet(client(eights).download_artifacts(of, "scores.parquet", str(tmp_path))) for of in runs
        ]
        for _, of_part in pd.concat(tables).groupby("split"):
            assert len(of_part) == IMAGES and of_part["id"].is_unique
    assert {(one["cell"], one["seed"]) for one in eights["pooled"]} == {
        ("none", 1),
        ("weights 0.8", 1),
        ("upsample", 1),
        ("upsample", 2),
    }
    assert eights["verdict"]["sizes"] == [1623, 174]


def test_the_baseline_was_trained_on_parts_of_train_too_and_what_they_score_is_kept(
    eights: Found, tmp_path: Path
) -> None:
    learning = eights["verdict"]["learning"]
    assert learning["shares"] == [0.25, 0.5, 0.75, 1.0]
    baseline = next(cell for cell in eights["verdict"]["cells"] if cell["cell"] == "none")
    assert learning["cell"] == "none"
    assert learning["areas"][-1]["value"] == pytest.approx(baseline["areas"]["roc_auc"]["value"], abs=1e-3)
    runs = [of["run_id"] for of in eights["trials"] if of["cell"] == "none"]
    kept = [pd.read_parquet(client(eights).download_artifacts(of, "learning.parquet", str(tmp_path))) for of in runs]
    for _, of_quarters in pd.concat(kept).groupby("quarters"):
        assert len(of_quarters) == IMAGES and of_quarters["id"].is_unique
    assert eights["verdict"]["folds"] == 3
    cells = {cell["cell"]: cell["n"] for cell in eights["cells"]}
    assert cells == {"none": 1, "weights 0.8": 1, "upsample": 2}


def runs_of_best(found: Found) -> tuple[str, list[str]]:
    """The run with the model to use, and those of the folds that it is the mean of."""
    best = next(one for one in found["pooled"] if one["trial_id"] == found["best"])
    return found["final_run"], [of["run_id"] for of in found["trials"] if of["trial_id"] in best["of_folds"]]


def test_the_model_to_use_is_the_folds_mean_and_decides_as_is_told(eights: Found) -> None:
    final = client(eights).get_run(eights["final_run"])
    best = next(one for one in eights["pooled"] if one["trial_id"] == eights["best"])
    assert final.data.tags["role"] == "final" and final.info.status == "FINISHED"
    assert final.data.params["fold"] == "0" and final.data.params["folds"] == "3"
    assert final.data.metrics["operating/threshold"] == best["operating"]["threshold"]
    assert final.data.metrics["operating/test/recall"] == best["operating"]["test"]["recall"]
    assert "test/recall" not in final.data.metrics, "it was tested on nothing"
    assert len(final.outputs.model_outputs) == 1
    assert "is the mean of 3 networks" in " ".join(eights["verdict"]["words"])


def test_the_logits_of_the_linear_classifier_to_use_are_the_mean_of_the_folds(eights: Found, tmp_path: Path) -> None:
    def head(run_id: str) -> dict[str, torch.Tensor]:
        loaded: dict[str, torch.Tensor] = torch.load(
            client(eights).download_artifacts(run_id, "head.pt", str(tmp_path))
        )
        return loaded

    final, folds = runs_of_best(eights)
    features = torch.randn(20, head(final)["weight"].shape[1], generator=torch.Generator().manual_seed(0))
    mean, *each = (torch.nn.functional.linear(features, **head(of)) for of in (final, *folds))
    assert len(each) == 3 and (each[0] - each[1]).abs().max() > 1e-3
    torch.testing.assert_close(mean, torch.stack(each).mean(dim=0), atol=1e-5, rtol=1e-5)


def test_the_slider_and_the_curve_bring_at_the_chosen_threshold_what_the_answer_says(eights: Found) -> None:
    dossier = reports.fetch(eights["tracking_uri"], eights["sweep_run_id"])
    slider, point = other_thresholds(dossier), dossier.best.point
    assert slider is not None and slider.thresholds[slider.chosen] == pytest.approx(dossier.best.thresholds[0].value)
    assert slider.at.recall[slider.chosen] == pytest.approx(point["recall"].value, abs=0.05)


def test_predict_takes_that_model(eights: Found, place: Path) -> None:
    digits, images = load_digits(), place / "eights"
    images.mkdir()
    for number in (digits.target == 8).nonzero()[0][:20]:
        Image.fromarray((digits.images[number] * 16).clip(0, 255).astype("uint8")).save(images / f"{number}.png")
    given = ["--tracking-uri", eights["tracking_uri"], "--output", f"{place}/p.csv"]
    assert run(["predict", eights["sweep_run_id"], str(images), *given]) == 0
    table = pd.read_csv(place / "p.csv")
    best = next(one for one in eights["pooled"] if one["trial_id"] == eights["best"])
    assert table["threshold"].unique() == pytest.approx([best["operating"]["threshold"]])
    assert (table["label"] == 8).mean() > 0.8


def test_it_is_shown_what_the_networks_looked_at_in_the_images_that_they_got_wrong(
    eights: Found, tmp_path: Path
) -> None:
    file = client(eights).download_artifacts(eights["sweep_run_id"], "gallery.parquet", str(tmp_path))
    gallery = pd.read_parquet(file)
    assert len(gallery) and all(png.startswith(b"\x89PNG") for png in gallery["saliency"])


def test_told_again_it_trains_nothing_and_hands_over_the_same_model(eights: Found, swept: Callable[..., Found]) -> None:
    again = swept("--positive", "8", "--weights", "0.8", "--handling", "upsample", "--seeds", "2")
    assert all(trial["reused_from"] for trial in again["trials"])
    assert again["verdict"]["words"] == eights["verdict"]["words"]
    first, second = (
        torch.load(client(found).download_artifacts(found["final_run"], "head.pt")) for found in (eights, again)
    )
    assert all(torch.equal(first[name], second[name]) for name in ("weight", "bias"))


def test_a_model_of_several_networks_on_pixels_averages_their_logits(
    swept: Callable[..., Found], place: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = swept("--positive", "8", "--recipe", "sound", "--epochs", "1", "--weights", "0.5", "--seeds", "1,")
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    mlflow.set_tracking_uri(found["tracking_uri"])
    images = (load_digits().images[:40, ..., None] * 15).astype(np.uint8)

    def log_odds(run_id: str) -> Any:
        return logit(mlflow.pyfunc.load_model(f"runs:/{run_id}/model").predict(images)["score"].to_numpy(np.float64))

    final, folds = runs_of_best(found)
    mean, each = log_odds(final), [log_odds(of) for of in folds]
    assert len(each) == 3 and np.abs(each[0] - each[1]).max() > 0.01
    np.testing.assert_allclose(expit(mean), expit(np.mean(each, axis=0)), atol=1e-5)
    named = [final, f"{place}/model.onnx", "--tracking-uri", found["tracking_uri"]]
    assert run(["export", *named]) == 0


def constant_first(evidence: Evidence) -> Chosen:
    found = chosen(evidence)
    return replace(found, cells=sorted(found.cells, key=lambda cell: cell[0] == "none"))


def test_two_folds_are_enough_and_a_constant_predictor_that_comes_first_has_no_model(
    swept: Callable[..., Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(judging, "chosen", constant_first)
    found = swept("--positive", "8", "--weights", "0.5", "--handling", "constant", "--seeds", "1,", folds=2)
    assert {trial["fold"] for trial in found["trials"]} == {1, 2} and not found["verdict"]["sizes"][1] - 174
    final = client(found).get_run(found["final_run"])
    assert (final.info.status, final.data.params["handling"]) == ("FINISHED", "constant")
    assert not final.outputs.model_outputs and final.data.metrics["operating/feasible"] in (0, 1)


def test_its_report_and_its_changes_can_be_read(eights: Found, swept: Callable[..., Found], place: Path) -> None:
    one = swept("--positive", "8", "--weights", "0.8", "--handling", "upsample", "--seeds", "2", "--split-seed", "1")
    both = [eights["sweep_run_id"], one["sweep_run_id"]]
    assert run(["report", *both, "--tracking-uri", eights["tracking_uri"], "--output", f"{place}/two.html"]) == 0
    page = (place / "two.html").read_text()
    assert "on the same images" in page and " folds" in page


def test_a_sweep_of_other_folds_is_compared_too(eights: Found, swept: Callable[..., Found], place: Path) -> None:
    four = swept("--positive", "8", "--weights", "0.8", "--seeds", "1,", folds=4)
    both = [eights["sweep_run_id"], four["sweep_run_id"]]
    assert run(["report", *both, "--tracking-uri", eights["tracking_uri"], "--output", f"{place}/four.html"]) == 0
    assert "folds" in (place / "four.html").read_text()


def test_where_every_class_counts_too_each_image_tests_once(every_class: Found) -> None:
    verdict = every_class["verdict"]
    assert verdict["folds"] == 3 and sum(verdict["sizes"]) == IMAGES
    assert len(every_class["trials"]) == 3 * len(verdict["cells"])
    best = verdict["cells"][0]
    assert best["point"]["balanced_accuracy"]["low"] < best["point"]["balanced_accuracy"]["value"]
    assert sum(map(sum, best["confusion"])) == pytest.approx(IMAGES)
    assert client(every_class).get_run(every_class["final_run"]).info.status == "FINISHED"


@pytest.mark.parametrize(
    ("more", "line"),
    [
        (["--folds", "5", "--recipe", "tutorial"], "folds must be 1 where test is to validate on, got 5"),
        (["--folds", "many"], "folds must be a valid integer"),
    ],
)
def test_what_cannot_be_is_refused(more: list[str], line: str, refused: Callable[..., str]) -> None:
    assert refused(["--data", "digits", "--positive", "8", *more]).startswith(line)
