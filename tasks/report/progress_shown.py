"""Progress where Python is called: on a terminal, in a file, or below the cell of a notebook."""

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
    if not wanted:
        yield
    elif console.is_jupyter:
        with notebook.shown():
            yield
    else:
        with log_to(console), live.shown(console):
            yield
