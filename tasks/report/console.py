"""What tasks log, as plain lines on the terminal."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console


class _Lines(logging.Handler):
    def __init__(self, console: Console) -> None:
        super().__init__(logging.INFO)
        self.console = console

    def emit(self, record: logging.LogRecord) -> None:
        style = "yellow" if record.levelno >= logging.WARNING else None
        # A terminal gets words whole; a file or a pipe gets lines whole.
        whole = not self.console.is_terminal
        self.console.print(record.getMessage(), style=style, markup=False, highlight=False, soft_wrap=whole)


@contextmanager
def log_to(console: Console) -> Iterator[None]:
    """Print what Steelyard logs at INFO and above while the block runs."""
    logger, handler = logging.getLogger("steelyard"), _Lines(console)
    before = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    try:
        yield
    finally:
        logger.removeHandler(handler)
        logger.setLevel(before)
