"""Where to look at a sweep or a story: an address, or the command that serves one."""

import shlex
from contextlib import suppress

from mlflow.exceptions import MlflowException

from tasks.tracking import links, store, sweeps, views
from tasks.tracking.sweeps import SweepRun


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
        if views.are_known(base) and views.has(client, run):
            return links.view_link(*place)
    return links.sweep_link(*place)
