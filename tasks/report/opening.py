"""The first line of a sweep, which comes before anything that takes long is imported."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from steelyard.models.names import cut, printable
from steelyard.models.spec.sweep import DEFAULT, EVERY_CLASS, Sweep
from steelyard.models.spec.trial import FEATURES
from steelyard.tasks.report import progress_terminal

BEGINS, NAMES_ITS_OWN = "Sweep of", "elpv"
"""Of the line, and the one source that names a class to find by itself."""

COLUMNS, LEAST = 80, 14
"""Of the line, and of each part that is cut."""


@contextmanager
def told(spec: Sweep, verbose: bool, quiet: bool) -> Iterator[None]:
    """Say what is swept, then how far it is while the block runs; nothing of it where ``quiet``."""
    if quiet:
        with progress_terminal.silent():
            yield
        return
    console = Console(stderr=True, emoji=False)
    console.print(line(spec), markup=False, highlight=False, soft_wrap=True)
    with progress_terminal.shown(console, verbose):
        yield


def line(spec: Sweep) -> str:
    """``Sweep of elpv: class weights; wanted: recall @ precision >= 0.7``, in 80 columns."""
    usual = DEFAULT if spec.positive or spec.data == NAMES_ITS_OWN else EVERY_CLASS
    weights = f"weights {spec.weights}" if spec.weights else "class weights"
    recipe = "" if spec.recipe == FEATURES else f"recipe {spec.recipe}"
    tried, wanted = ", ".join(filter(None, (weights, spec.handling, recipe))), spec.objective or usual
    room = COLUMNS - len(f"{BEGINS} : ; wanted: {wanted}")
    data = cut(spec.data, max(LEAST, room - len(tried)))
    tried = cut(tried, max(LEAST, room - len(data)))
    return cut(printable(f"{BEGINS} {data}: {tried}; wanted: {wanted}"), COLUMNS)
