"""Ask a server whether it is there, within a bounded time."""

import threading

import requests

CONNECT_SECONDS = 4.0
ANSWER_SECONDS = 8.0


def server_answers(uri: str, seconds: float = ANSWER_SECONDS) -> bool:
    """Whether ``<uri>/health`` answers with success.

    Resolving a name and reading a slow answer have no timeout of their own, so a thread asks and is left behind when
    the time is over. ``requests`` is what MLflow itself uses: proxies and certificates mean the same to both.

    Args:
        uri: base URL of an MLflow server.
        seconds: longest wait, whatever the server does.
    """
    answers: list[bool] = []
    asking = threading.Thread(target=lambda: answers.append(_health(uri, seconds)), daemon=True)
    asking.start()
    asking.join(seconds)
    return answers == [True]


def _health(uri: str, seconds: float) -> bool:
    try:
        answer = requests.get(f"{uri}/health", timeout=(min(CONNECT_SECONDS, seconds), seconds))
    except (requests.RequestException, ValueError):
        return False
    return bool(answer.ok)
