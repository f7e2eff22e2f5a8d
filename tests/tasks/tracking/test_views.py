"""The views of a sweep: saved, pruned, and only offered where MLflow reads them; a browser opens them elsewhere."""

import http.server
import json
import threading
from collections.abc import Callable, Iterator

import pytest
from mlflow import MlflowClient

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.tracking import links, saved_views, store, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun


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
    saved_views.save(client, sweep)
    for version, known in (("3.17.2", True), ("4.0.0", False), ("", False)):
        base = answering(version)
        expected = links.view_link if known else links.sweep_link
        assert links.page(base, sweep, sqlite_uri) == expected(base, sweep.experiment_id, sweep.run_id)
    assert "searchFilter" in links.page("http://127.0.0.1:9", sweep, sqlite_uri), "nobody answers"
    assert "searchFilter" in links.page(answering("3.17.2"), SweepRun("0" * 32, "1"), sqlite_uri), "no such run"


def test_only_the_views_of_the_newest_sweeps_stay_and_those_of_people(sqlite_uri: str, spec: Sweep) -> None:
    client = store.open_client(sqlite_uri)
    made = [sweeps.start(client, "digits · 8 vs rest", spec, {}, "") for _ in range(saved_views.KEPT + 2)]
    experiment = made[0].experiment_id
    own = json.dumps({"name": "mine", "createdAt": 1, "state": "{}"})
    client.set_experiment_tag(experiment, f"{saved_views.PREFIX}mine", own)
    for sweep in made:
        saved_views.save(client, sweep)
    left = {
        key.removeprefix(saved_views.PREFIX)
        for key in client.get_experiment(experiment).tags
        if key.startswith(saved_views.PREFIX)
    }
    kept = [sweep.run_id for sweep in made[2:]]
    assert left == {"mine", saved_views.SWEEPS, *kept, *(f"{run_id}{saved_views.GROUPED}" for run_id in kept)}
    assert [saved_views.has(client, sweep) for sweep in made] == [False] * 2 + [True] * saved_views.KEPT


def test_the_experiment_says_where_to_click_first_and_what_people_wrote_stays(sqlite_uri: str, spec: Sweep) -> None:
    client = store.open_client(sqlite_uri)
    first, second = (sweeps.start(client, "digits · 8 vs rest", spec, {}, "") for _ in range(2))
    client.set_experiment_tag(first.experiment_id, links.NOTE, "Sweeps on **digits**: as it was said before")
    for sweep in (first, second):
        links.introduce(client, sweep)
    own = f"#/experiments/{second.experiment_id}/runs"
    assert f"Newest sweep: [its run]({own}/{second.run_id}?" in _note(client, second)
    assert f"({own}?viewStateShareKey={second.run_id}&" in _note(client, second)
    for found in ("FEASIBLE, unweighted", ""):  # Another has begun since, also where the store is told late.
        links.introduce(client, first, found)
        assert first.run_id not in _note(client, second)
    links.introduce(client, second, "FEASIBLE, the unweighted network at threshold 0.25")
    said = f"Newest sweep: [FEASIBLE, the unweighted network at threshold 0.25]({own}/{second.run_id}?"
    assert _note(client, second).startswith(said)
    client.set_experiment_tag(second.experiment_id, links.NOTE, "ours since May")
    links.introduce(client, first)
    assert _note(client, second) == "ours since May"


def _note(client: MlflowClient, sweep: sweeps.SweepRun) -> str:
    return str(client.get_experiment(sweep.experiment_id).tags[links.NOTE])


@pytest.mark.parametrize(("trials", "said"), [(100, "trials · "), (300, "the best 100 of 300 trials · ")])
def test_the_name_of_a_view_begins_with_what_it_shows_and_says_where_the_page_shows_fewer_trials(
    trials: int, said: str, sqlite_uri: str, spec: Sweep
) -> None:
    client = store.open_client(sqlite_uri)
    sweep = sweeps.start(client, "digits · 8 vs rest", spec, {}, "")
    saved_views.save(client, sweep, trials)
    tags = client.get_experiment(sweep.experiment_id).tags
    assert json.loads(tags[f"{saved_views.PREFIX}{sweep.run_id}"])["name"].startswith(said)


def test_a_view_fits_into_a_tag_and_is_grouped_by_cell_in_the_second(sqlite_uri: str, spec: Sweep) -> None:
    client = store.open_client(sqlite_uri)
    sweep = sweeps.start(client, "digits · 8 vs rest", spec, {}, "")
    saved_views.save(client, sweep)
    tags = client.get_experiment(sweep.experiment_id).tags
    flat, grouped = (json.loads(tags[f"{saved_views.PREFIX}{sweep.run_id}{end}"]) for end in ("", saved_views.GROUPED))
    assert max(map(len, tags.values())) < 20_000
    keys = [key["groupByData"] for key in json.loads(grouped["state"])["groupBy"]["groupByKeys"]]
    assert keys == ["cell"] and json.loads(flat["state"])["groupBy"] is None
    (parallel,) = [chart for chart in json.loads(flat["state"])["compareRunCharts"] if chart["type"] == "PARALLEL"]
    assert len(parallel["selectedParams"] + parallel["selectedMetrics"]) <= 5, "so many heads stay apart"
    assert links.to_look(sqlite_uri, sweep) == f"steelyard ui {sweep.run_id} --tracking-uri {sqlite_uri}"
