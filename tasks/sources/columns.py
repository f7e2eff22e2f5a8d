"""The columns of a list of images: which there must be, which there may be, and which are left alone."""

from collections.abc import Sequence
from pathlib import Path

from steelyard.models.data.image_set import SLICE_PREFIX
from steelyard.models.errors import BadInput
from steelyard.models.names import listed, printable, repeated

NEEDED = ("path", "label")
OPTIONAL = ("split", "group")


def used(header: Sequence[str], path: Path) -> list[str]:
    """Columns that say something here, in the order of the header.

    Args:
        header: names of all columns.
        path: the file that they are from.

    Raises:
        BadInput: path or label is missing, or a column that is used comes twice.
    """
    kept = [name for name in header if name in NEEDED + OPTIONAL or _is_slice(name)]
    if not set(NEEDED) <= set(kept):
        raise BadInput(
            f"data must have the columns path and label, got {listed(header) or 'none'} in {printable(path)}; "
            "name them so in the header"
        )
    if twice := repeated(kept):
        raise BadInput(f"data must have each column once, got {listed(twice)} twice in {printable(path)}; drop one")
    return kept


def notes(header: Sequence[str]) -> tuple[str, ...]:
    """A line that names the columns that are left alone, if there are any."""
    others = [name for name in header if name and name not in NEEDED + OPTIONAL and not _is_slice(name)]
    if not others:
        return ()
    return (
        f"columns ignored: {listed(others)}; one that marks slices of the images must be called {SLICE_PREFIX}NAME",
    )


def _is_slice(name: str) -> bool:
    return name.startswith(SLICE_PREFIX) and name != SLICE_PREFIX
