"""The one link of a sweep, opened by a real browser on a real server: all its trials, best first, and its charts."""

import http.server
import json
import shutil
import subprocess
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient

from models.spec import Sweep
from models.trial import Trial
from tasks.tracking import links, server, store, sweeps, trials, views, where
from tasks.tracking.sweeps import SweepRun

CHARTS = 9
METRICS = ("loss", "recall", "precision", "accuracy")


def fill(client: MlflowClient, sweep: SweepRun, trial: Trial, count: int) -> list[str]:
    """Trials whose rank falls with their seed; their names, best first."""
    for seed in range(1, count + 1):
        of = trial.model_copy(update={"seed": seed})
        run_id = trials.start(client, sweep, of, f"id{seed}", {})
        for epoch in (1, 2):
            trials.log_epoch(client, run_id, epoch, {f"val/{name}": 0.1 * epoch + seed / 100 for name in METRICS})
        once = {f"{place}/{name}": seed / 100 for place in ("test", "operating/test") for name in METRICS}
        trials.log_once(client, run_id, once | {"operating/rank": 1 - seed / 100})
        trials.finish(client, run_id)
    return [trial.model_copy(update={"seed": seed}).name for seed in range(1, count + 1)]


def opened(link: str, folder: Path) -> tuple[str, list[str]]:
    """The page once it has settled, and what its console says of errors."""
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        pytest.skip("no chromium on this machine")
    command = [browser, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += [f"--user-data-dir={folder}", "--window-size=1900,3000", "--virtual-time-budget=60000", "--dump-dom"]
    command += ["--enable-logging=stderr", link]
    shown = subprocess.run(command, capture_output=True, text=True, timeout=240)
    return shown.stdout, [line for line in shown.stderr.splitlines() if "CONSOLE" in line and "rror" in line]


@pytest.mark.parametrize("count", [3, 40])
def test_the_link_lists_each_trial_best_first_and_draws_all_charts(
    count: int, sqlite_uri: str, spec: Sweep, trial: Trial, tmp_path: Path
) -> None:
    client = store.open_client(sqlite_uri)
    shown = sweeps.start(client, "digits · 8 vs rest", spec, {}, "")
    names = fill(client, shown, trial, count)
    views.save(client, shown)
    with server.serve(sqlite_uri) as base:
        link = where.link(base, shown, sqlite_uri)
        assert "viewStateShareKey" in link
        page, errors = opened(link, tmp_path / "browser")
    places = [page.find(f">{name}<") for name in names]
    assert min(places) > 0 and places == sorted(places)
    assert page.count('class="main-svg"') >= CHARTS
    assert not [line for line in errors if "view" in line.lower()]


@pytest.fixture
def answering() -> Iterator[Callable[[str], str]]:
    """Servers that say they are of a version."""
    started: list[http.server.HTTPServer] = []

    def serve(version: str) -> str:
        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:  # the name that http.server calls
                self.send_response(200)
                self.end_headers()
                self.wfile.write(version.encode())

            def log_message(self, *_: object) -> None:
                """Nothing."""

        started.append(http.server.HTTPServer(("127.0.0.1", 0), Handler))
        threading.Thread(target=started[-1].serve_forever, daemon=True).start()
        return f"http://127.0.0.1:{started[-1].server_port}"

    yield serve
    for each in started:
        each.shutdown()
        each.server_close()


def test_where_the_version_is_not_known_the_link_is_a_plain_filter(
    sqlite_uri: str, spec: Sweep, answering: Callable[[str], str]
) -> None:
    client = store.open_client(sqlite_uri)
    sweep = sweeps.start(client, "digits · 8 vs rest", spec, {}, "")
    views.save(client, sweep)
    for version, known in (("3.17.2", True), ("4.0.0", False), ("", False)):
        base = answering(version)
        expected = links.view_link if known else links.sweep_link
        assert where.link(base, sweep, sqlite_uri) == expected(base, sweep.experiment_id, sweep.run_id)
    assert "searchFilter" in where.link("http://127.0.0.1:9", sweep, sqlite_uri), "nobody answers"
    assert "searchFilter" in where.link(answering("3.17.2"), SweepRun("0" * 32, "1"), sqlite_uri), "no such run"


def test_only_the_views_of_the_newest_sweeps_stay_and_those_of_people(sqlite_uri: str, spec: Sweep) -> None:
    client = store.open_client(sqlite_uri)
    made = [sweeps.start(client, "digits · 8 vs rest", spec, {}, "") for _ in range(views.KEPT + 2)]
    experiment = made[0].experiment_id
    own = json.dumps({"name": "mine", "createdAt": 1, "state": "{}"})
    client.set_experiment_tag(experiment, f"{views.PREFIX}mine", own)
    for sweep in made:
        views.save(client, sweep)
    left = {
        key.removeprefix(views.PREFIX) for key in client.get_experiment(experiment).tags if key.startswith(views.PREFIX)
    }
    kept = [sweep.run_id for sweep in made[2:]]
    assert left == {"mine", *kept, *(f"{run_id}{views.GROUPED}" for run_id in kept)}
    assert [views.has(client, sweep) for sweep in made] == [False] * 2 + [True] * views.KEPT


def test_the_experiment_says_where_to_click_first_and_what_people_wrote_stays(sqlite_uri: str, spec: Sweep) -> None:
    client = store.open_client(sqlite_uri)
    first, second = (sweeps.start(client, "digits · 8 vs rest", spec, {}, "") for _ in range(2))
    for sweep in (first, second):
        views.introduce(client, sweep, "digits · 8 vs rest")
    note = client.get_experiment(second.experiment_id).tags[views.NOTE]
    assert "**digits · 8 vs rest**" in note and first.run_id not in note
    assert f"(#/experiments/{second.experiment_id}/runs/{second.run_id}?" in note
    assert f"/runs?viewStateShareKey={second.run_id}&" in note
    client.set_experiment_tag(second.experiment_id, views.NOTE, "ours since May")
    views.introduce(client, first, "digits · 8 vs rest")
    assert client.get_experiment(second.experiment_id).tags[views.NOTE] == "ours since May"


def test_a_view_fits_into_a_tag_and_is_grouped_by_cell_in_the_second(sqlite_uri: str, spec: Sweep) -> None:
    client = store.open_client(sqlite_uri)
    sweep = sweeps.start(client, "digits · 8 vs rest", spec, {}, "")
    views.save(client, sweep)
    tags = client.get_experiment(sweep.experiment_id).tags
    flat, grouped = (json.loads(tags[f"{views.PREFIX}{sweep.run_id}{end}"]) for end in ("", views.GROUPED))
    assert max(map(len, tags.values())) < 20_000
    keys = [key["groupByData"] for key in json.loads(grouped["state"])["groupBy"]["groupByKeys"]]
    assert keys == ["handling", "weight_positive"] and json.loads(flat["state"])["groupBy"] is None
    assert where.to_look(sqlite_uri, sweep) == f"steelyard ui {sweep.run_id} --tracking-uri {sqlite_uri}"
