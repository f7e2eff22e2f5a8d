"""How flow runs ended that Prefect's server could not be told of: kept on disk until it answers again."""

import json
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from uuid import UUID

import httpx
from prefect import State
from prefect.client.orchestration import get_client
from prefect.exceptions import ObjectNotFound
from prefect.settings import PREFECT_API_URL, PREFECT_CLIENT_MAX_RETRIES, temporary_settings
from prefect.states import to_state_create

from steelyard.tasks import atomic_files
from steelyard.tasks.credentials import masked

logger = logging.getLogger(__name__)

SECONDS = 5.0
"""For an answer of the server."""


def message(flow_run_id: UUID | str, state: State[Any]) -> tuple[str, dict[str, Any]]:
    """Path and JSON by which a server is told how a flow run ended."""
    told = to_state_create(state).model_dump(mode="json", include={"type", "name", "message"})
    return f"/flow_runs/{flow_run_id}/set_state", {"state": told, "force": True}


def keep(server: str, left: Mapping[str, list[Any]], cache: Path) -> None:
    """Keep what was not sent of how flow runs ended, by path; other messages are dropped."""
    for path, messages in left.items():
        if path.endswith("/set_state"):
            run_id = path.split("/")[2]
            kept = {"server": server, "flow_run_id": run_id, "message": messages[-1]}
            try:
                atomic_files.write_text(_folder(cache) / f"{run_id}.json", json.dumps(kept))
            except OSError as error:
                logger.warning("Prefect will show flow run %s as running: %s", run_id, error)


def deliver(cache: Path) -> list[str]:
    """Tell the server that is named now how flow runs of it ended, as far as it answers.

    Returns:
        What there is to say about it, a line each.
    """
    url, told = PREFECT_API_URL.value(), 0
    files = sorted(_folder(cache).glob("*.json")) if url else []
    ours = [(file, kept) for file in files if (kept := _read(file)) and kept["server"] == masked(str(url))]
    if not ours:
        return []
    with (
        temporary_settings({PREFECT_CLIENT_MAX_RETRIES: 0}),
        get_client(sync_client=True, httpx_settings={"timeout": SECONDS}) as client,
    ):
        for file, kept in ours:
            try:
                state = State.model_validate(kept["message"]["state"])
                client.set_flow_run_state(UUID(kept["flow_run_id"]), state, force=True)
                told += 1
            except ObjectNotFound:
                pass  # Another server has the address now.
            except httpx.HTTPError:
                break
            file.unlink(missing_ok=True)
    return [f"told Prefect's server how {told} flow run{'s' * (told > 1)} ended while it was away"] * bool(told)


def _folder(cache: Path) -> Path:
    return cache / "unsent" / "prefect"


def _read(file: Path) -> dict[str, Any] | None:
    try:
        kept = json.loads(file.read_text())
        return kept if {"server", "flow_run_id", "message"} <= set(kept) else None
    except (OSError, ValueError, TypeError):
        return None
