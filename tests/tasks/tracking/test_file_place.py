"""Where files of runs are kept: what of S3's refusals passes, and whether a place is away."""

import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import s3
from mlflow.exceptions import MlflowException

from steelyard.tasks.tracking import contact, file_place
from steelyard.tasks.tracking.contact import Contact
from steelyard.tasks.tracking.server import _any_free


@pytest.fixture(scope="module")
def bucket() -> Iterator[s3.S3]:
    with s3.started() as started:
        yield started


def _client(endpoint: str) -> Any:
    boto3 = pytest.importorskip("boto3", reason="boto3 is not installed: pip install boto3")
    from botocore.config import Config

    login = {"aws_access_key_id": "steelyard", "aws_secret_access_key": s3.SECRET, "region_name": "us-east-1"}
    return boto3.client("s3", endpoint_url=endpoint, config=Config(retries={"max_attempts": 0}), **login)


def test_s3_that_is_away_may_be_asked_again_and_one_that_refuses_may_not(bucket: s3.S3, tmp_path: Path) -> None:
    away, there = _client(f"http://127.0.0.1:{_any_free()}"), _client(bucket.environment["MLFLOW_S3_ENDPOINT_URL"])
    (tmp_path / "file").write_text("of a run")
    with pytest.raises(MlflowException, match="Could not connect") as passing, file_place.told():
        away.list_objects_v2(Bucket=s3.BUCKET)
    assert not contact.is_final(passing.value)
    with pytest.raises(MlflowException, match="NoSuchBucket") as refused, file_place.told():
        there.list_objects_v2(Bucket="no-such-bucket")
    assert contact.is_final(refused.value)
    with pytest.raises(MlflowException, match="Failed to upload") as refused, file_place.told():
        there.upload_file(str(tmp_path / "file"), "no-such-bucket", "file")
    assert contact.is_final(refused.value)


def test_what_is_not_of_s3_stays_what_it_is() -> None:
    for error in (KeyError("a"), ModuleNotFoundError("no", name="torch"), MlflowException("away")):
        with pytest.raises(type(error)) as raised, file_place.told():
            raise error
        assert raised.value is error
    with pytest.raises(MlflowException, match="pip install boto3"), file_place.told():
        raise ModuleNotFoundError("No module named 'boto3'", name="boto3")


def test_a_store_is_away_as_long_as_the_place_of_its_files_is(
    bucket: s3.S3, sqlite_uri: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in (bucket.environment | {"AWS_MAX_ATTEMPTS": "1"}).items():
        monkeypatch.setenv(name, value)
    known = Contact(sqlite_uri)
    bucket.tell(s3.AWAY)
    known.look(lambda: f"s3://{s3.BUCKET}/1")
    assert known.away and str(known) == f"{sqlite_uri} (files in s3://{s3.BUCKET}/1)"
    assert not known.is_back()
    bucket.tell(s3.BACK)
    assert known.is_back() and str(known) == sqlite_uri


def test_a_store_that_answers_and_takes_nothing_is_not_waited_for_longer_each_time_it_is_asked(sqlite_uri: str) -> None:
    known = Contact(sqlite_uri)
    known.seen = began = time.monotonic() - 100
    assert known.is_back() and known.seen == began
    known.away = True
    assert known.is_back() and known.seen > began
