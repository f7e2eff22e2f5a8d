"""Which version of a registered model is the champion, and which were: of two that promote at once only one does.

An alias can be set by anyone at any time, and the last one wins. So each change is first written as the next parameter
of a run kept for that: MLflow refuses another value for a parameter that is there.
"""

from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import (
    RESOURCE_ALREADY_EXISTS,
    RESOURCE_DOES_NOT_EXIST,
    ErrorCode,
)

from steelyard.models.errors import BadInput
from steelyard.tasks.tracking import experiments

CHAMPION = "champion"
"""Alias of the version that is in use."""

HISTORY = "steelyard.history_run"
"""Tag of a registered model: the run whose parameters are its champions, the first to be one first."""

EXPERIMENT = "champions of registered models"

PROMOTED, RETURNED, BY_HAND, NOBODY = "promoted", "returned to", "set by hand", "0"
"""How a version became champion; and the version of none, whose alias somebody removed."""

UNDER_WAY = timedelta(minutes=2)
"""For so long a change whose alias is not set yet is one that another process is about to finish."""


class Overtaken(Exception):
    """Another has changed the champion since it was read."""


@dataclass(frozen=True)
class Change:
    """A version that became champion, how, and when."""

    version: str
    how: str
    at: datetime

    @classmethod
    def parse(cls, text: str) -> "Change":
        """Read what ``str`` of a change gives."""
        version, at, how = text.split(" ", 2)
        return cls(version, how, datetime.fromisoformat(at))

    def __str__(self) -> str:
        return f"{self.version} {self.at.isoformat(timespec='seconds')} {self.how}"


@dataclass(frozen=True)
class Champions:
    """The champions of a name as they were when they were read, the first to be one first."""

    name: str
    run_id: str
    changes: tuple[Change, ...]

    @property
    def now(self) -> str:
        """Version of the champion; "" where there is none."""
        return "" if not self.changes or self.changes[-1].version == NOBODY else self.changes[-1].version

    @property
    def before(self) -> list[str]:
        """Versions to return to, the one to try first last."""
        line: list[str] = []
        for change in self.changes:
            if change.how == RETURNED and change.version in line:
                del line[len(line) - line[::-1].index(change.version) :]
            elif change.version not in (NOBODY, *line[-1:]):
                line.append(change.version)
        return line[:-1] if line[-1:] == [self.now] else line

    def under_way(self, alias: str) -> bool:
        """Whether the last change is one that another process is about to finish, or died before it did.

        The alias then is still that of the champion before.
        """
        if not self.changes or self.changes[-1].how == BY_HAND:
            return False
        before = self.changes[-2].version if len(self.changes) > 1 else NOBODY
        return (alias or NOBODY) == before and datetime.now(UTC) - self.changes[-1].at < UNDER_WAY


def read(client: MlflowClient, name: str) -> Champions:
    """The champions of a registered model that is there; a change that its process left half done is finished.

    Where the alias was set or removed by hand, that is written down as a change too.

    Raises:
        Overtaken: another process wrote a change at the same time.
    """
    model = client.get_registered_model(name)
    run_id = _history_of(client, name, model.tags.get(HISTORY))
    champions = Champions(name, run_id, _changes(client, run_id))
    alias = str(model.aliases.get(CHAMPION, ""))
    if alias == champions.now:
        return champions
    if champions.under_way(alias):
        client.set_registered_model_alias(name, CHAMPION, champions.now)
        return champions
    return _written(client, champions, alias or NOBODY, BY_HAND)


def begin(client: MlflowClient, name: str) -> None:
    """Make a registered model that has no version yet; nothing happens to one that is there."""
    if _is_there(client, name):
        return
    run_id = _history(client, name)
    try:
        client.create_registered_model(name, tags={HISTORY: run_id})
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_ALREADY_EXISTS):
            raise
        client.delete_run(run_id)


def _is_there(client: MlflowClient, name: str) -> bool:
    try:
        client.get_registered_model(name)
    except MlflowException as error:
        if error.error_code != ErrorCode.Name(RESOURCE_DOES_NOT_EXIST):
            raise
        return False
    return True


def _history(client: MlflowClient, name: str) -> str:
    # An experiment of its own, so that no comparison of trials shows these runs.
    experiment = experiments.experiment_id(client, EXPERIMENT)
    run_id = str(client.create_run(experiment, tags={"role": "champions"}, run_name=name).info.run_id)
    client.set_terminated(run_id)
    return run_id


def _history_of(client: MlflowClient, name: str, run_id: str | None) -> str:
    """The run of a model's champions: brought back where it was deleted, made where there is none."""
    if run_id:
        with suppress(MlflowException):  # It is gone for good.
            if client.get_run(run_id).info.lifecycle_stage == "deleted":
                client.restore_run(run_id)
            return run_id
    client.set_registered_model_tag(name, HISTORY, _history(client, name))
    return str(client.get_registered_model(name).tags[HISTORY])


def _changes(client: MlflowClient, run_id: str) -> tuple[Change, ...]:
    kept = client.get_run(run_id).data.params
    return tuple(Change.parse(kept[key]) for key in sorted(kept))


def _written(client: MlflowClient, champions: Champions, version: str, how: str) -> Champions:
    change = Change(version, how, datetime.now(UTC).replace(microsecond=0))
    try:
        client.log_param(champions.run_id, f"{len(champions.changes) + 1:05d}", str(change))
    except MlflowException as error:
        if len(_changes(client, champions.run_id)) == len(champions.changes):
            raise
        raise Overtaken(champions.name) from error
    return Champions(champions.name, champions.run_id, (*champions.changes, change))


def promote(client: MlflowClient, champions: Champions, version: str, how: str = PROMOTED) -> None:
    """Make a version the champion, unless another became it since the champions were read.

    Raises:
        Overtaken: another did.
    """
    _written(client, champions, version, how)
    client.set_registered_model_alias(champions.name, CHAMPION, version)
    # Another may have finished this change, and made one of its own, before the alias was set here.
    if (last := _changes(client, champions.run_id)[-1].version) not in (version, NOBODY):
        client.set_registered_model_alias(champions.name, CHAMPION, last)


def roll_back(client: MlflowClient, name: str) -> tuple[str, str]:
    """Return to the champion before, or the one before that where it was deleted.

    Returns:
        Versions of the champion that was, and of the one that is.

    Raises:
        BadInput: no such model, or it has had no other champion.
        Overtaken: another changed it at the same time.
    """
    if not _is_there(client, name):
        raise BadInput(f"name must be a model that is registered in {client.tracking_uri}, got {name!r}")
    champions = read(client, name)
    versions = [str(of.version) for of in client.search_model_versions(f"name = '{name}'")]
    left = [version for version in champions.before if version in versions]
    if not left:
        raise BadInput(f"name must be a model with a champion to return to, got {name!r}, which has none before this")
    promote(client, champions, left[-1], RETURNED)
    return champions.now, left[-1]
