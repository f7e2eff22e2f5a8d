"""MLflow's server, in one process, which is given a socket, imports nothing of Steelyard, and ends with its parent."""

import os
import socket
import sys
import threading

import uvicorn

APP = "mlflow.server.fastapi_app:app"


def serve(door: int, uri: str, artifacts: str) -> None:
    """Serve a store's pages until standard input closes, as it does when the process that started this one is gone.

    Args:
        door: file descriptor of a socket that listens.
        uri: of the store.
        artifacts: URI of the folder for files.
    """
    threading.Thread(target=_end_with_parent, daemon=True).start()
    from mlflow.server.constants import (
        ARTIFACT_ROOT_ENV_VAR,
        ARTIFACTS_DESTINATION_ENV_VAR,
        BACKEND_STORE_URI_ENV_VAR,
        REGISTRY_STORE_URI_ENV_VAR,
        SERVE_ARTIFACTS_ENV_VAR,
    )
    from mlflow.server.handlers import initialize_backend_stores

    os.environ |= dict.fromkeys((BACKEND_STORE_URI_ENV_VAR, REGISTRY_STORE_URI_ENV_VAR), uri)
    # Both, so that an experiment made through this server keeps its files where one made without it does.
    os.environ |= dict.fromkeys((ARTIFACT_ROOT_ENV_VAR, ARTIFACTS_DESTINATION_ENV_VAR), artifacts)
    os.environ |= {SERVE_ARTIFACTS_ENV_VAR: "true", "_MLFLOW_SGI_NAME": "uvicorn"}
    initialize_backend_stores(uri, uri, artifacts)
    server = uvicorn.Server(uvicorn.Config(APP, log_level="warning"))
    server.run(sockets=[socket.socket(fileno=door)])


def _end_with_parent() -> None:
    os.read(sys.stdin.fileno(), 1)
    os._exit(0)


if __name__ == "__main__":
    serve(int(sys.argv[1]), *sys.argv[2:])
