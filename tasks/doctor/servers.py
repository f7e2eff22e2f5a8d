"""The store, and the servers that are named: whether they answer, let this user in, and are of a version that fits."""

import http
import shutil
from base64 import b64encode
from collections.abc import Iterator
from dataclasses import replace
from importlib.metadata import requires
from pathlib import Path

import requests
from packaging.requirements import Requirement
from packaging.version import InvalidVersion, Version

from steelyard.models.names import cut
from steelyard.tasks.doctor import folders
from steelyard.tasks.doctor.findings import Finding, Mark
from steelyard.tasks.doctor.versions import OURS
from steelyard.tasks.settings import Settings

SECONDS = 4.0
CLOSED = (http.HTTPStatus.UNAUTHORIZED, http.HTTPStatus.FORBIDDEN)

SERVER_LOG = "look into the server's log"
ANOTHER = "name another with --tracking-uri or MLFLOW_TRACKING_URI"


def store(settings: Settings) -> Iterator[Finding]:
    """Where runs are kept: whether it can be written; a file that is not there yet is not made."""
    from steelyard.tasks.tracking import search
    from steelyard.tasks.tracking import store as stores
    from steelyard.tasks.tracking.experiments import sqlite_path

    uri = stores.resolve_uri(settings.tracking_uri)
    if uri.startswith(("http://", "https://")):
        yield from _mlflow_server(uri)
        return
    stores.check(uri)
    path = sqlite_path(uri) or Path()
    place = folders.look("store", path.parent, ANOTHER)
    if place.mark == "broken":
        yield place
        return
    if not path.exists() or not path.stat().st_size:
        told = f"{path}, which will be made"
    else:
        with stores.told(uri):
            told = f"{path}, {len(search.experiment_ids(stores.client(uri)))} experiments"
    yield replace(place, said=f"{told}, {folders.size(shutil.disk_usage(path.parent).free)} free")


def _mlflow_server(uri: str) -> Iterator[Finding]:
    from steelyard.tasks.tracking import search
    from steelyard.tasks.tracking import store as stores

    stores.check(uri)
    yield from _version("MLflow", f"{uri}/version", {})
    try:
        with stores.told(uri):
            count = len(search.experiment_ids(stores.client(uri)))
    except OSError as error:
        closed = "authenticat" in str(error) or "401" in str(error)
        mend = "export MLFLOW_TRACKING_USERNAME and MLFLOW_TRACKING_PASSWORD, or correct them" if closed else SERVER_LOG
        yield Finding("broken", "store", str(error), mend)
    else:
        yield Finding("ok", "store", f"{uri} answers, {count} experiments")


def prefect(settings: Settings) -> Iterator[Finding]:
    """The server that PREFECT_API_URL names; a sweep needs none."""
    from prefect.settings import get_current_settings

    from steelyard.tasks.prefect_view.server import START_ONE

    known = get_current_settings()
    url = str(known.api.url or "")
    if not url:
        yield Finding("ok", "Prefect", "no server is named: a sweep needs none, a schedule does")
        return
    secret = known.api.auth_string or known.api.key
    key = secret.get_secret_value() if secret else ""
    basic = f"Basic {b64encode(key.encode()).decode()}" if known.api.auth_string else f"Bearer {key}"
    headers = {"Authorization": basic} if key else {}
    answer = _ask(f"{url}/health", headers)
    if answer is None or not answer.ok:
        got = "does not answer" if answer is None else f"answers {answer.status_code}"
        yield Finding("broken", "Prefect", f"{url} {got}", f"{START_ONE}, or unset PREFECT_API_URL")
        return
    yield from _version("Prefect", f"{url}/admin/version", headers)


def _version(what: str, url: str, headers: dict[str, str]) -> Iterator[Finding]:
    """A server's version, against the bounds of the package that talks to it."""
    (needed,) = (each for each in map(Requirement, requires(OURS) or ()) if each.name == what.lower())
    answer, base = _ask(url, headers), url.removesuffix("/version").removesuffix("/admin")
    if answer is not None and answer.status_code in CLOSED and what == "Prefect":
        got = "refuses PREFECT_API_AUTH_STRING" if headers else "asks for a password"
        yield Finding("broken", what, f"{base} {got}", "export PREFECT_API_AUTH_STRING=user:password of the server")
        return
    said = answer.text.strip().strip('"') if answer is not None and answer.ok else ""
    try:
        found = Version(said)
    except InvalidVersion:
        yield Finding("warn", what, f"{base} does not say its version, got {cut(said, 20)!r}")
        return
    if needed.specifier.contains(found, prereleases=True):
        yield Finding("ok", what, f"{base} answers, version {found}")
        return
    known = max(Version(each.version) for each in needed.specifier if each.operator.startswith(">"))
    mark: Mark = "warn" if found.major == known.major else "broken"
    yield Finding(mark, what, f"{base} has version {found}, must be {needed.specifier}", "install one of these there")


def _ask(url: str, headers: dict[str, str]) -> requests.Response | None:
    try:
        return requests.get(url, headers=headers, timeout=SECONDS)
    except (requests.RequestException, ValueError):
        return None
