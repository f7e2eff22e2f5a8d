"""Addresses of MLflow's pages."""

from urllib.parse import quote, urlencode

# Without it a page opens with the menus for agents instead of those for training.
TRAINING = {"workflowType": "machine_learning"}


def run_link(base: str, experiment_id: str, run_id: str) -> str:
    """Page of one run.

    Args:
        base: the server's URL.
        experiment_id: of the run.
        run_id: a trial's or a sweep's.
    """
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}?{urlencode(TRAINING)}"


def in_markdown(uri: str, experiment_id: str, run_id: str) -> str:
    """A link to a run where a server answers; elsewhere the run's id, which ``steelyard ui`` can find.

    Args:
        uri: of the store.
        experiment_id: of the run.
        run_id: "" where there is none yet.
    """
    if not uri.startswith("http") or not run_id:
        return run_id
    return f"[{run_id[:8]}]({run_link(uri, experiment_id, run_id)})"


def artifact_link(base: str, experiment_id: str, run_id: str, path: str) -> str:
    """Page of a file of a run.

    Args:
        base: the server's URL.
        experiment_id: of the run.
        run_id: a trial's or a sweep's.
        path: of the file, below the run's artifacts.
    """
    return f"{base}/#/experiments/{experiment_id}/runs/{run_id}/artifacts/{quote(path)}?{urlencode(TRAINING)}"


def view_link(base: str, experiment_id: str, key: str) -> str:
    """Charts of a sweep's trials, by a view that is saved in the experiment.

    Args:
        base: the server's URL.
        experiment_id: of the sweep.
        key: of the view.
    """
    query = {"viewStateShareKey": key, "compareRunsMode": "CHART"}
    return f"{base}/#/experiments/{experiment_id}/runs?{urlencode(query | TRAINING)}"


def sweep_link(base: str, experiment_id: str, sweep_id: str) -> str:
    """Table of a sweep's trials, best first; a filter is what makes MLflow list children flat."""
    query = {
        "searchFilter": f"tags.sweep_id = '{sweep_id}'",
        "orderByKey": "metrics.`operating/rank`",
        "orderByAsc": "false",
    }
    return f"{base}/#/experiments/{experiment_id}/runs?{urlencode(query | TRAINING, quote_via=quote)}"
