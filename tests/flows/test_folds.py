"""Folds, from the command line to the model: every image tests once, and what decides has learned from all of them."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient
from PIL import Image
from sklearn.datasets import load_digits

from steelyard.flows.__main__ import run
from steelyard.models.report.other_thresholds import of_cell, other_thresholds
from steelyard.models.spec.trial import Trial
from steelyard.tasks import refit
from steelyard.tasks.report import reports
from steelyard.tasks.workers.pool import TrialFailed

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


def test_the_model_to_use_has_learned_from_all_images_and_decides_as_is_told(eights: Found, place: Path) -> None:
    final = client(eights).get_run(eights["final_run"])
    best = next(one for one in eights["pooled"] if one["trial_id"] == eights["best"])
    assert final.data.tags["role"] == "final" and final.info.status == "FINISHED"
    assert final.data.params["fold"] == "0" and final.data.params["folds"] == "3"
    assert final.data.metrics["operating/threshold"] == best["operating"]["threshold"]
    assert final.data.metrics["operating/test/recall"] == best["operating"]["test"]["recall"]
    assert "test/recall" not in final.data.metrics, "it was tested on nothing"
    assert len(final.outputs.model_outputs) == 1
    said = " ".join(eights["verdict"]["words"])
    assert f"The model to use, {best['cell']}, is trained on all images" in said


def test_the_slider_and_the_curve_bring_at_the_chosen_threshold_what_the_answer_says(eights: Found) -> None:
    dossier = reports.fetch(eights["tracking_uri"], eights["sweep_run_id"])
    slider, point = other_thresholds(dossier), dossier.best.point
    assert slider is not None and slider.thresholds[slider.chosen] == pytest.approx(dossier.best.thresholds[0].value)
    assert len(set(dossier.trials(dossier.best)[0].thresholds)) == 3, "each fold has one of its own"
    for at in (slider, of_cell(dossier, dossier.best)):
        assert at.recall[at.chosen] == pytest.approx(point["recall"].value)
        assert at.precision[at.chosen] == pytest.approx(point["precision"].value)
        assert at.false_positive_rate[at.chosen] == pytest.approx(point["false_positive_rate"].value)


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


def test_told_again_it_trains_nothing_not_even_the_model_to_use(
    eights: Found, swept: Callable[..., Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained: list[object] = []
    monkeypatch.setattr(refit, "_trained", lambda *given: trained.append(given))
    again = swept("--positive", "8", "--weights", "0.8", "--handling", "upsample", "--seeds", "2")
    assert all(trial["reused_from"] for trial in again["trials"])
    assert client(again).get_run(again["final_run"]).data.tags["reused_from"] == eights["final_run"]
    assert again["verdict"]["words"] == eights["verdict"]["words"] and not trained


@pytest.mark.parametrize("failing", [0, 1])
def test_the_unweighted_model_is_trained_once_beside_the_trials_and_again_where_that_fails(
    failing: int, swept: Callable[..., Found], monkeypatch: pytest.MonkeyPatch
) -> None:
    trained, train = [], refit._trained

    def sometimes(trial: Trial, *given: Any) -> Any:
        trained.append(trial.handling.label)
        if len(trained) <= failing:
            raise TrialFailed("its process was killed by signal 9")
        return train(trial, *given)

    monkeypatch.setattr(refit, "_trained", sometimes)
    found = swept("--positive", "8", "--weights", "0.5", "--force")
    assert next(one["cell"] for one in found["pooled"] if one["trial_id"] == found["best"]) == "none"
    assert trained == ["none"] * (1 + failing)
    assert client(found).get_run(found["final_run"]).info.status == "FINISHED"


def test_its_report_and_its_changes_can_be_read(eights: Found, swept: Callable[..., Found], place: Path) -> None:
    one = swept("--positive", "8", "--weights", "0.8", "--handling", "upsample", "--seeds", "2", "--split-seed", "1")
    both = [eights["sweep_run_id"], one["sweep_run_id"]]
    assert run(["report", *both, "--tracking-uri", eights["tracking_uri"], "--output", f"{place}/two.html"]) == 0
    page = (place / "two.html").read_text()
    assert "paired by image" in page and " folds" in page


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
        (["--folds", "2"], "folds must be 1, or 3 or more (one is test, one val, the rest train), got 2; try 5"),
        (["--folds", "5", "--recipe", "tutorial"], "folds must be 1 where test is to validate on, got 5"),
        (["--folds", "many"], "folds must be a valid integer"),
    ],
)
def test_what_cannot_be_is_refused(more: list[str], line: str, refused: Callable[..., str]) -> None:
    assert refused(["--data", "digits", "--positive", "8", *more]).startswith(line)
