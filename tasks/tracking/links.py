"""Where to look at a sweep, a story or a run: addresses of MLflow's pages, or the command that serves them."""

import re
import shlex
from contextlib import suppress
from pathlib import Path
from typing import Literal
from urllib.parse import quote, urlencode, urlparse
from urllib.request import url2pathname

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.markdown import escaped
from steelyard.tasks.tracking import saved_views, search, store
from steelyard.tasks.tracking.sweeps import SweepRun

# Without it a page opens with the menus for agents instead of those for training.
TRAINING = {"workflowType": "machine_learning"}

REPORT = "report.html"
"""At the root of the artifacts of a sweep's run."""

FLOW_RUN = "prefect_flow_run"
"""Tag of a sweep's run: address of the page of its flow run in Prefect."""

_RUN = re.compile(r"/runs/([0-9a-f]{32})\?")

NOTE, BEGINS = "mlflow.note.content", ("Newest sweep: ", "Sweeps on ")
"""Of an experiment, and how what is not people's begins: the second until November 28, 2026."""


def run_link(base: str, experiment_id: str, run_id: str) -> str:
    """Page of a trial's or a sweep's run, on the server at a URL."""
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}?{urlencode(TRAINING)}"


def artifact_link(base: str, experiment_id: str, run_id: str, path: str) -> str:
    """Page of a file of a run; its path is below the run's artifacts."""
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}/artifacts/{quote(path)}?{urlencode(TRAINING)}"


def view_link(base: str, experiment_id: str, key: str, shown: Literal["CHART", "TABLE"] = "CHART") -> str:
    """Runs as charts, or as a table, by the key of a view that is saved in the experiment."""
    query = {"viewStateShareKey": key, "compareRunsMode": shown}
    return f"{base}/#/experiments/{experiment_id}/runs?{urlencode(query | TRAINING)}"


def sweep_link(base: str, experiment_id: str, sweep_id: str) -> str:
    """Table of a sweep's trials, best first; a filter is what makes MLflow list children flat."""
    query = {"searchFilter": f"tags.sweep_id = '{sweep_id}'"}
    query |= {"orderByKey": "metrics.`operating/rank`", "orderByAsc": "false"}
    return f"{base}/#/experiments/{experiment_id}/runs?{urlencode(query | TRAINING, quote_via=quote)}"


def in_note(found: SweepRun, best_run: str) -> dict[str, str]:
    """Label -> address of what belongs to a sweep, from a note on the pages of whichever server shows it."""
    place = "", found.experiment_id
    pages = {"Report": artifact_link(*place, found.run_id, REPORT)}
    if best_run:
        pages["Recommended run"] = run_link(*place, best_run)
    return {label: page.removeprefix("/") for label, page in (pages | _views(found)).items()}


def _views(sweep: SweepRun) -> dict[str, str]:
    keys = {"All trials": sweep.run_id, "Means per cell": f"{sweep.run_id}{saved_views.GROUPED}"}
    return {label: view_link("", sweep.experiment_id, key) for label, key in keys.items()}


def in_markdown(uri: str, experiment_id: str, run_id: str) -> str:
    """A link to a run where a server answers; elsewhere its id, which ``steelyard ui`` can find, or ""."""
    if not uri.startswith("http") or not run_id:
        return run_id
    return f"[{run_id[:8]}]({run_link(uri, experiment_id, run_id)})"


def page(base: str, run: SweepRun, uri: str) -> str:
    """The page of a sweep's trials, as charts where MLflow reads our views and as a table elsewhere; or a story's page.

    ``base`` is the URL of a server that shows the store, and ``uri`` the store's, which may be the same.
    """
    client, place = store.client(uri), (base, run.experiment_id, run.run_id)
    # A link is no reason to lose what a sweep found.
    with suppress(MlflowException):
        if search.role(client, run.run_id) == "tutorial":
            return run_link(*place)
        if saved_views.are_known(base) and saved_views.has(client, run):
            return view_link(*place)
    return sweep_link(*place)


def to_look(uri: str, run: SweepRun, trials: int = 0) -> str:
    """The page of a sweep or a story where a server answers, else the command that serves the store and prints it.

    Where a sweep has more trials than the page shows at first, that is said too.
    """
    shown = page(uri, run, uri) if uri.startswith("http") else f"steelyard ui {run.run_id}{option(uri)}"
    if trials > saved_views.SHOWN:
        shown += f" (its page shows the best {saved_views.SHOWN} of {trials} first)"
    return shown


def option(uri: str) -> str:
    """What a command needs to find the store: `` --tracking-uri sqlite:////path``; "" where it finds it by itself."""
    return "" if uri == store.resolve_uri(None) else f" --tracking-uri {shlex.quote(uri)}"


def flow_run(uri: str, run_id: str) -> str:
    """Page of the Prefect flow run that a sweep was; "" where no server shows it."""
    # A link is no reason to lose what a sweep found.
    with suppress(MlflowException, OSError):
        return str(store.client(uri).get_run(run_id).data.tags.get(FLOW_RUN, ""))
    return ""


def report(uri: str, run_id: str) -> str:
    """Where a sweep's report can be opened: a page of MLflow, or a file; "" where there is none."""
    client = store.client(uri)
    # A link is no reason to lose what a sweep found.
    with suppress(MlflowException, OSError):
        if any(file.path == REPORT for file in client.list_artifacts(run_id)):
            info = client.get_run(run_id).info
            if uri.startswith("http"):
                return artifact_link(uri, info.experiment_id, run_id, REPORT)
            file = Path(url2pathname(urlparse(f"{info.artifact_uri}/{REPORT}").path))
            return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
    return ""


def introduce(client: MlflowClient, sweep: SweepRun, found: str = "") -> None:
    """Say at the head of its experiment what the newest sweep found, with links.

    A note that people wrote stays, unless it begins as ours does; so does that of a sweep which began since.

    Args:
        client: of the store.
        sweep: that begins, or has ended.
        found: what it found, in a few words; "" where it begins.
    """
    experiment_id, own = sweep.experiment_id, run_link("", sweep.experiment_id, sweep.run_id).removeprefix("/")
    note = client.get_experiment(experiment_id).tags.get(NOTE, BEGINS[0])
    if not note.startswith(BEGINS) or (f"({own})" not in note and (found or _is_older(client, sweep, note))):
        return
    pages = {found or "its run": own} | _views(sweep)
    pages["All sweeps"] = view_link("", experiment_id, saved_views.SWEEPS, "TABLE")
    shown = " · ".join(f"[{escaped(label)}]({page.removeprefix('/')})" for label, page in pages.items())
    # One line, which is what MLflow shows of it.
    client.set_experiment_tag(experiment_id, NOTE, f"{BEGINS[0]}{shown}")


def _is_older(client: MlflowClient, sweep: SweepRun, note: str) -> bool:
    """Whether a sweep began before the one that a note names, as it may have if the store was away meanwhile."""
    with suppress(MlflowException):  # It may have been deleted.
        if named := _RUN.search(note):
            own, other = (client.get_run(run_id).info.start_time for run_id in (sweep.run_id, named[1]))
            return int(own) < int(other)
    return False
