"""The first line of a sweep, which comes before anything that takes long is imported."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console

from steelyard.models.names import cut, printable
from steelyard.models.spec.sweep import DEFAULT, EVERY_CLASS, Sweep
from steelyard.models.spec.trial import FEATURES
from steelyard.tasks.report import progress_terminal

BEGINS = "Sweep of"

NAMES_ITS_OWN = "elpv"
"""The one source that names a class to find by itself."""

COLUMNS, LONGEST_DATA, LONGEST_GRID = 80, 26, 24


@contextmanager
def told(spec: Sweep, verbose: bool, quiet: bool) -> Iterator[None]:
    """Say what is swept, then how far it is while the block runs; nothing of it where ``quiet``."""
    if quiet:
        with progress_terminal.silent():
            yield
        return
    console = Console(stderr=True)
    console.print(line(spec), markup=False, highlight=False, soft_wrap=True)
    with progress_terminal.shown(console, verbose):
        yield


def line(spec: Sweep) -> str:
    """``Sweep of elpv: class weights; wanted: recall @ precision >= 0.7``, in 80 columns."""
    usual = DEFAULT if spec.positive or spec.data == NAMES_ITS_OWN else EVERY_CLASS
    weights = f"weights {spec.weights}" if spec.weights else "class weights"
    recipe = "" if spec.recipe == FEATURES else f"recipe {spec.recipe}"
    tried = cut(", ".join(filter(None, (weights, spec.handling, recipe))), LONGEST_GRID)
    told = f"{BEGINS} {cut(spec.data, LONGEST_DATA)}: {tried}; wanted: {spec.objective or usual}"
    return cut(printable(told), COLUMNS)
