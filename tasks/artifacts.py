"""Tables for Prefect's UI."""

from typing import Any

from prefect.artifacts import create_table_artifact
from prefect.context import FlowRunContext, TaskRunContext


def publish(key: str, rows: list[dict[str, Any]], description: str) -> None:
    """Show a table on the current run; outside a run there is nowhere to show it, and nothing happens.

    Args:
        key: lower case, digits and dashes.
        rows: one mapping of column to value per row.
        description: Markdown above the table.
    """
    if TaskRunContext.get() or FlowRunContext.get():
        create_table_artifact(key=key, table=rows, description=description)
