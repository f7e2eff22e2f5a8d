"""What a store keeps of sweeps, read from its database and its files: to be compared with another sweep of the same."""

import hashlib
import re
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from mlflow import MlflowClient
from mlflow.entities import Run

ARTIFACTS = "mlartifacts"

OWN = (
    (r"\b(m-)?[0-9a-f]{32}\b", "ID"),
    (r'"(seconds|once)": ?[\d.e-]+', "SECONDS"),
    (r"\d+(\.\d+)? (ms|s|min)\b", "SECONDS"),
    (r'<td class="number">[\d.]+</td>(?=<td><code>ID)', "SECONDS"),
    (r"begun [^:]+:\d\d UTC", "BEGUN"),
    (r'(?<=<td class="long">)reused(?=</td>)', ""),
)
"""What two sweeps of the same differ in, as it is written in texts."""

OF_ITS_OWN = ("sweep_id", "lives_at", "alive_at", "created_as", "mlflow.parentRunId", "mlflow.runName", "reused_from")
"""Tags that differ."""


@dataclass(frozen=True)
class Kept:
    """A run as it is kept, without what differs between two sweeps of the same.

    Attributes:
        metrics: (step, value) of each point, by key, those of speed left out.
        files: digest of each, by path.
        model: likewise; empty where there is none.
    """

    run: Run
    params: dict[str, str]
    tags: dict[str, str]
    metrics: dict[str, list[tuple[int, float]]]
    files: dict[str, str]
    model: dict[str, str]

    @property
    def name(self) -> str:
        """Of its trial, "" of a sweep."""
        return str(self.run.info.run_name) if self.run.data.tags["role"] == "trial" else ""


PARTS = ("params", "tags", "metrics", "files", "model")


def differences(runs: dict[str, Kept], others: dict[str, Kept], models: bool = True) -> list[str]:
    """What some runs have that those of the same names have not, or otherwise; nothing where all of it is equal.

    Without ``models`` they are left out: of the trials on features only the best of its sweep has one.
    """
    found = [f"{name!r} is missing" for name in others.keys() - runs.keys() if models]
    found += [f"{name!r} is too many" for name in runs.keys() - others.keys()]
    for name in runs.keys() & others.keys():
        run, other = runs[name], others[name]
        if run.run.info.status != other.run.info.status:
            found.append(f"{name!r} is {run.run.info.status}, and not {other.run.info.status}")
        for part in PARTS if models else PARTS[:-1]:
            mine, theirs = getattr(run, part), getattr(other, part)
            unlike = sorted(key for key in mine.keys() | theirs.keys() if mine.get(key) != theirs.get(key))
            found += [f"{name!r}: {part} {key}: {mine.get(key)}, and not {theirs.get(key)}" for key in unlike]
    return found


def runs(folder: Path, condition: str = "") -> list[Run]:
    """Of the store in a folder, oldest first."""
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    everywhere = [experiment.experiment_id for experiment in client.search_experiments()]
    return list(client.search_runs(everywhere, condition, order_by=["attributes.start_time ASC"], max_results=5000))


def newest_sweep(folder: Path) -> dict[str, Kept]:
    """As ``of_sweep``."""
    return of_sweep(runs(folder, "tags.role = 'sweep'")[-1], folder)


def of_sweep(sweep: Run, folder: Path) -> dict[str, Kept]:
    """A sweep by ``""`` and its trials by name; a trial that is there twice is told by an assertion."""
    of_it = [kept(run, folder) for run in (sweep, *trials(folder, sweep.info.run_id))]
    named = {each.name: each for each in of_it}
    assert len(named) == len(of_it)
    return named


def trials(folder: Path, sweep_id: str) -> list[Run]:
    """Of a sweep, oldest first."""
    return runs(folder, f"tags.sweep_id = '{sweep_id}' and tags.role = 'trial'")


def kept(run: Run, folder: Path) -> Kept:
    """All of a run in the store of this folder."""
    client = MlflowClient(f"sqlite:///{folder / 'mlflow.db'}")
    points = {
        key: [(point.step, point.value) for point in client.get_metric_history(run.info.run_id, key)]
        for key in run.data.metrics
        if not key.startswith("speed/")
    }
    models = run.outputs.model_outputs if run.outputs else []
    model: dict[str, str] = {}
    for each in models:
        model |= _digests(_place(client.get_logged_model(each.model_id).artifact_location, folder))
    model.pop("MLmodel", None)  # It names its run, its time and its place.
    tags = {key: _masked(value) for key, value in run.data.tags.items() if key not in OF_ITS_OWN}
    ordered = {key: sorted(points[key]) for key in sorted(points)}
    return Kept(run, run.data.params, tags, ordered, _digests(_place(run.info.artifact_uri, folder)), model)


def _place(uri: str, folder: Path) -> Path:
    if uri.startswith("mlflow-artifacts:"):
        return folder / ARTIFACTS / uri.removeprefix("mlflow-artifacts:").lstrip("/")
    return Path(unquote(uri.removeprefix("file://")))


UPLOADING = ".artifact.uploading."
"""Begins the name of what MLflow's server was receiving when it was killed, which it leaves behind."""


def _digests(root: Path) -> dict[str, str]:
    there = sorted(path for path in root.rglob("*") if path.is_file() and not path.name.startswith(UPLOADING))
    return {path.relative_to(root).as_posix(): hashlib.sha256(_plain(path)).hexdigest()[:8] for path in there}


def _plain(path: Path) -> bytes:
    if path.name in ("about.json", "trials.csv", "comparison.json"):
        return b"there"  # Ids, times and seconds in nearly every line; what else they say is in cells.csv.
    if path.suffix not in (".json", ".html", ".csv"):
        return path.read_bytes()
    return _masked(path.read_text(encoding="utf-8")).encode()


def _masked(text: str) -> str:
    for pattern, instead in OWN:
        text = re.sub(pattern, instead, text)
    return text
