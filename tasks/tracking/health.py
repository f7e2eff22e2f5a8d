"""Ask a server whether it is there, within a bounded time."""

import threading

import requests

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 8.0
CLOSED = (401, 403)


def server_answers(uri: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether ``<uri>/health`` answers with success.

    Resolving a name and reading a slow answer have no timeout of their own, so a thread asks and is left behind when
    the time is over. ``requests`` is what MLflow itself uses: proxies and certificates mean the same to both.

    Args:
        uri: base URL of an MLflow server.
        seconds: longest wait, whatever the server does.
    """
    answer = _asked(f"{uri}/health", seconds)
    return answer is not None and answer.ok


def is_mlflow(uri: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether what answers is an MLflow server that reaches its database, or one that asks for a password first.

    Args:
        uri: base URL.
        seconds: longest wait, whatever the server does.
    """
    answer = _asked(f"{uri}/api/2.0/mlflow/experiments/search?max_results=1", seconds)
    if answer is None or answer.status_code in CLOSED:
        return answer is not None
    try:
        return answer.ok and isinstance(answer.json(), dict)
    except ValueError:
        return False


def _asked(url: str, seconds: float) -> requests.Response | None:
    answers: list[requests.Response] = []
    asking = threading.Thread(target=lambda: answers.extend(_get(url, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)
    return answers[0] if answers else None


def _get(url: str, seconds: float) -> list[requests.Response]:
    try:
        return [requests.get(url, timeout=(min(CONNECT_SECONDS, seconds), seconds))]
    except (requests.RequestException, ValueError):
        return []
