"""What can be refused at once, before a server starts and before anything is read or written."""

import os

from prefect.settings import get_current_settings

from models.errors import BadInput
from models.settle import settle
from models.spec import Sweep
from tasks.settings import Settings
from tasks.sources import open_source
from tasks.tracking import store
from tasks.tracking.health import server_answers
from tasks.workers import devices


def check_prefect() -> None:
    """Refuse a Prefect server that does not answer, or a folder in which a temporary one cannot start.

    Raises:
        BadInput: which of the two, in one line.
    """
    settings = get_current_settings()
    if url := settings.api.url:
        if not server_answers(url):
            raise BadInput(
                f"PREFECT_API_URL must be a Prefect server that answers, got {url}; start one with `prefect server "
                "start`, or unset it for a temporary one"
            )
        return
    home = settings.home
    there = next(folder for folder in (home, *home.parents) if folder.exists())
    if not os.access(there, os.W_OK):
        raise BadInput(f"PREFECT_HOME must be a folder that can be written, got {home}; name another")


def check_server() -> None:
    """Refuse to go on without a Prefect server that stays: only one that is started for good has a scheduler.

    Raises:
        BadInput: none is named, or it does not answer.
    """
    url = get_current_settings().api.url
    if not url or not server_answers(url):
        raise BadInput(
            f"PREFECT_API_URL must be a Prefect server that answers, got {url or 'none'}; start one with `prefect "
            "server start`, then `export PREFECT_API_URL=http://127.0.0.1:4200/api`"
        )


def check(spec: Sweep, settings: Settings) -> None:
    """Refuse a source, class, device or store that cannot be used.

    Raises:
        BadInput: the first thing that is wrong.
    """
    store.check(store.resolve_uri(settings.tracking_uri))
    devices.resolve(settings)
    source = open_source(spec.data, settings.cache, spec.class_names)
    settle(spec, source.class_names, source.positive)
