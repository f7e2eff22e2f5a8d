"""Recipe finetune, from the command line to the model: after the heads, in folds, and cut off by kill -9."""

import json
import os
import shutil
import signal
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import patience
import processes
import pytest
import sweeping
import torch
from mlflow import MlflowClient
from shapes import cache_of, draw, kept, options

from steelyard.flows.__main__ import run
from steelyard.tasks.checkpoints import FOLDER

Found = dict[str, Any]


@pytest.fixture(scope="module")
def shapes(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return draw(tmp_path_factory.mktemp("tuned") / "shapes", {"disc": 90, "square": 40})


GIVEN = ["--positive", "square", "--weights", "0.8", "--seeds", "2", "--epochs", "2", "--batch", "16"]


def swept(pictures: Path, *more: str, folds: str = "1") -> Found:
    given = options(pictures)
    given[given.index("--folds") + 1] = folds
    assert run(["sweep", *given, *more]) == 0
    found: Found = json.loads((pictures.parent / "out.json").read_text())
    return found


@pytest.fixture(scope="module")
def then(shapes: Path, migrated: Path) -> Found:
    shutil.copy(migrated, shapes.parent / "mlflow.db")
    return swept(shapes, *GIVEN, "--then-finetune", "1")


def tuned(found: Found) -> list[Found]:
    return [trial for trial in found["trials"] if trial["recipe"] == "finetune"]


def test_after_the_heads_the_best_on_val_and_the_baseline_are_fine_tuned_with_every_seed(then: Found) -> None:
    heads = {trial["cell"]: trial["operating"]["rank"] for trial in then["trials"] if trial["recipe"] == "features"}
    assert set(heads) == {"features · none", "features · weights 0.8"}
    # Of equals the simpler is first, as in any ranking.
    best = max(heads, key=lambda cell: heads[cell]).replace("features", "finetune")
    assert {(trial["cell"], trial["seed"]) for trial in tuned(then)} == {
        (cell, seed) for cell in {best, "finetune · none"} for seed in (1, 2)
    }
    assert {row["cell"] for row in then["cells"]} == {trial["cell"] for trial in then["trials"]}


def test_what_fine_tuning_did_to_the_curve_of_the_heads_is_told_with_its_interval(then: Found) -> None:
    cells = {cell["cell"]: cell for cell in then["verdict"]["cells"]}
    networks = [cells["features · none"], cells["finetune · none"]]
    [base], [other] = ([of for of in networks if (of["shape"] == "baseline") == is_base] for is_base in (True, False))
    area = other["differences"]["roc_auc"]
    assert not base["differences"] and area["low"] <= area["value"] <= area["high"]


def test_a_fine_tuned_network_answers_what_its_scores_say_without_pickled_code(
    then: Found, shapes: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STEELYARD_CACHE", str(tmp_path / "none"))
    monkeypatch.setenv("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
    trial, output = tuned(then)[0], tmp_path / "out.csv"
    given = [trial["run_id"], str(shapes), "--tracking-uri", then["tracking_uri"], "--output", str(output)]
    assert run(["predict", *given]) == 0
    rows, expected = pd.read_csv(output), kept(then, trial["run_id"], tmp_path)["score"]
    ids = [Path(path).relative_to(shapes).as_posix() for path in rows["path"]]
    scores = dict(zip(ids, rows["score"], strict=True))
    assert {name: scores[name] for name in expected.index} == pytest.approx(expected.to_dict(), abs=1e-4)


def test_the_same_sweep_again_trains_nothing_and_no_checkpoint_is_left(then: Found, shapes: Path) -> None:
    again = swept(shapes, *GIVEN, "--then-finetune", "1")
    assert len(again["trials"]) == len(then["trials"]) and all(trial["reused_from"] for trial in again["trials"])
    assert list(Path(cache_of(then), FOLDER).iterdir()) == []
    assert len(list(Path(cache_of(then), "pixels").glob("*/pixels.npy"))) == 1


def test_a_dry_run_says_what_fine_tuning_adds(shapes: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    where = ["--cache", str(tmp_path / "cache"), "--tracking-uri", f"sqlite:///{tmp_path}/mlflow.db"]
    asked = ["--data", f"folder:{shapes}", "--backbone-size", "32", "--folds", "3", *GIVEN, *where]
    assert run(["sweep", "--dry-run", *asked, "--then-finetune", "1"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert " s to fine-tune the best cell on val and the baseline: 12 trials, timed on noise" in said
    assert not (tmp_path / "mlflow.db").exists() and not (tmp_path / "cache" / "pixels").exists()


def test_of_folds_the_mean_of_the_networks_is_registered_and_becomes_one_file(
    shapes: Path, then: Found, tmp_path: Path
) -> None:
    grid = ["--recipe", "finetune", "--seeds", "1,", "--epochs", "1", "--batch", "16", "--weights", "0.8"]
    found = swept(shapes, "--positive", "square", *grid, "--register", "shapes", folds="3")
    assert len(found["trials"]) == 6 and found["final_run"] and found["registered"]
    named = ["shapes@challenger", str(tmp_path / "model.onnx"), "--tracking-uri", then["tracking_uri"]]
    assert run(["export", *named]) == 0
    [report] = Path(shapes.parent).glob(f"mlartifacts/**/{found['sweep_run_id']}/artifacts/report.html")
    assert report.stat().st_size > 1e5


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (["--recipe", "sound", "--then-finetune", "1"], "then-finetune must come with recipe features and without fin"),
        (["--recipe", "features,finetune", "--then-finetune", "1"], "then-finetune must come with recipe features and"),
        (["--then-finetune", "1", "--network", "plain"], "network must be left out in recipe finetune, which trains t"),
        (["--recipe", "finetune", "--network", "plain"], "network must be left out in recipe finetune, which trains t"),
    ],
)
def test_what_does_not_fit_together_is_refused(asked: list[str], told: str, refused: Callable[..., str]) -> None:
    assert refused(["--data", "digits", "--positive", "8", *asked]).startswith(told)


SLOWLY = {"positive": "square", "size": "32", "backbone-size": "64", "recipe": "finetune", "epochs": "6", "batch": "8"}
SLOWLY |= {"seeds": "1,", "weights": "0.8", "workers": "1", "folds": "1"}


def test_one_that_is_killed_twice_ends_with_the_scores_and_epochs_of_an_undisturbed_one(
    shapes: Path, migrated: Path, tmp_path: Path
) -> None:
    alone, cut_off = (_folder(tmp_path / name, migrated) for name in ("alone", "cut-off"))
    given = SLOWLY | {"data": f"folder:{shapes}"}
    assert _sweep(alone, given).end() == 0
    first = _sweep(cut_off, given)
    begun, epochs = _when_kept(first, cut_off, 1)
    [worker] = processes.workers(first.process.pid)
    os.kill(worker, signal.SIGKILL)
    assert first.end() == 1, "one trial failed"
    second = _sweep(cut_off, given)
    _, later = _when_kept(second, cut_off, epochs + 1, begun)
    os.killpg(second.process.pid, signal.SIGKILL)
    second.end()
    processes.seconds_until_gone(second.mark, 30)
    third = _sweep(cut_off, given)
    assert third.end() == 0, third.said
    assert 1 <= epochs < later <= int(given["epochs"])
    mine, others = _finished(alone), _finished(cut_off)
    assert set(mine) == set(others) == {"finetune · none · seed 1", "finetune · weights 0.8 · seed 1"}
    for name, (scores, points) in mine.items():
        pd.testing.assert_frame_equal(others[name][0], scores, check_exact=True)
        assert others[name][1] == points and [step for step, _ in points] == [1, 2, 3, 4, 5, 6]
    assert list((cut_off / "cache" / FOLDER).iterdir()) == []


def _folder(folder: Path, migrated: Path) -> Path:
    folder.mkdir()
    shutil.copy(migrated, folder / "mlflow.db")
    return folder


def _sweep(folder: Path, given: dict[str, str]) -> sweeping.Sweep:
    return sweeping.Sweep(folder, f"sqlite:///{folder / 'mlflow.db'}", folder / "cache", given)


def _when_kept(sweep: sweeping.Sweep, folder: Path, epochs: int, name: str = "*.pt") -> tuple[str, int]:
    """The checkpoint in which so many epochs or more are done, by its name, and how many there are."""
    until = time.monotonic() + patience.SECONDS
    while time.monotonic() < until and sweep.process.poll() is None:
        for file in (folder / "cache" / FOLDER).glob(name):
            done = len(torch.load(file, weights_only=True)["epochs"])
            if done >= epochs:
                return file.name, done
        time.sleep(0.01)
    raise AssertionError(f"no checkpoint of {epochs} epochs: {sweep.said}")


def _finished(folder: Path) -> dict[str, tuple[pd.DataFrame, list[tuple[int, float]]]]:
    """The scores of each trial that finished, and its losses on val, by name."""
    store = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    everywhere = [experiment.experiment_id for experiment in store.search_experiments()]
    runs = store.search_runs(everywhere, "tags.role = 'trial' and attributes.status = 'FINISHED'")
    found = {}
    for one in runs:
        scores = pd.read_parquet(store.download_artifacts(one.info.run_id, "scores.parquet"))
        points = [(point.step, point.value) for point in store.get_metric_history(one.info.run_id, "val/loss")]
        found[str(one.info.run_name)] = scores, sorted(points)
    return found
