"""Runs that match, all pages of them."""

from collections.abc import Iterator

from mlflow import MlflowClient
from mlflow.entities import Run

PAGE = 500


def runs(client: MlflowClient, experiment_ids: list[str], condition: str) -> Iterator[Run]:
    """All active runs that match an MLflow filter, newest first."""
    token: str | None = None
    while True:
        page = client.search_runs(
            experiment_ids, condition, max_results=PAGE, order_by=["attributes.start_time DESC"], page_token=token
        )
        yield from page
        token = page.token
        if not token:
            return
