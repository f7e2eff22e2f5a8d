"""All that ``steelyard doctor`` looks at, in the order it is told."""

from collections.abc import Iterator

from steelyard.models.errors import BadInput
from steelyard.models.names import cut
from steelyard.tasks.doctor import backbones, devices, folders, leftovers, servers, versions
from steelyard.tasks.doctor.findings import Check, Finding
from steelyard.tasks.settings import Settings
from steelyard.tasks.user_input import one_line

CHECKS: dict[str, Check] = {
    "versions": versions.python_and_packages,
    "devices": devices.training_steps,
    "memory": devices.memory,
    "backbone": backbones.weights,
    "folders": folders.room,
    "store": servers.store,
    "Prefect": servers.prefect,
    "leftovers": leftovers.folders,
    "runs": leftovers.runs,
    "unsent": leftovers.unsent,
    "checkpoints": leftovers.checkpoints,
}
"""What is looked at -> what looks at it."""


def examine(what: str, settings: Settings) -> Iterator[Finding]:
    """The findings of one check; what it raises is one too."""
    try:
        yield from CHECKS[what](settings)
    except Exception as error:  # noqa: BLE001  # whatever is broken here is what was asked for
        yield Finding("broken", what, cut(_told(error), 500), _mend(error))


def _told(error: Exception) -> str:
    return one_line(error) if isinstance(error, BadInput) else f"{type(error).__name__}: {one_line(error)}"


def _mend(error: Exception) -> str:
    return versions.REINSTALL if isinstance(error, ImportError) else ""
