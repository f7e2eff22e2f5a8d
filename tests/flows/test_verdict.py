"""What a sweep says of itself: the same verdict in the terminal, on the parent run, in its files and in ``--json``."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from mlflow import MlflowClient

from steelyard.models.calibration.priors import correct
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.markdown import escaped
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.answer import answer

Sweep = Callable[..., tuple[int, dict[str, Any]]]


def artifact(client: MlflowClient, run_id: str, name: str, folder: Path) -> Path:
    return Path(client.download_artifacts(run_id, name, str(folder)))


def printed(capsys: pytest.CaptureFixture[str]) -> str:
    return " ".join(capsys.readouterr().out.split())


def test_terminal_note_files_and_json_say_the_same(
    sweep: Sweep, sqlite_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = sweep("--verbose", seeds="2")
    assert code == 0
    verdict, client, run_id = Comparison.model_validate(found).verdict, MlflowClient(sqlite_uri), found["sweep_run_id"]
    assert verdict is not None
    kept = Verdict.model_validate_json(artifact(client, run_id, "verdict.json", tmp_path).read_text())
    assert kept == verdict
    said = capsys.readouterr()
    out, link = " ".join(said.out.split()), f"steelyard ui {run_id} --tracking-uri {sqlite_uri}"
    assert f"watch the trials: {link}" in " ".join(said.err.split())
    assert f"Next, each with --tracking-uri {sqlite_uri}:" in said.out
    note = client.get_run(run_id).data.tags["mlflow.note.content"].replace("\\", "")
    for words in kept.words:
        assert words in out and words in note
    assert all(words in out for cell in kept.cells for words in cell.words)
    assert "| test |" in note, "the counts stay below the verdict"
    said = answer(Comparison.model_validate(found))
    assert said is not None
    badge, used, linked, *rest = note.split("  \n")
    assert f"{badge}\n{used}".replace("**", "") == f"{escaped(said.badge_line)}\n{escaped(said.use)}".replace("\\", "")
    assert all(f"/runs/{run}" in linked for run in (run_id, Comparison.model_validate(found).best_run))
    assert rest[0] == escaped(said.brings).replace("\\", "")


def test_intervals_and_shapes_stand_in_the_tables(sweep: Sweep, sqlite_uri: str, tmp_path: Path) -> None:
    code, found = sweep()
    assert code == 0
    names = ("trials.csv", "cells.csv", "estimates.csv")
    client, run_id = MlflowClient(sqlite_uri), found["sweep_run_id"]
    trials, cells, estimates = (pd.read_csv(artifact(client, run_id, name, tmp_path)) for name in names)
    assert len(trials) == len(found["trials"])
    assert cells["status"].isin(["FEASIBLE", "INFEASIBLE", "UNDECIDED"]).all()
    assert cells.set_index("cell")["shape"]["none"] == "baseline"
    table = estimates.set_index(["configuration", "metric"])
    for cell in found["verdict"]["cells"]:
        for name, estimate in cell["point"].items():
            row = table.loc[(cell["cell"], name)]
            assert [row["estimate"], row["low"], row["high"]] == pytest.approx([*estimate.values()])


def test_scores_are_corrected_to_the_stated_prevalence_where_the_closed_form_fits(
    sweep: Sweep, sqlite_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = sweep("--verbose", objective="cost fn=10 fp=1 at prevalence 0.02", handling="focal")
    assert code == 0
    client, run_id = MlflowClient(sqlite_uri), found["sweep_run_id"]
    scores = pd.read_parquet(artifact(client, run_id, "corrected_scores.parquet", tmp_path))
    for cell in found["verdict"]["cells"]:
        of_cell = scores[scores["cell"] == cell["cell"]]
        if cell["cell"].startswith("focal"):
            assert of_cell["corrected"].isna().all()
        else:
            expected = correct(of_cell["score"].to_numpy(), cell["calibration"][0]["learned"], 0.02)
            assert of_cell["corrected"].to_numpy() == pytest.approx(expected)
    bins = pd.read_csv(artifact(client, run_id, "reliability.csv", tmp_path))
    told = set(zip(bins["cell"].str.partition(":")[0], bins["scores"], strict=True))
    assert {("none", "before"), ("none", "after"), ("focal", "before")} <= told
    assert ("focal", "after") not in told
    out = printed(capsys)
    assert "cost fn=10 fp=1 at prevalence 0.02" in out


def test_slices_and_groups_of_solar_cells_are_told(sweep: Sweep, capsys: pytest.CaptureFixture[str]) -> None:
    pytest.importorskip("elpv_dataset", reason="the solar cells are an extra")
    code, found = sweep("--verbose", data="elpv", positive="defective", epochs="1", size="16")
    assert code == 0
    slices = found["verdict"]["cells"][0]["slices"]
    assert {each["value"] for each in slices} == {"mono", "poly"}
    assert sum(each["images"] for each in slices) == found["verdict"]["sizes"][1]
    assert slices[0]["at"]["value"] <= slices[1]["at"]["value"]
    out = printed(capsys)
    assert "by cell_type, worst first:" in out


def test_where_test_chooses_no_images_report_apart(sweep: Sweep) -> None:
    found = [sweep(**{"validate-on": part})[1]["verdict"]["apart"] for part in ("test", "val")]
    assert found == [False, True]


def test_a_verdict_is_json_without_nan(sweep: Sweep) -> None:
    code, found = sweep(objective="average_precision")
    assert code == 0
    assert json.loads(json.dumps(found["verdict"], allow_nan=False)) == found["verdict"]
