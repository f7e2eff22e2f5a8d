"""Where a store keeps the files of runs, a folder or S3, by its server or from here; and whether that answers."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from http import HTTPStatus

from mlflow import MlflowClient
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import PERMISSION_DENIED, TEMPORARILY_UNAVAILABLE
from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository
from requests import RequestException

from steelyard.models.errors import BadInput
from steelyard.tasks import credentials
from steelyard.tasks.tracking import server

NOWHERE = "steelyard-looks-here"
"""A folder that is not there: its list takes one request, however much is kept beside it."""

BY_SERVER = "mlflow-artifacts:"
"""Begins the place of what an MLflow server keeps for its clients."""

ANSWER_SECONDS = 8.0
START_SECONDS = 30.0
"""To be looked at for the first time: boto3 is imported, and tries five times."""

NEEDED = "set AWS_ACCESS_KEY_ID, AWS_SECRET_ACCESS_KEY and, where S3 is not Amazon's, MLFLOW_S3_ENDPOINT_URL"


@contextmanager
def told() -> Iterator[None]:
    """Let what boto3 raises be as what MLflow's server answers: 503 where it may be asked again, 403 where it refuses.

    Raises:
        MlflowException: in place of boto3's own.
    """
    try:
        yield
    except _of_boto3() as error:
        code = TEMPORARILY_UNAVAILABLE if _may_pass(error) else PERMISSION_DENIED
        raise MlflowException(str(error), code) from error
    except ModuleNotFoundError as error:
        if error.name != "boto3":
            raise
        raise MlflowException(f"{error}, pip install boto3", PERMISSION_DENIED) from error


def _of_boto3() -> tuple[type[Exception], ...]:
    if "boto3" not in sys.modules:  # It is no dependency: only who keeps files in S3 has it.
        return ()
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError

    return (Boto3Error, BotoCoreError, ClientError)


def _may_pass(error: Exception) -> bool:
    """Whether S3 was not reached, or is in trouble of its own."""
    from botocore.exceptions import ClientError, ConnectionError, HTTPClientError

    answered = next((each for each in (error, error.__context__) if isinstance(each, ClientError)), None)
    if answered is None:
        return isinstance(error, (ConnectionError, HTTPClientError))
    status = int(answered.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0))
    later = (HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS)
    return status >= HTTPStatus.INTERNAL_SERVER_ERROR or status in later


def answers(place: str, uri: str) -> bool:
    """Whether a store, by its absolute URI, reaches a place for files in time."""
    return not _refusal(place, uri, ANSWER_SECONDS)


def check(client: MlflowClient, experiment_id: str) -> None:
    """Refuse a store whose place for an experiment's files cannot be used; one that is away by now is let pass.

    Raises:
        BadInput: the server, or this machine where it does without the server, cannot list them.
    """
    uri, place = client.tracking_uri, ""
    with suppress(MlflowException, RequestException):
        place = str(client.get_experiment(experiment_id).artifact_location)
    if not place or not (why := _refusal(place, uri, START_SECONDS)):
        return
    shown, place = credentials.masked(uri), credentials.masked(place)
    if place.startswith(BY_SERVER):
        raise BadInput(f"tracking-uri {shown} must reach where it keeps files, got: {why}; look into the server's log")
    needed = f"; {NEEDED}" if place.startswith("s3:") else ""
    raise BadInput(f"tracking-uri {shown} keeps files in {place}, which must be reached from here: {why}{needed}")


def _refusal(place: str, uri: str, seconds: float) -> str:
    """Why files cannot be listed; "" where they can."""

    def look() -> str:
        try:
            with told():
                get_artifact_repository(place, tracking_uri=uri).list_artifacts(NOWHERE)
        # Of Google's and Azure's stores each raises its own, and where their packages are missing others.
        except Exception as error:  # noqa: BLE001
            return credentials.masked(" ".join(str(error).split()))[:300] or type(error).__name__
        return ""

    why = server.in_time(look, seconds)
    return f"no answer within {seconds:.0f} s" if why is None else why
