"""The only rooms that know MLflow: every call names its store and its run, none relies on an active run."""

import os

# MLflow reads these when it is imported or first used, so they are set before any module here imports it.
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.setdefault("MLFLOW_SUPPRESS_PRINTING_URL_TO_STDOUT", "true")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")
os.environ.setdefault("MLFLOW_ALLOW_PICKLE_DESERIALIZATION", "false")
# A server that went away is given a quarter of a minute to come back, not MLflow's two minutes per request.
os.environ.setdefault("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "3")
os.environ.setdefault("MLFLOW_LOGGING_LEVEL", "WARNING")
# Otherwise MLflow copies the pyproject.toml of the user's working folder into every model.
os.environ.setdefault("MLFLOW_UV_AUTO_DETECT", "false")
