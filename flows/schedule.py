"""Sweeps and looks at new images on a timetable: checked at once, then served to a Prefect server."""

import asyncio
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from prefect.schedules import Cron, Interval, Schedule
from prefect.server.schemas.schedules import CronSchedule
from rich.console import Console

from steelyard.flows import serving
from steelyard.flows.serving import Served
from steelyard.flows.sweep import sweep
from steelyard.flows.watch import watch
from steelyard.models.errors import BadInput
from steelyard.models.spec import grid
from steelyard.models.spec.sweep import CHOICES, Sweep
from steelyard.tasks import preflight, sources
from steelyard.tasks import watch as looks
from steelyard.tasks.prefect_view import server
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.settings import DEVICES, Settings
from steelyard.tasks.sources.helpers.listed_groups import SUFFIX
from steelyard.tasks.timetable import Timetable
from steelyard.tasks.tracking import store

ERR = Console(stderr=True, emoji=False)

NAMED_BY = re.compile("[@/]")
"""Between the name of a registered model and its alias or version."""


def schedule(spec: Sweep, settings: Settings, timetable: Timetable, config: Path | None = None) -> int:
    """Check everything, then serve the sweep until Ctrl-C.

    Raises:
        BadInput: no Prefect server, a timetable that never fires, a device that the form does not offer, a name that
            another schedule has, or what a sweep would be refused for.
    """
    times = _times(timetable)
    if settings.device not in DEVICES:
        offered = f"one of {', '.join(DEVICES)}"
        raise BadInput(
            f"device must be {offered} in a schedule, got {settings.device!r}; CUDA_VISIBLE_DEVICES chooses others"
        )
    server.check()
    with progress_terminal.shown(ERR):
        preflight.check(spec, settings, config)
    parameters = _parameters(spec, settings)
    return serving.serve(Served(sweep, timetable.name or spec.called, times, parameters, settings.cache.absolute()))


def schedule_watch(
    model: str, paths: Sequence[Path], tracking_uri: str, output: Path, command: str, timetable: Timetable
) -> int:
    """Check everything, then serve looks at new images until Ctrl-C.

    Raises:
        BadInput: no Prefect server, a timetable that never fires, a name that another schedule has, or as
            ``tasks.watch.check``.
    """
    times = _times(timetable)
    server.check()
    cache = Settings().cache.absolute()
    parameters = {
        "model": model,
        "paths": [_absolute(str(path)) for path in paths],
        "tracking_uri": looks.check(model, paths, tracking_uri, output),
        "output": _absolute(str(output)),
        "notify_command": command,
        "cache": str(cache),
    }
    name = timetable.name or NAMED_BY.split(model)[0]
    return serving.serve(Served(watch, name, times, parameters, cache))


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
    """What each run is given, as the form has it: what was asked for here, for a process in any working folder."""
    named = {field: _absolute(getattr(spec, field)) for field in ("images_root", "labels", "backbone_weights")}
    if spec.group_by.lower().endswith(SUFFIX):
        named["group_by"] = _absolute(spec.group_by)
    recipes = set(grid.names(spec.recipe))
    named["recipe"] = next(choice for choice in CHOICES if set(grid.names(choice)) == recipes)
    images = {"data": sources.absolute(spec.data)} | named
    stores = {"tracking_uri": store.resolve_uri(settings.tracking_uri), "cache": settings.cache.absolute()}
    return {
        "spec": spec.model_copy(update=images).model_dump(mode="json", exclude_none=True),
        "settings": settings.model_copy(update=stores).model_dump(mode="json", exclude_none=True),
    }


def _absolute(path: str) -> str:
    return path and str(Path(path).expanduser().absolute())
