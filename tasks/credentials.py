"""User and password in the address of a server: moved to the environment, and masked in whatever is shown or kept."""

import os
import re
from urllib.parse import unquote, urlsplit, urlunsplit

MASK = "***"

_LOGIN = re.compile(r"(://)(?:[^/\s]*|[^/\s@:]+:[^\s@]*)@")
_NAMED = "token|passw|pwd|secret|auth|signature|credential|api.?key"
_QUERY = re.compile(rf"([?&][^=&\s]*(?:{_NAMED})[^=&\s]*=)[^&\s'\"]+", re.IGNORECASE)


def masked(text: str) -> str:
    """The text with ``***`` for what stands before the @ of an address, and for secrets in its query."""
    return _QUERY.sub(rf"\1{MASK}", _LOGIN.sub(rf"\1{MASK}@", text))


def of_mlflow(uri: str) -> str:
    """The address of an MLflow server without user and password, which MLflow finds in the environment from now on.

    Processes that are started from here on inherit them; nothing that is kept holds them. Other text stays as it is.
    """
    kept, user, password = _parted(uri)
    os.environ |= {"MLFLOW_TRACKING_USERNAME": user} if user else {}
    os.environ |= {"MLFLOW_TRACKING_PASSWORD": password} if password else {}
    return kept


def of_prefect(url: str) -> str:
    """The same for the address of a Prefect server."""
    kept, user, password = _parted(url)
    if user or password:
        os.environ |= {"PREFECT_API_AUTH_STRING": f"{user}:{password}", "PREFECT_API_URL": kept}
    return kept


def _parted(uri: str) -> tuple[str, str, str]:
    """The address without its login, the user and the password."""
    try:
        parts = urlsplit(uri)
    except ValueError:  # Refused when it is asked.
        return uri, "", ""
    login, at, place = parts.netloc.rpartition("@")
    if not at or parts.scheme not in ("http", "https"):
        return uri, "", ""
    user, _, password = login.partition(":")
    return urlunsplit(parts._replace(netloc=place)), unquote(user), unquote(password)
