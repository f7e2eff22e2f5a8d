"""Whether the Prefect server that the user names answers."""

from uuid import UUID

from prefect.context import refresh_global_settings_context
from prefect.settings import PREFECT_UI_URL, get_current_settings

from steelyard.models.errors import BadInput
from steelyard.tasks import credentials
from steelyard.tasks.tracking.server import asked, asks_for_login, server_answers

START_ONE = "start one with `prefect server start`, then `export PREFECT_API_URL=http://127.0.0.1:4200/api`"


def check_named() -> None:
    """Refuse to begin with a server that is named and does not answer; none need be.

    Raises:
        BadInput: as ``check``.
    """
    if get_current_settings().api.url:
        check(", or unset it: a sweep needs none")


def check(otherwise: str = "") -> None:
    """Refuse to begin without a server that the user names: a schedule needs one.

    Raises:
        BadInput: none is named, or it does not answer; says what to do, or what else.
    """
    url = _without_login(get_current_settings().api.url or "")
    shown = credentials.masked(url)
    if not url or not server_answers(url):
        known = "PREFECT_API_URL must be a Prefect server that answers"
        raise BadInput(f"{known}, got {shown or 'none'}; {START_ONE}{otherwise}")
    login = get_current_settings().api.auth_string
    if asks_for_login(asked(f"{url}/admin/version", login.get_secret_value() if login else "")):
        raise BadInput(
            f"PREFECT_API_URL {shown} lets nobody in without a user and a password that it knows; set "
            "PREFECT_API_AUTH_STRING=user:password"
        )


def page_of(flow_run_id: UUID) -> str:
    """Address of a flow run in the pages of the server that is named, without a password."""
    return f"{credentials.masked(str(PREFECT_UI_URL.value())).rstrip('/')}/runs/flow-run/{flow_run_id}"


def _without_login(url: str) -> str:
    """The server's address without user and password, which move to where Prefect looks for them."""
    kept = credentials.of_prefect(url)
    if kept != url:
        refresh_global_settings_context()
    return kept
