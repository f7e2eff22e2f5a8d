"""Where to look at a sweep or a story: an address, or the command that serves one."""

import shlex
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlparse
from urllib.request import url2pathname

from mlflow.exceptions import MlflowException

from steelyard.tasks.tracking import links, saved_views, store, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun

REPORT = "report.html"
"""At the root of the artifacts of a sweep's run."""


def to_look(uri: str, run: SweepRun) -> str:
    """The link where a server answers, else the command that serves the store and prints it.

    Args:
        uri: of the store, absolute.
        run: of a sweep or a story.
    """
    if uri.startswith("http"):
        return link(uri, run, uri)
    command = f"steelyard ui {run.run_id}"
    return command if uri == store.resolve_uri(None) else f"{command} --tracking-uri {shlex.quote(uri)}"


def in_words(uri: str, run: SweepRun, trials: int) -> str:
    """``to_look``, and that its page shows fewer trials at first, where it does.

    Args:
        uri: of the store, absolute.
        run: of a sweep.
        trials: how many it has.
    """
    fewer = f" (its page shows the best {saved_views.SHOWN} of {trials} first)" if trials > saved_views.SHOWN else ""
    return f"{to_look(uri, run)}{fewer}"


def report(uri: str, run_id: str) -> str:
    """Where a sweep's report can be opened: a page of MLflow, or a file; "" where there is none.

    Args:
        uri: of the store, absolute.
        run_id: the parent run.
    """
    client = store.client(uri)
    # A link is no reason to lose what a sweep found.
    with suppress(MlflowException, OSError):
        if any(file.path == REPORT for file in client.list_artifacts(run_id)):
            info = client.get_run(run_id).info
            if uri.startswith("http"):
                return links.artifact_link(uri, info.experiment_id, run_id, REPORT)
            file = Path(url2pathname(urlparse(f"{info.artifact_uri}/{REPORT}").path))
            return str(file.relative_to(Path.cwd()) if file.is_relative_to(Path.cwd()) else file)
    return ""


def link(base: str, run: SweepRun, uri: str) -> str:
    """The page of a sweep's trials, as charts where MLflow reads our views and as a table elsewhere; or a story's page.

    Args:
        base: URL of a server that shows the store.
        run: of a sweep or a story.
        uri: of the store.
    """
    client, place = store.client(uri), (base, run.experiment_id, run.run_id)
    # A link is no reason to lose what a sweep found.
    with suppress(MlflowException):
        if sweeps.role(client, run.run_id) == "tutorial":
            return links.run_link(*place)
        if saved_views.are_known(base) and saved_views.has(client, run):
            return links.view_link(*place)
    return links.sweep_link(*place)
