"""Looks at the same test images, counted in a real store."""

from mlflow import MlflowClient

from steelyard.models.verdict.looks import Looks
from steelyard.tasks.tracking import ledger


def sweep(client: MlflowClient, content: str, ended: bool = True, **asked: str) -> str:
    run = client.create_run("0", tags={"role": "sweep", ledger.IMAGE_SET: content}).info.run_id
    for key, value in asked.items():
        client.log_param(run, key, value)
    if ended:
        client.log_metric(run, "recall", 0.5)
        client.set_terminated(run, "FAILED")
    return str(run)


def test_each_other_question_is_a_look_and_the_same_again_is_none(sqlite_uri: str) -> None:
    client = MlflowClient(sqlite_uri, sqlite_uri)
    first = sweep(client, "a", weights="0.8")
    assert ledger.looks(client, first, "a") == Looks(sweeps=1)
    sweep(client, "a", weights="0.8", python="3.11")
    sweep(client, "b", weights="0.9")
    sweep(client, "a", ended=False, weights="0.95")
    assert ledger.looks(client, first, "a") == Looks(sweeps=1)
    now = sweep(client, "a", ended=False, weights="0.9")
    assert ledger.looks(client, now, "a") == Looks(sweeps=2)
    client.create_registered_model("parts")
    for tags in ({ledger.COMPARED: "true"}, {ledger.COMPARED: "true"}, {}):
        client.create_model_version("parts", "s3://nowhere", tags={ledger.IMAGE_SET: "a"} | tags)
    assert ledger.looks(client, now, "a") == Looks(sweeps=2, gates=1)


def test_a_store_that_is_away_has_one_look() -> None:
    client = MlflowClient("http://127.0.0.1:9", "http://127.0.0.1:9")
    assert ledger.looks(client, "run", "a") == Looks()
