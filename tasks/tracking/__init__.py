"""The only rooms that know MLflow: every call names its store and its run, none relies on an active run."""

import os

# MLflow reads these when it is imported or first used, so they are set before any module here imports it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
# A sweep keeps what a server that went away is to be told, and need not wait for it as long as MLflow does, minutes.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "1")
os.environ.setdefault("MLFLOW_HTTP_REQUEST_TIMEOUT", "20")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
# Otherwise MLflow copies the pyproject.toml of the user's working folder into every model.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
