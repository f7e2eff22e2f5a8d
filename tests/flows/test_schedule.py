"""A schedule fires for real, never two at once, and each run says what changed since the one before."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
import patience
import pytest
import scheduling
from deployed import Deployed
from PIL import Image
from prefect.client.schemas.objects import FlowRun
from prefect.exceptions import PrefectHTTPStatusError
from prefect.settings import PREFECT_API_URL, temporary_settings

from steelyard.flows.__main__ import run
from steelyard.models.spec.groups import QUIRKS
from steelyard.tasks.tracking import search, store
from steelyard.tasks.tracking.run_files import NOTE

EVERY_SECONDS = 6

OPTIONS = [
    ([], 'schedule must have either --cron "0 3 * * *" or --interval 3600, got neither'),
    (
        ["--cron", "0 3 * * *", "--interval", "9"],
        'schedule must have either --cron "0 3 * * *" or --interval 3600, got',
    ),
    (["--interval", "0"], "interval must be from 1 second to 366 days"),
    (["--interval", "often"], "interval must be from 1 second to 366 days"),
    (["--cron", "at three"], "cron must be minute, hour, day, month and day of the week"),
    (["--cron", "0 0 30 2 *"], "cron must be minute, hour, day, month and day of the week of a time that comes"),
    (["--interval", "60", "--device", "cuda:9"], "device must be one of auto, cpu, cuda, cuda:0, "),
    (["--interval", "60", "--name", "a/b"], "name must be 1 to 100 letters"),
    (["--interval", "60", "--data", "folder:nowhere"], "data must be a folder that exists, got "),
]


def refused(options: list[str], capsys: pytest.CaptureFixture[str]) -> str:
    assert run(["schedule", *options]) == 2
    said = capsys.readouterr()
    assert not said.out
    (line,) = said.err.splitlines()
    return line.removeprefix("steelyard: ")


@pytest.mark.parametrize(("options", "line"), OPTIONS, ids=[" ".join(options) for options, _ in OPTIONS])
def test_what_cannot_be_scheduled_is_refused_at_once(
    options: list[str], line: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert refused(options, capsys).startswith(line)


@pytest.mark.parametrize("url", [None, "http://127.0.0.1:9/api"])
def test_without_a_server_one_line_says_how_to_start_one(url: str | None, capsys: pytest.CaptureFixture[str]) -> None:
    with temporary_settings({PREFECT_API_URL: url}):
        line = refused(["--interval", "60", "--data", "digits", "--positive", "8"], capsys)
    assert line.startswith("PREFECT_API_URL must be a Prefect server that answers")
    assert "`prefect server start`, then `export PREFECT_API_URL=http://127.0.0.1:4200/api`" in line


@dataclass(frozen=True)
class Night:
    """A schedule that is served by a process of its own, in a working folder of its own."""

    folder: Path
    process: subprocess.Popen[str]
    deployed: Deployed

    @property
    def uri(self) -> str:
        return f"sqlite:///{self.folder / 'mlflow.db'}"

    @property
    def terminal(self) -> str:
        return (self.folder / "said.txt").read_text()

    def that_says(self, words: str) -> FlowRun:
        """A run that has ended and says something, once there is one."""
        number = 1
        while not (found := [run for run in self.deployed.ended(number) if words in self.deployed.log(run)]):
            number = len(self.deployed.ended(1)) + 1
        return found[0]

    def training(self) -> str:
        """The run in MLflow of the sweep that trains, once a trial of it does."""
        client = store.client(self.uri)
        experiments = search.experiment_ids(client)
        while not (found := list(search.runs(client, experiments, "tags.role = 'trial' and status = 'RUNNING'"))):
            assert self.process.poll() is None
            time.sleep(0.5)
        return str(found[0].data.tags["sweep_id"])

    def add(self, number: int) -> None:
        """Put new images of a dog into train."""
        _draw(self.folder / "pets" / "train" / "dog", number, seed=number)


@pytest.fixture(scope="module")
def night(scheduling_server: str, migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Night]:
    folder = tmp_path_factory.mktemp("night")
    shutil.copy(migrated, folder / "mlflow.db")
    for part in ("train", "val", "test"):
        for seed, name in enumerate(("cat", "dog")):
            _draw(folder / "pets" / part / name, 20, seed=100 * seed + len(part))
    options = ["--interval", str(EVERY_SECONDS), "--data", "folder:pets"]
    with scheduling.schedule(folder, scheduling_server, *options) as process:
        yield Night(folder, process, Deployed(scheduling_server, "pets"))


def test_the_second_run_says_in_log_note_and_report_what_changed_and_the_first_that_there_is_none(night: Night) -> None:
    # The last lines of a log reach the server after the run's end.
    first = night.that_says("there is none before to compare with")
    assert first.id == night.deployed.ended(1)[0].id
    night.add(12)
    said = night.deployed.log(night.that_says("12 images came"))
    assert "since the run before" in said and "Only the images of train changed." in said
    assert "12 images came" in night.terminal, "the terminal shows what runs say"
    client = store.client(night.uri)
    assert {search.schedule_of(client, run_id) for run_id in search.sweeps_newest_first(client)} == {"pets"}
    notes = {run_id: client.get_run(run_id).data.tags[NOTE] for run_id in search.sweeps_newest_first(client)}
    (changed,) = [run_id for run_id, note in notes.items() if "12 images came" in note]
    assert "\n\n**Since the run before**" in notes[changed], "it follows the answer"
    report = (night.folder / "mlartifacts" / changed / "artifacts" / "report.html").read_text()
    assert "Since the run before · pets" in report and "12 images came" in report
    # Runs that the other tests ask for need not wait for those of the timetable.
    night.deployed.rest()


def test_a_run_that_would_overlap_is_cancelled_with_the_reason_and_the_next_one_runs(night: Night) -> None:
    cancelled = night.deployed.ended(1, "CANCELLED", night.deployed.ask(), night.deployed.ask())
    assert cancelled[0].state and cancelled[0].state.message == "Deployment concurrency limit reached."
    trained = night.deployed.ended(len(night.deployed.ended(1)) + 1)
    for earlier, later in pairwise(trained):
        assert earlier.end_time and later.start_time and earlier.end_time <= later.start_time


def test_the_form_starts_from_what_was_asked_for_and_a_run_that_cannot_be_is_refused_before_it_trains(
    night: Night,
) -> None:
    given = night.deployed.read().parameters
    assert given["spec"]["data"] == f"folder:{night.folder / 'pets'}"
    assert given["settings"]["tracking_uri"] == night.uri
    for wrong in ({"size": "large"}, {"size": 4}, {"objective": "recal"}, {"recipe": "best"}, {"objectiv": "f1"}):
        with pytest.raises(PrefectHTTPStatusError, match="409"):
            night.deployed.ask(spec=given["spec"] | wrong)
    with pytest.raises(PrefectHTTPStatusError, match="409"):
        night.deployed.ask(settings=given["settings"] | {"device": "gpu"})


@pytest.mark.parametrize(
    ("wrong", "why"),
    [
        ({"positive": "wolf"}, "positive must be one of the classes cat, dog, got 'wolf'"),
        ({"positive": "dog", "negative": "dog"}, "positive and negative must be two classes, got 'dog' for both"),
    ],
)
def test_what_the_form_takes_and_no_sweep_is_ends_the_run_at_once_with_one_line_as_message_and_in_its_log(
    wrong: dict[str, str], why: str, night: Night
) -> None:
    given = night.deployed.read().parameters["spec"]
    while not night.deployed.starts(asked := night.deployed.ask(spec=given | wrong)):
        assert night.process.poll() is None
    (ended,) = night.deployed.ended(1, "FAILED", asked)
    assert ended.state and ended.state.message and ended.state.message.startswith(why)
    line = f"the run failed: {ended.state.message}"
    patience.wait_for(lambda: line in night.deployed.log(ended))
    ours = [said for said in night.deployed.log(ended).splitlines() if not said.startswith(("Beginning", "Finished"))]
    assert line in ours and "Traceback" not in ours
    assert line in night.terminal


def test_the_forms_schema_has_nothing_null_and_no_quirk_and_takes_a_number_that_is_cleared(night: Night) -> None:
    schema = night.deployed.read().parameter_openapi_schema
    fields = schema["definitions"]["Sweep"]["properties"]
    assert list(fields)[:4] == ["data", "positive", "negative", "objective"]
    assert '"null"' not in json.dumps([of["properties"] for of in schema["definitions"].values()])
    assert not set(QUIRKS) & set(fields)
    assert night.deployed.ask(spec=night.deployed.read().parameters["spec"] | {"folds": None})


def test_a_run_that_a_timetable_starts_is_called_after_its_sweep_and_linked_to_from_mlflow(night: Night) -> None:
    first = night.deployed.ended(1)[0]
    assert first.name == "pets · dog, recall @ precision >= 0.7"
    client = store.client(night.uri)
    tags = [client.get_run(run_id).data.tags for run_id in search.sweeps_newest_first(client)]
    page = f"{night.deployed.url.removesuffix('/api')}/runs/flow-run/{first.id}"
    assert page in [tag.get(search.FLOW_RUN) for tag in tags]


def test_ctrl_c_ends_the_sweep_that_trains_pauses_the_schedule_and_leaves_no_process(night: Night) -> None:
    long = night.deployed.read().parameters["spec"] | {"epochs": 9999}
    while not night.deployed.starts(night.deployed.ask(spec=long)):
        assert night.process.poll() is None
    client = store.client(night.uri)
    newest = night.training()
    os.killpg(night.process.pid, signal.SIGINT)
    assert night.process.wait(timeout=120) == 130
    assert client.get_run(newest).info.status == "KILLED"
    assert night.deployed.read().paused
    assert "Traceback" not in night.terminal and "crashed" not in night.terminal
    # What processes are forked from ends on its own once the schedule has.
    patience.wait_for(lambda: not _alive(night.process.pid))


def _draw(folder: Path, number: int, seed: int) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    rng = np.random.default_rng(seed)
    for each in range(number):
        shade = 90 if folder.name == "cat" else 150
        pixels = rng.normal(shade, 40, (9, 9)).clip(0, 255).astype(np.uint8)
        Image.fromarray(pixels).save(folder / f"{seed}-{each}.png")


def _alive(group: int) -> list[str]:
    """Processes of a group that have not ended."""
    found = []
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):
            state, _, owner = stat.read_text().rpartition(")")[2].split()[:3]
            if int(owner) == group and state != "Z":
                found.append(stat.parent.name)
    return found
