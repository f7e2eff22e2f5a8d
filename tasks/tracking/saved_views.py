"""One link that opens a sweep as charts: views saved in the experiment's tags, as MLflow's page itself shares them."""

import json
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Any

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException

from steelyard.models.comparison.short_metrics import ON_VAL, TRIAL
from steelyard.tasks.tracking import server
from steelyard.tasks.tracking.sweeps import SweepRun

PREFIX = "mlflow.sharedViewState."
KNOWN = "3.17."
"""The format is MLflow's own and undocumented; these versions were seen to read it."""

KEPT = 20
"""Sweeps of an experiment whose views stay."""

SECONDS = 8.0
"""For a server to tell its version."""

SHOWN = 100
"""Trials that MLflow's page loads at first."""

METRICS = ("recall", "precision", "roc_auc")
"""On test at the operating point, but the area: drawn against weight."""

CURVES = ("recall", "precision", "roc_auc", "loss")
"""On val, epoch by epoch."""

WIDTHS = {
    "attributes.`Run Name`": 190,
    "runDateAndNestInfo": 135,
    **{f"metrics.`{name}`": pixels for name, pixels in {"recall": 75, "precision": 85, "roc_auc": 80}.items()},
    "metrics.`threshold`": 85,
    f"metrics.`{ON_VAL}`": 140,
    "duration": 80,
}
"""Columns of the table in their order, in pixels: as wide as their heads, so that most fit beside the assistant."""

POSITIVE, POWER = "weight_positive", "weight_power"
"""Parameters that weights are a number of: with one class to find, and where every class counts."""

GROUPED = "-cells"

SWEEPS = "sweeps"
"""Key of the view of all sweeps of an experiment."""


def are_known(base: str) -> bool:
    """Whether the server at a URL is of a version that reads the views."""
    answer = server.asked_as_mlflow(base, "/version", SECONDS)
    return answer is not None and answer.ok and answer.text.startswith(KNOWN)


def has(client: MlflowClient, sweep: SweepRun) -> bool:
    """Whether a sweep's views are still there."""
    return f"{PREFIX}{sweep.run_id}" in client.get_experiment(sweep.experiment_id).tags


def save(client: MlflowClient, sweep: SweepRun, trials: int = 0, axis: str = POSITIVE) -> None:
    """Save two views of a sweep, its trials and its cells, and one of all sweeps; drop those of the oldest sweeps.

    The run's id is also the key of the view of its trials; where the page shows fewer than there will be at first, the
    view's name says so, at its head, which is what the page shows of it. ``axis`` is the parameter that weights are a
    number of.
    """
    experiment_id, sweep_id = sweep.experiment_id, sweep.run_id
    name = client.get_run(sweep_id).info.run_name
    shown = f"the best {SHOWN} of {trials} trials" if trials > SHOWN else "trials"
    for key, title, grouping in ((sweep_id, shown, None), (f"{sweep_id}{GROUPED}", "cells", _by_cell())):
        _put(client, experiment_id, key, f"{title} · {name}", _state(sweep_id, axis) | {"groupBy": grouping})
    _put(client, experiment_id, SWEEPS, "all sweeps", _of_sweeps())
    for key in _old(client.get_experiment(experiment_id).tags):
        # Another sweep may have dropped it at the same moment.
        with suppress(MlflowException):
            client.delete_experiment_tag(experiment_id, key)


def _put(client: MlflowClient, experiment_id: str, key: str, name: str, state: dict[str, Any]) -> None:
    view = {"name": name, "createdAt": int(time.time() * 1000), "state": json.dumps(state)}
    client.set_experiment_tag(experiment_id, f"{PREFIX}{key}", json.dumps(view))


def _old(tags: dict[str, str]) -> list[str]:
    """Keys of the views of all sweeps but the newest; views that people saved are none of ours."""
    ours = [key for key in tags if key.startswith(PREFIX) and f"{key}{GROUPED}" in tags]
    newest_first = sorted(ours, key=lambda key: json.loads(tags[key])["createdAt"], reverse=True)
    return [view for key in newest_first[KEPT:] for view in (key, f"{key}{GROUPED}")]


def _by_cell() -> dict[str, Any]:
    return {"aggregateFunction": "average", "groupByKeys": [{"mode": "param", "groupByData": "cell"}]}


def _state(sweep_id: str, axis: str) -> dict[str, Any]:
    return {
        "searchFilter": f"tags.sweep_id = '{sweep_id}'",
        "orderByKey": "metrics.`operating/rank`",
        "orderByAsc": False,
        "startTime": "ALL",
        "lifecycleFilter": "Active",
        "modelVersionFilter": "All Runs",
        "datasetsFilter": [],
        "selectedColumns": [f"metrics.`{name}`" for name in TRIAL],
        "columnOrder": list(WIDTHS),
        "columnWidths": WIDTHS,
        "runsHiddenMode": "SHOW_ALL",
        # Beside the assistant a list of names leaves no room for two charts; a click shows it, and so does the table.
        "runListHidden": True,
        "isAccordionReordered": True,
        "useGroupedValuesInCharts": True,
        "compareRunSections": list(_sections()),
        "compareRunCharts": list(_charts(axis)),
    }


def _of_sweeps() -> dict[str, Any]:
    """All sweeps of an experiment, the newest first: what each recommends, as a table and as bars."""
    shown = ("recall", "precision", "roc_auc", "threshold")
    bars = [_chart(f"bar-{name}", "BAR", metricKey=name) for name in shown]
    columns = ["tags.`badge`", *(f"metrics.`{name}`" for name in shown)]
    own: dict[str, Any] = {
        "searchFilter": "tags.role = 'sweep'",
        "orderByKey": "attributes.start_time",
        "groupBy": None,
    }
    own |= {"selectedColumns": columns, "columnOrder": [*list(WIDTHS)[:2], *columns], "compareRunCharts": bars}
    own["compareRunSections"] = [section for section in _sections() if section["uuid"] in {"test", "rest"}]
    return _state("", POSITIVE) | own


def _sections() -> Iterator[dict[str, Any]]:
    fixed = {"isReordered": True, "deleted": False, "isGenerated": False}
    sections = ("glance", "At a glance", 1), ("test", "On test", 2), ("curves", "On val, as they learn", 2)
    for uuid, name, columns in sections:
        yield {"uuid": uuid, "name": name, "display": True, "columns": columns, "cardHeight": 330} | fixed
    yield {"uuid": "rest", "name": "Model metrics", "display": False} | fixed


def _charts(axis: str) -> Iterator[dict[str, Any]]:
    """Of parallel coordinates five axes, whose heads stay apart over the width of half a screen."""
    metrics = [ON_VAL, *METRICS]
    yield _chart("parallel", "PARALLEL", "glance", selectedParams=[axis], selectedMetrics=metrics, showAllRuns=False)
    yield _scatter("curve", ("METRIC", "recall"), ("METRIC", "precision"))
    for name in METRICS:
        yield _scatter(f"weight-{name}", ("PARAM", axis), ("METRIC", name))
    for name in CURVES:
        yield _line(f"val/{name}")


def _scatter(uuid: str, x: tuple[str, str], y: tuple[str, str]) -> dict[str, Any]:
    axes: dict[str, Any] = {f"{axis}axis": {"key": key, "type": kind} for axis, (kind, key) in (("x", x), ("y", y))}
    return _chart(uuid, "SCATTER", **axes)


def _line(metric: str) -> dict[str, Any]:
    smooth: dict[str, Any] = {"useGlobalXaxisKey": True, "useGlobalLineSmoothing": True, "lineSmoothness": 0}
    scale = {"xAxisKey": "step", "scaleType": "linear", "xAxisScaleType": "linear"}
    return _chart(metric, "LINE", "curves", metricKey=metric, selectedMetricKeys=[metric], **smooth, **scale)


def _chart(uuid: str, kind: str, section: str = "test", **what: Any) -> dict[str, Any]:
    own = {"type": kind, "uuid": uuid, "metricSectionId": section}
    return own | {"deleted": False, "isGenerated": False, "runsCountToCompare": SHOWN} | what
