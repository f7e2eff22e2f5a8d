"""Runs that match and experiments there are, all pages of them."""

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


def experiment_ids(client: MlflowClient) -> list[str]:
    """All active experiments of the store."""
    ids: list[str] = []
    token: str | None = None
    while True:
        page = client.search_experiments(max_results=PAGE, page_token=token)
        ids += [experiment.experiment_id for experiment in page]
        token = page.token
        if not token:
            return ids
