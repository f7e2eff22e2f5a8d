"""Progress where Python is called: on a terminal, in a file, or below the cell of a notebook."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from steelyard.tasks.report import live, notebook
from steelyard.tasks.report.console import log_to


@contextmanager
def shown(wanted: bool) -> Iterator[None]:
    """Show the news of long work, and what Steelyard logs, while the block runs.

    Args:
        wanted: else only warnings are printed, as Python does it by itself.
    """
    console = Console(stderr=True)
    with _hushed():
        if not wanted:
            yield
        elif console.is_jupyter:
            with notebook.shown():
                yield
        else:
            with log_to(console), live.shown(console):
                yield


@contextmanager
def _hushed() -> Iterator[None]:
    """Keep Prefect's and MLflow's own news from the console also where they were imported before Steelyard was."""
    mlflow, consoles = logging.getLogger("mlflow"), logging.getLogger().handlers
    # By its name: predictions need no Prefect, and to import it takes a second.
    prefect = [handler for handler in consoles if type(handler).__name__ == "PrefectConsoleHandler"]
    levels = mlflow.level, [handler.level for handler in prefect]
    mlflow.setLevel(logging.WARNING)
    for handler in prefect:
        handler.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        mlflow.setLevel(levels[0])
        for handler, level in zip(prefect, levels[1], strict=True):
            handler.setLevel(level)
