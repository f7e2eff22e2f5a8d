"""How the tests are shared out to processes, one per core: file by file, the files that take longest first."""

from typing import Any

import pytest
from xdist.scheduler import LoadFileScheduling

from steelyard.tasks.workers.devices import cores

FOLDERS = ("tests/flows", "tests/browser", "tests/tasks", "tests/models/simulations", "tests/models")
"""The slowest first, so that at the end of a run no process is left alone with a file of minutes."""

MOST = 4
"""Each process has servers of its own, of about 1 GB."""


class Scheduling(LoadFileScheduling):
    """A file stays in one process, for what its tests share; so do all that look at the same sweeps in a browser."""

    def _split_scope(self, nodeid: str) -> str:
        file: str = super()._split_scope(nodeid)
        return "tests/browser" if file.startswith("tests/browser") else file


@pytest.hookimpl(optionalhook=True)
def scheduler(config: pytest.Config, log: Any) -> Scheduling:
    return Scheduling(config, log)


@pytest.hookimpl(optionalhook=True)
def processes(config: pytest.Config) -> int:
    """None but this one for files asked for by name, which then start at once."""
    named = any(".py" in argument for argument in config.args)
    return 0 if named else min(MOST, cores())


def longest_first(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: next((place for place, name in enumerate(FOLDERS) if name in item.nodeid), 0))
