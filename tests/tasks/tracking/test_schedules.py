"""Which sweep of a schedule came before, and what its run says of it."""

import pytest
from mlflow import MlflowClient

from steelyard.tasks.tracking import run_files, search, store, sweeps
from steelyard.tasks.tracking.run_files import LONGEST_NOTE, NOTE

NAMES = ["nightly", 'it\'s "quoted"', "100 %_"]


@pytest.fixture
def client(sqlite_uri: str) -> MlflowClient:
    return store.client(sqlite_uri)


def swept(client: MlflowClient, schedule: str, status: sweeps.Status, experiment: str = "pets · dog vs cat") -> str:
    run_id = str(sweeps.create(client, experiment, "recall").info.run_id)
    for key, value in ({"role": "sweep"} | ({search.SCHEDULE: schedule} if schedule else {})).items():
        client.set_tag(run_id, key, value)
    sweeps.finish(client, run_id, status)
    return run_id


@pytest.mark.parametrize("name", NAMES)
def test_only_finished_sweeps_of_the_same_schedule_came_before_newest_first(client: MlflowClient, name: str) -> None:
    first, second = swept(client, name, "FINISHED"), swept(client, name, "FINISHED", experiment="pets · cat vs rest")
    swept(client, name, "FAILED")
    swept(client, name, "KILLED")
    swept(client, "another", "FINISHED")
    swept(client, "", "FINISHED")
    now = swept(client, name, "FINISHED")
    assert list(search.earlier_of_schedule(client, now)) == [second, first]


def test_a_sweep_that_no_schedule_started_has_no_tag(client: MlflowClient) -> None:
    assert search.schedule_of(client, swept(client, "", "FINISHED")) == ""
    assert search.schedule_of(client, swept(client, "nightly", "FINISHED")) == "nightly"


def test_what_changed_stands_before_the_verdict_and_the_note_fits(client: MlflowClient) -> None:
    run_id = swept(client, "nightly", "FINISHED")
    client.set_tag(run_id, NOTE, "v" * LONGEST_NOTE)
    run_files.note(client, run_id, lambda _: "12 images came")
    note = client.get_run(run_id).data.tags[NOTE]
    assert note.startswith("12 images came\n\nvvv")
    assert len(note) == LONGEST_NOTE
