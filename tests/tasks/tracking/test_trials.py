"""The child run, held against the contract that other tools rely on."""

import time
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest
from mlflow import MlflowClient

from steelyard.models.spec.trial import Handling, Trial
from steelyard.tasks.tracking import curves, epoch_log, run_files, sweeps, trials
from steelyard.tasks.tracking.epoch_log import EpochLog
from steelyard.tasks.tracking.sweeps import SweepRun

METRICS = {"train/loss": 0.5, "val/recall": 0.25}


@pytest.fixture
def run_id(client: MlflowClient, sweep: SweepRun, trial: Trial) -> str:
    return trials.start(client, sweep, trial, "id1")


def test_a_trial_is_a_running_child_with_the_tags_of_the_contract(
    client: MlflowClient, sweep: SweepRun, run_id: str
) -> None:
    run = client.get_run(run_id)
    own = {key: value for key, value in run.data.tags.items() if not key.startswith("mlflow.")}
    assert own == {"role": "trial", "sweep_id": sweep.run_id, "trial_id": "id1"}
    assert run.data.tags["mlflow.parentRunId"] == sweep.run_id
    assert (run.info.status, run.info.run_name) == ("RUNNING", "sound · weights 0.85 · seed 1")
    assert run.info.experiment_id == sweep.experiment_id


def test_all_trials_of_a_cell_have_its_colour_in_mlflows_pages(
    client: MlflowClient, sweep: SweepRun, trial: Trial
) -> None:
    coloured = replace(sweep, colours={(trial.handling.label, 0.85): "#d55e00"})
    of_cell = [trial, trial.model_copy(update={"seed": 2})]
    other = trial.model_copy(update={"handling": Handling(name="none")})
    made = [trials.start(client, coloured, each, f"id{number}") for number, each in enumerate((*of_cell, other))]
    assert [client.get_run(run).data.tags.get("mlflow.runColor") for run in made] == ["#d55e00", "#d55e00", None]


def test_every_field_of_the_spec_is_a_parameter(client: MlflowClient, run_id: str, trial: Trial) -> None:
    params = client.get_run(run_id).data.params
    expected = {"handling": "weights", "weight_positive": "0.85", "class_weights": "0.15, 0.85", "seed": "1"}
    expected |= {"recipe": "sound", "negative": "rest", "train_counts": "all"}
    assert expected.items() <= params.items()
    parts = (trial.partition, trial.recipe, trial.compute)
    fields = {field for part in parts for field in type(part).model_fields} - {"name"}
    assert fields | {"image_set"} <= params.keys()
    assert float(params["learning_rate"]) == trial.recipe.learning_rate


def test_the_weights_of_very_many_classes_are_cut_to_what_mlflow_takes(
    client: MlflowClient, sweep: SweepRun, trial: Trial
) -> None:
    weights = tuple(1 / 3000 for _ in range(3000))
    many = trial.model_copy(update={"handling": trial.handling.model_copy(update={"class_weights": weights})})
    params = client.get_run(trials.start(client, sweep, many, "id1")).data.params
    assert params["class_weights"].startswith("0.000333")
    assert params["class_weights"].endswith(" ...")


def test_a_trial_without_weights_has_the_weight_one_half(trial: Trial) -> None:
    params = trials.parameters(trial.model_copy(update={"handling": Handling(name="none")}))
    assert (params["handling"], params["weight_positive"]) == ("none", "0.5")


@pytest.mark.parametrize(("positive", "negative"), [("defect", "rest"), ("rest", "not rest")])
def test_all_other_classes_have_a_name_that_is_not_that_of_the_class_to_find(
    trial: Trial, positive: str, negative: str
) -> None:
    partition = trial.partition.model_copy(update={"positive": positive, "negative": ""})
    assert trials.parameters(trial.model_copy(update={"partition": partition}))["negative"] == negative


def test_epochs_are_steps_from_one_and_what_comes_once_is_step_zero(client: MlflowClient, run_id: str) -> None:
    trials.log_once(
        client, run_id, {"test/recall": 0.5}, of_epochs=[*trials.points(1, METRICS), *trials.points(2, METRICS)]
    )
    assert [point.step for point in client.get_metric_history(run_id, "val/recall")] == [1, 2]
    assert [point.step for point in client.get_metric_history(run_id, "test/recall")] == [0]


@pytest.mark.parametrize("value", [float("nan"), float("inf")])
def test_a_metric_that_is_not_finite_is_refused_with_all_of_its_epoch(
    sqlite_client: MlflowClient, value: float
) -> None:
    run_id = sqlite_client.create_run("0").info.run_id
    with pytest.raises(ValueError, match="train/loss must be finite, got"):
        trials.log_once(sqlite_client, run_id, {}, of_epochs=trials.points(1, METRICS | {"train/loss": value}))
    assert sqlite_client.get_run(run_id).data.metrics == {}


def test_epochs_are_logged_every_two_seconds_and_what_is_left_when_the_trial_fails(
    client: MlflowClient, run_id: str
) -> None:
    def logged() -> list[int]:
        return [point.step for point in client.get_metric_history(run_id, "val/recall")]

    log = EpochLog(client, run_id)
    for epoch, waited, expected in ((1, 0, []), (2, 0, []), (3, epoch_log.LOGGED_EVERY, [1, 2, 3]), (4, 0, [1, 2, 3])):
        log.sent = time.monotonic() - waited
        log.add(epoch, METRICS)
        assert logged() == expected
    assert {point.step for point in log.unsent} == {4}
    with pytest.raises(RuntimeError, match="no memory"), log.whole_if_it_fails():
        raise RuntimeError("no memory")
    assert logged() == [1, 2, 3, 4] and not log.unsent


def test_the_image_set_is_the_runs_input(client: MlflowClient, run_id: str) -> None:
    trials.log_dataset(client, run_id, "digits", "0123456789abcdef", "folder:a b/c")
    inputs = client.get_run(run_id).inputs
    assert inputs is not None
    (given,) = inputs.dataset_inputs
    assert (given.dataset.name, given.dataset.digest) == ("digits", "0123456789abcdef")
    assert "folder:a b/c" in given.dataset.source
    assert [(tag.key, tag.value) for tag in given.tags] == [("mlflow.data.context", "training")]


def test_files_keep_their_names(client: MlflowClient, run_id: str, tmp_path: Path) -> None:
    (tmp_path / "out").mkdir()
    (tmp_path / "out/scores.parquet").write_bytes(b"PAR1")
    run_files.put(client, run_id, tmp_path / "out")
    assert [file.path for file in client.list_artifacts(run_id)] == ["scores.parquet"]


def test_a_trial_ends_finished_or_with_its_failure(client: MlflowClient, sweep: SweepRun, trial: Trial) -> None:
    good, bad, stopped = (trials.start(client, sweep, trial, name) for name in "abc")
    sweeps.finish(client, good, "FINISHED")
    sweeps.finish(client, bad, "FAILED", "worker died (exit code -9)")
    sweeps.finish(client, stopped, "KILLED", "interrupted")
    runs = [client.get_run(run_id) for run_id in (good, bad, stopped)]
    assert [run.info.status for run in runs] == ["FINISHED", "FAILED", "KILLED"]
    assert [run.data.tags.get("failure") for run in runs] == [None, "worker died (exit code -9)", "interrupted"]


def test_threads_that_log_at_once_lose_nothing(client: MlflowClient, sweep: SweepRun, trial: Trial) -> None:
    def whole(name: str) -> str:
        run_id = trials.start(client, sweep, trial, name)
        for epoch in range(1, 6):
            trials.log_once(client, run_id, {}, of_epochs=trials.points(epoch, METRICS))
        sweeps.finish(client, run_id, "FINISHED")
        return run_id

    with ThreadPoolExecutor(4) as pool:
        run_ids = list(pool.map(whole, "abcd"))
    histories = [client.get_metric_history(run_id, "train/loss") for run_id in run_ids]
    assert [len(history) for history in histories] == [5] * 4


def test_epochs_logged_together_are_those_logged_one_by_one(
    client: MlflowClient, sweep: SweepRun, trial: Trial
) -> None:
    together, apart = (trials.start(client, sweep, trial, name) for name in ("together", "apart"))
    epochs = [{"train/loss": 1 / epoch, "val/recall": epoch / 1000} for epoch in range(1, 601)]
    trials.log_once(
        client,
        together,
        {"test/loss": 1.0},
        of_epochs=[point for number, told in enumerate(epochs, 1) for point in trials.points(number, told)],
    )
    for number in (1, 2, 600):
        trials.log_once(client, apart, {}, of_epochs=trials.points(number, epochs[number - 1]))
    for key in METRICS:
        found = {point.step: point.value for point in client.get_metric_history(together, key)}
        expected = {point.step: point.value for point in client.get_metric_history(apart, key)}
        assert len(found) == 600 and expected.items() <= found.items()


def test_curves_go_from_epoch_to_epoch_whatever_epochs_another_trial_has(
    client: MlflowClient, sweep: SweepRun, trial: Trial, tmp_path: Path
) -> None:
    head, network = (trials.start(client, sweep, trial, name) for name in ("head", "network"))
    told = {head: (1, 4, 16), network: (1, 2, 3, 4, 5)}
    for run_id, epochs in told.items():
        (tmp_path / run_id).mkdir()
        curves.keep(tmp_path, run_id, {epoch: {"val/recall": 0.5} for epoch in epochs})
    found = curves.fetch([(run_id, run_id) for run_id in told], tmp_path)
    for run_id, epochs in told.items():
        assert tuple(found.loc[found["trial_id"] == run_id, "epoch"]) == epochs


def test_what_a_run_has_one_of_may_come_with_parameters_and_be_very_much(client: MlflowClient, run_id: str) -> None:
    many = {f"class/{number}/recall": 0.5 for number in range(trials.AT_ONCE)}
    trials.log_once(client, run_id, many, {"python": "3.11"})
    run = client.get_run(run_id)
    assert len(run.data.metrics) == trials.AT_ONCE and run.data.params["python"] == "3.11"


def test_scores_are_read_from_the_sweeps_folder_while_it_is_there_trained_before_reused(
    client: MlflowClient, tmp_path: Path
) -> None:
    for folder, score in (("reused/files", 0.1), ("files", 0.2)):
        (tmp_path / "run" / folder).mkdir(parents=True)
        pd.DataFrame({"score": [score]}).to_parquet(tmp_path / "run" / folder / "scores.parquet")
        assert run_files.scores(client, "run", tmp_path)["score"].tolist() == [score]
