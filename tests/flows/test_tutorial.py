"""The tutorial's story, told small: eighteen trials on synthetic cats and dogs, through the command line."""

import io
import json
import shutil
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from mlflow.entities import Run
from PIL import Image

from steelyard.flows.__main__ import run
from steelyard.models.tutorial.chapters import MORE, SWITCHES, WEIGHT
from steelyard.models.tutorial.claims import CLAIMS
from steelyard.tasks.tracking import links
from steelyard.tasks.tracking.sweeps import SweepRun

PICTURES = {"train": 110, "test": 30}
CHAPTERS = {"tutorial": 6, "tutorial" + MORE: 2, "balanced": 2, "balanced, smaller": 1, "sound": 1, "features": 1} | {
    name: 2 for name in SWITCHES.values() if name != "tutorial"
}
CHOSEN = "operating/val/precision_at_prevalence"


class Told(NamedTuple):
    """A story that was told: exit code, ``--json`` and what the terminal showed."""

    code: int
    account: dict[str, Any]
    out: str
    client: MlflowClient
    uri: str

    def trials(self, chapter: str) -> dict[str, dict[str, Any]]:
        return {trial["trial_id"]: trial for trial in self.account["sweeps"][chapter]["trials"]}

    def runs(self, chapter: str) -> list[Run]:
        return [self.client.get_run(trial["run_id"]) for trial in self.trials(chapter).values()]

    def run_of(self, chapter: str, cell: str) -> Run:
        [run_id] = [trial["run_id"] for trial in self.trials(chapter).values() if trial["cell"] == cell]
        return self.client.get_run(run_id)

    def claim(self, run: str) -> dict[str, Any]:
        return next(row for row in self.account["claims"] if row["run"] == run)


def pictures(root: Path, *classes: str) -> str:
    """Noise of 32 x 32 pixels, no two alike; a dog has a reddish patch."""
    rng = np.random.default_rng(0)
    for part, count in PICTURES.items():
        for name in classes:
            (root / part / name).mkdir(parents=True)
            for number in range(count):
                pixels = rng.integers(60, 190, (32, 32, 3), dtype=np.uint8)
                pixels[10:22, 10:22, 0] += np.uint8(60 if name == "dog" else 0)
                Image.fromarray(pixels).save(root / part / name / f"{number:03}.png")
    return f"folder:{root}"


def tell(folder: Path, uri: str, data: str, **options: str) -> Told:
    output = folder / "account.json"
    given = {"data": data, "share": "0.02", "seeds": "1,", "device": "cpu", "json": str(output), "tracking-uri": uri}
    arguments = [part for name, value in (given | options).items() for part in (f"--{name}", value)]
    with redirect_stdout(io.StringIO()) as out, redirect_stderr(io.StringIO()):
        code = run(["tutorial", *arguments])
    return Told(code, json.loads(output.read_text()), out.getvalue(), MlflowClient(uri), uri)


@pytest.fixture(scope="module")
def place(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str, str]:
    """A folder, a store and ``--data``."""
    folder = tmp_path_factory.mktemp("tutorial")
    shutil.copy(migrated, folder / "mlflow.db")
    return folder, f"sqlite:///{folder / 'mlflow.db'}", pictures(folder / "pets", "cat", "dog")


@pytest.fixture(scope="module")
def told(prefect_server: str, place: tuple[Path, str, str]) -> Told:
    return tell(*place)


def test_it_ends_well_with_a_row_per_claim(told: Told) -> None:
    assert told.code == 0
    rows = [(row["run"], row["says"]) for row in told.account["claims"]]
    assert rows == [(claim.run, claim.says) for claim in CLAIMS]
    seeds = {row["run"]: row["n"] for row in told.account["claims"]}
    assert seeds == dict.fromkeys(seeds, 1) | {"unweighted": 3}
    of_one = {row["verdict"] for row in told.account["claims"] if row["n"] == 1}
    assert of_one == {"cannot tell", ""}
    assert len(told.account["switches"]) == 8


def test_the_storys_run_keeps_the_account_its_table_the_picture_and_the_sentences(told: Told, tmp_path: Path) -> None:
    story = told.client.get_run(told.account["run_id"])
    assert (story.info.status, story.data.tags["role"]) == ("FINISHED", "tutorial")
    assert story.data.params["share"] == "0.02"
    files = Path(told.client.download_artifacts(story.info.run_id, "", str(tmp_path)))
    assert json.loads((files / "account.json").read_text()) == told.account
    assert pd.read_csv(files / "claims.csv")["run"].tolist() == [claim.run for claim in CLAIMS]
    with Image.open(files / "recall_precision.png") as picture:
        picture.load()
    note = story.data.tags["mlflow.note.content"]
    assert told.account["sentences"]
    assert all(said in note for said in (*told.account["sentences"], *(row["says"] for row in told.account["claims"])))


def test_the_sweeps_are_nested_below_it_each_with_its_trials(told: Told) -> None:
    assert {name: len(sweep["trials"]) for name, sweep in told.account["sweeps"].items()} == CHAPTERS
    sweeps = {name: sweep["sweep_run_id"] for name, sweep in told.account["sweeps"].items()}
    assert _below(told, told.account["run_id"]) == set(sweeps.values())
    for name, sweep in sweeps.items():
        found = told.client.get_run(sweep)
        assert (found.info.status, found.data.tags["role"]) == ("FINISHED", "sweep")
        assert _below(told, sweep) == {trial["run_id"] for trial in told.trials(name).values()}


def _below(told: Told, run_id: str) -> set[str]:
    found = told.client.search_runs([told.account["experiment_id"]], f"tags.`mlflow.parentRunId` = '{run_id}'")
    return {run.info.run_id for run in found}


def test_every_trial_says_its_precision_at_the_storys_prevalence(told: Told) -> None:
    assert told.account["objective"] == "recall @ precision >= 0.7 at prevalence 0.5"
    for chapter in CHAPTERS:
        assert all(CHOSEN in one.data.metrics for one in told.runs(chapter))


def test_the_mock_model_is_a_run_with_constant_scores_and_no_model(told: Told, tmp_path: Path) -> None:
    mock = told.run_of("tutorial", "constant")
    assert mock.outputs is None or not mock.outputs.model_outputs
    assert told.run_of("tutorial", "none").outputs.model_outputs
    scores = pd.read_parquet(told.client.download_artifacts(mock.info.run_id, "scores.parquet", str(tmp_path)))
    assert scores["score"].nunique() == 1
    row = told.claim("all-cat mock model")
    assert (row["held"], row["mean"]["recall"], row["mean"]["accuracy"]) == (1, 0, 0.5)
    assert row["mean"]["train_accuracy"] == pytest.approx(0.8)


def test_all_the_weight_on_dogs_finds_every_dog(told: Told) -> None:
    run = told.run_of("tutorial", "weights 1")
    assert run.data.params["class_weights"] == "0.0, 1.0"
    assert run.data.metrics["val/recall"] == run.data.metrics["test/recall"] == 1
    row = told.claim("weights (0, 1)")
    assert (row["held"], row["mean"]["recall"], row["mean"]["precision"]) == (1, 1, 0.5)


def test_rows_about_epoch_5_hold_the_metrics_of_epoch_5(told: Told) -> None:
    for chapter in ("balanced", "balanced, smaller"):
        middle, end = (row for row in told.account["claims"] if (row["chapter"], row["cell"]) == (chapter, "none"))
        history = told.client.get_metric_history(told.run_of(chapter, "none").info.run_id, "val/accuracy")
        by_epoch = {point.step: point.value for point in history}
        assert (middle["epoch"], middle["mean"]["accuracy"]) == (5, by_epoch[5])
        assert (end["epoch"], end["mean"]["accuracy"]) == (0, by_epoch[10])


def test_the_switches_reach_the_runs(told: Told) -> None:
    for switches, chapter in SWITCHES.items():
        for cell in ("none", WEIGHT):
            params = told.run_of(chapter, cell).data.params
            assert (params["softmax_twice"], params["frozen_batchnorm"]) == tuple(map(str, switches))
            assert params["recipe"] == "tutorial"


def test_the_terminal_shows_each_claim_its_verdict_and_the_sentences_in_80_columns(told: Told) -> None:
    assert all(len(line) <= 80 for line in told.out.splitlines() if "steelyard ui" not in line)
    for claim in CLAIMS:
        assert claim.run[:20] in told.out
    verdicts = [row["verdict"] for row in told.account["claims"]]
    for word in ("cannot tell", "confirmed", "not confirmed"):
        assert told.out.count(word) == sum(verdict.endswith(word) for verdict in verdicts)
    words = told.out.split()
    for sentence in told.account["sentences"]:
        said = sentence.split()
        assert any(words[start : start + len(said)] == said for start in range(len(words)))
    assert f"steelyard ui {told.account['run_id']}" in told.out


def test_a_storys_link_is_its_own_page_and_a_sweeps_the_table_of_its_trials(told: Told) -> None:
    experiment, sweep = told.account["experiment_id"], told.account["sweeps"]["sound"]["sweep_run_id"]
    story = links.page("http://here", SweepRun(told.account["run_id"], experiment), told.uri)
    assert f"/experiments/{experiment}/runs/{told.account['run_id']}?" in story
    assert "searchFilter" in links.page("http://here", SweepRun(sweep, experiment), told.uri)


def test_told_again_it_trains_nothing_and_says_the_same(told: Told, place: tuple[Path, str, str]) -> None:
    again = tell(*place)
    assert again.code == 0
    assert again.account["run_id"] != told.account["run_id"]
    for chapter in CHAPTERS:
        before, now = told.trials(chapter), again.trials(chapter)
        reused = {trial_id: trial["reused_from"] for trial_id, trial in now.items()}
        assert reused == {trial_id: trial["run_id"] for trial_id, trial in before.items()}
    for part in ("claims", "switches", "sentences"):
        assert again.account[part] == told.account[part]


@pytest.mark.parametrize(
    ("classes", "options", "line"),
    [
        (("cat", "bird"), [], "positive must be one of the classes"),
        (("cat", "dog"), ["--share", "0.1"], "train-counts must be at most the 110 cat in train, got cat=480"),
        (("cat", "dog"), ["--share", "0"], "share must be greater than 0, got '0'"),
    ],
    ids=["no dog", "too few images", "no share"],
)
def test_what_cannot_be_told_is_refused_before_anything_trains(
    classes: tuple[str, ...],
    options: list[str],
    line: str,
    sqlite_uri: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    data = pictures(tmp_path / "pets", *classes)
    given = ["--data", data, "--cache", str(tmp_path / "cache"), "--tracking-uri", sqlite_uri, *options]
    assert run(["tutorial", *given]) == 2
    said = capsys.readouterr()
    [refusal] = [one for one in said.err.splitlines() if one.startswith("steelyard: ")]
    assert line in refusal
    assert "Traceback" not in said.err
    assert not said.out
    client = MlflowClient(sqlite_uri)
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    assert not client.search_runs(everywhere)
