"""A login in the address of a server: moved to where clients look for it, and masked wherever the address is shown."""

import os
from collections.abc import Iterator

import pytest

from steelyard.tasks import credentials
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import store
from steelyard.tasks.user_input import one_line

USER, PASSWORD, AUTH = "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD", "PREFECT_API_AUTH_STRING"


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    with monkeypatch.context() as patched:
        for name in (USER, PASSWORD, AUTH, "PREFECT_API_URL", "MLFLOW_TRACKING_URI"):
            patched.setenv(name, "")
        yield


@pytest.mark.parametrize(
    ("shown", "masked"),
    [
        ("https://me:hidden@host/a is away", "https://***@host/a is away"),
        ("https://me:hid@den@host", "https://***@host"),
        ("https://me:hid/den@host", "https://***@host"),
        ("https://hidden@host:80", "https://***@host:80"),
        ("a postgresql://me:hidden@host/db, b http://me:hidden@c", "a postgresql://***@host/db, b http://***@c"),
        ("http://host/a?page=1&token=hidden&x=2 gone", "http://host/a?page=1&token=***&x=2 gone"),
        ("'https://h/?X-Amz-Signature=hidden'", "'https://h/?X-Amz-Signature=***'"),
        ("http://host/#/runs?viewStateShareKey=kept", "http://host/#/runs?viewStateShareKey=kept"),
        ("sqlite:////home/me@work/mlflow.db", "sqlite:////home/me@work/mlflow.db"),
        ("folder:/home/me:1@work", "folder:/home/me:1@work"),
    ],
)
def test_what_is_shown_of_an_address_holds_no_secret(shown: str, masked: str) -> None:
    assert credentials.masked(shown) == one_line(ValueError(shown)) == masked


@pytest.mark.parametrize("way", ["given", "environment", "settings"])
def test_a_login_moves_to_where_mlflow_looks_for_it(way: str) -> None:
    login = "https://me:hid%40den@host:5000/"
    if way == "environment":
        os.environ["MLFLOW_TRACKING_URI"] = login
    kept = (
        Settings(tracking_uri=login).tracking_uri if way == "settings" else store.resolve_uri(login * (way == "given"))
    )
    assert str(kept).rstrip("/") == "https://host:5000"
    assert (os.environ[USER], os.environ[PASSWORD]) == ("me", "hid@den")
    assert "hid" not in os.environ["MLFLOW_TRACKING_URI"]


def test_a_login_moves_to_where_prefect_looks_for_it() -> None:
    assert credentials.of_prefect("https://me:hidden@host/api") == os.environ["PREFECT_API_URL"] == "https://host/api"
    assert os.environ[AUTH] == "me:hidden"


@pytest.mark.parametrize("uri", ["http://host", "sqlite:////a/me:b@c.db", "http://[half:", "me:b@host", ""])
def test_what_has_no_login_stays_as_it_is(uri: str) -> None:
    assert credentials.of_mlflow(uri) == credentials.of_prefect(uri) == uri
    assert not os.environ[USER] + os.environ[PASSWORD] + os.environ[AUTH]
