"""Prefect's temporary server, in a process of its own, which is given a socket and imports nothing of Steelyard."""

import os
import socket
import sys
import threading
import time

import uvicorn

APP = "prefect.server.api.server:create_app"

REQUESTS_SECONDS, END_SECONDS = 5, 10
"""For requests that are under way when it ends, and for all of its end, even one that waits for a locked database."""


def serve(door: int) -> None:
    """Serve Prefect's API until standard input closes, as it does when the process that started this one is gone.

    Args:
        door: file descriptor of a socket that listens.
    """
    config = uvicorn.Config(APP, factory=True, log_level="error", timeout_graceful_shutdown=REQUESTS_SECONDS)
    server = uvicorn.Server(config)

    def end_with_parent() -> None:
        os.read(sys.stdin.fileno(), 1)
        server.should_exit = True
        time.sleep(END_SECONDS)
        os._exit(0)

    threading.Thread(target=end_with_parent, daemon=True).start()
    config.load()
    # Of a command that was refused meanwhile nothing is left, not even a database.
    if not server.should_exit:
        server.run(sockets=[socket.socket(fileno=door)])


if __name__ == "__main__":
    serve(int(sys.argv[1]))
