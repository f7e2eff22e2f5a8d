"""Champions of a registered model: one at a time, whoever promotes, in SQLite and through a server."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from threading import Barrier

import pytest
from mlflow import MlflowClient

from steelyard.models.errors import BadInput
from steelyard.tasks.tracking import champions
from steelyard.tasks.tracking.champions import BY_HAND, CHAMPION, PROMOTED, Champions, Change, Overtaken


@pytest.fixture(params=["sqlite", "server"])
def client(request: pytest.FixtureRequest) -> MlflowClient:
    uri = request.getfixturevalue("sqlite_uri" if request.param == "sqlite" else "server_uri")
    return MlflowClient(uri, uri)


@pytest.fixture
def name(client: MlflowClient, request: pytest.FixtureRequest) -> str:
    """A registered model with versions 1 to 4."""
    name = f"parts-{abs(hash(request.node.name))}"
    champions.begin(client, name)
    for _ in range(4):
        client.create_model_version(name, "s3://nowhere/model")
    return name


def champion(client: MlflowClient, name: str) -> str:
    return str(client.get_registered_model(name).aliases.get(CHAMPION, ""))


def test_each_is_promoted_after_the_other_and_rollback_goes_back_one_by_one(client: MlflowClient, name: str) -> None:
    assert champions.read(client, name).now == ""
    for version in ("1", "2", "4"):
        champions.promote(client, champions.read(client, name), version)
        assert champion(client, name) == champions.read(client, name).now == version
    assert champions.roll_back(client, name) == ("4", "2")
    assert champions.roll_back(client, name) == ("2", "1")
    with pytest.raises(BadInput, match="which has none before this"):
        champions.roll_back(client, name)
    champions.promote(client, champions.read(client, name), "3")
    assert champions.roll_back(client, name) == ("3", "1")


def test_rollback_passes_over_a_version_that_was_deleted(client: MlflowClient, name: str) -> None:
    for version in ("1", "2", "3"):
        champions.promote(client, champions.read(client, name), version)
    client.delete_model_version(name, "2")
    assert champions.roll_back(client, name) == ("3", "1")


def test_of_two_that_promote_at_once_one_does_and_the_other_is_told(client: MlflowClient, name: str) -> None:
    for round in range(5):
        standing, both = champions.read(client, name), Barrier(2)

        def promote(version: str, standing: Champions = standing, both: Barrier = both) -> str:
            both.wait()
            try:
                champions.promote(client, standing, version)
            except Overtaken:
                return ""
            return version

        with ThreadPoolExecutor(2) as pool:
            won = sorted(pool.map(promote, ("1", "2") if round % 2 else ("3", "4")))
        assert won[0] == "" and champion(client, name) == champions.read(client, name).now == won[1]


def test_a_change_whose_process_died_before_the_alias_was_set_is_finished(client: MlflowClient, name: str) -> None:
    champions.promote(client, champions.read(client, name), "1")
    standing = champions.read(client, name)
    client.log_param(standing.run_id, "00002", str(Change("2", PROMOTED, datetime.now(UTC))))
    assert champion(client, name) == "1"
    assert champions.read(client, name).now == champion(client, name) == "2"


def test_an_alias_that_somebody_set_or_removed_is_what_counts(client: MlflowClient, name: str) -> None:
    client.set_registered_model_alias(name, CHAMPION, "3")
    assert champions.read(client, name).changes[-1].how == BY_HAND
    assert champions.read(client, name).now == "3"
    standing = champions.read(client, name)
    old = Change("1", PROMOTED, datetime(2026, 1, 1, tzinfo=UTC))
    client.log_param(standing.run_id, "00002", str(old))
    assert champions.read(client, name).now == "3"
    client.delete_registered_model_alias(name, CHAMPION)
    assert champions.read(client, name).now == ""


def test_an_alias_that_somebody_sets_to_another_right_after_a_promotion_counts(client: MlflowClient, name: str) -> None:
    for version in ("1", "2", "3"):
        champions.promote(client, champions.read(client, name), version)
    client.set_registered_model_alias(name, CHAMPION, "1")
    assert champions.read(client, name).now == champion(client, name) == "1"
    assert champions.roll_back(client, name) == ("1", "3")


def test_a_history_that_was_deleted_is_brought_back(client: MlflowClient, name: str) -> None:
    for version in ("1", "2"):
        champions.promote(client, champions.read(client, name), version)
    client.delete_run(champions.read(client, name).run_id)
    assert champions.roll_back(client, name) == ("2", "1")


def test_a_model_that_was_made_elsewhere_has_champions_too(client: MlflowClient, name: str) -> None:
    other = f"{name}-elsewhere"
    client.create_registered_model(other)
    client.create_model_version(other, "s3://nowhere/model")
    champions.promote(client, champions.read(client, other), "1")
    assert champion(client, other) == "1"


def test_a_name_that_is_not_registered_is_refused(client: MlflowClient) -> None:
    with pytest.raises(BadInput, match="name must be a model that is registered in"):
        champions.roll_back(client, "nobody")
