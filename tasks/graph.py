"""What Prefect shows of tasks: how they hang together, and tables beside them."""

from collections.abc import Iterator
from typing import Any, TypeVar, cast

from prefect.artifacts import create_table_artifact
from prefect.context import FlowRunContext, TaskRunContext
from prefect.futures import PrefectFuture, as_completed
from prefect.utilities.annotations import quote

from steelyard.models.spec.trial import Trial

T = TypeVar("T")
Futures = dict[Trial, PrefectFuture[Any]]


def opaque(value: T) -> T:
    """A task's argument that Prefect does not search for results of other tasks.

    Trials share parts, such as their recipe, and Prefect would draw an arrow to each from every trial before it.
    """
    return cast("T", quote(value))


def succeeded(futures: Futures) -> Iterator[tuple[Trial, Any]]:
    """Trials whose task ended with a result, with its future, as they end; those that failed are passed over."""
    trials = {future: trial for trial, future in futures.items()}
    for future in as_completed(list(trials)):
        future.wait()
        if future.state.is_completed():
            yield trials[future], future


def publish(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """Show a table on the current run; outside a run there is nowhere to show it, and nothing happens.

    Args:
        key: lower case, digits and dashes.
        rows: one mapping of column to value per row.
        description: Markdown above the table.
    """
    if TaskRunContext.get() or FlowRunContext.get():
        create_table_artifact(key=key, table=rows, description=description)
