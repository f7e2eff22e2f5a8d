"""Serve the sweep as a deployment of a Prefect server, on a timetable, until it is stopped."""

import asyncio
import os
from pathlib import Path
from typing import Any

from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import CronSchedule

from steelyard.flows.command import ERR
from steelyard.flows.serving import serve
from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import prefect_server, preflight, sources
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.settings import Settings
from steelyard.tasks.timetable import Timetable
from steelyard.tasks.tracking import store

SHOWN = {"LOGGERS_PREFECT_EXTRA_HANDLERS": "api,debug", "HANDLERS_DEBUG_FORMATTER": "simple"}
"""Prefect's logging in the runs: what our tasks say goes to the server, and to this terminal with the time."""


def schedule(spec: Sweep, settings: Settings, timetable: Timetable, config: Path | None = None) -> int:
    """Check everything, then serve the sweep until Ctrl-C.

    Raises:
        BadInput: a timetable that never fires, no Prefect server, or what a sweep would be refused for.
    """
    times = _times(timetable)
    prefect_server.check()
    with progress_terminal.shown(ERR):
        preflight.check(spec, settings, config)
    os.environ |= {f"PREFECT_LOGGING_{key}": value for key, value in SHOWN.items()}
    asyncio.run(serve(timetable.called(spec.data), times, _parameters(spec, settings)))
    return 0


def _times(timetable: Timetable) -> Schedule:
    if timetable.every:
        return Interval(timetable.every)
    try:
        asyncio.run(CronSchedule(cron=timetable.cron, timezone=timetable.timezone).get_dates(1))
    except ValueError:
        what = 'minute, hour, day, month and day of the week of a time that comes, such as "0 3 * * *"'
        raise BadInput(f"cron must be {what}, got {timetable.cron!r}") from None
    return Cron(timetable.cron, timezone=timetable.timezone)


def _parameters(spec: Sweep, settings: Settings) -> dict[str, Any]:
    """What each run is given: what was asked for here, for a process in any working folder."""
    there = {"tracking_uri": store.resolve_uri(settings.tracking_uri), "cache": settings.cache.absolute()}
    return {
        "spec": _everywhere(spec).model_dump(mode="json"),
        "settings": settings.model_copy(update=there).model_dump(mode="json"),
    }


def _everywhere(spec: Sweep) -> Sweep:
    """The same for a process in another working folder."""
    weights = spec.backbone_weights and str(Path(spec.backbone_weights).expanduser().absolute())
    return spec.model_copy(update={"data": sources.absolute(spec.data), "backbone_weights": weights})
