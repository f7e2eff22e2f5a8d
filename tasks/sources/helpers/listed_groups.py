"""Groups that a CSV file lists, such as clusters of copies: beside those of the source, not in their place."""

from collections.abc import Sequence
from pathlib import Path

from steelyard.models.data.carve import Groups
from steelyard.models.errors import BadInput
from steelyard.models.findings.grouping import joined
from steelyard.models.names import listed, printable, repeated
from steelyard.tasks.sources.helpers.csv_rows import read_rows
from steelyard.tasks.sources.helpers.files import named
from steelyard.tasks.sources.helpers.source import Source

SUFFIX = ".csv"
COLUMNS = ("path", "cluster", "group")


def listed_groups(source: Source, file: str) -> tuple[list[str], Path]:
    """The group of each image of a source, and the file: images of one cluster, and of one group, never part.

    Args:
        source: of any kind.
        file: with the columns ``path``, the id of an image, and ``cluster``, or ``group`` where there is no
            ``cluster``; an image with neither stands alone or keeps its group.

    Raises:
        BadInput: the file cannot be read, or names images that the source does not have.
    """
    path = named(file, "group-by", "file")
    rows, _ = read_rows(path, _used, COLUMNS, "group-by")
    clusters = rows.set_index("path")[rows.columns.difference(["path"])[0]].str.strip()
    ids = source.table["id"]
    if unknown := [name for name in clusters.index if name not in set(ids) | set(source.unusable)]:
        raise BadInput(
            f"group-by must list images of {source.name}, got {len(unknown):,} others in {printable(path)}: "
            f"{listed(unknown)}; give the file of these images"
        )
    if twice := repeated(clusters.index):
        raise BadInput(f"group-by must list each image once, got {listed(twice)} twice in {printable(path)}; drop one")
    of_file = clusters.reindex(ids).fillna("").to_numpy(dtype=object)
    return _together(source.table["group"].to_numpy(dtype=object), of_file), path


def _used(header: Sequence[str], path: Path) -> list[str]:
    kept = ["path", "cluster" if "cluster" in header else "group"]
    if not set(kept) <= set(header):
        raise BadInput(
            f"group-by must have the columns path and cluster (or group), got {listed(header) or 'none'} in "
            f"{printable(path)}; name them so in the header"
        )
    return kept


def _together(own: Groups, of_file: Groups) -> list[str]:
    """Names of what is one by either: those of the source, as ``block-1 + block-7``, else that of the file."""
    wholes, names = joined(own, of_file), dict[str, dict[str, None]]()
    for whole, group in zip(wholes.tolist(), own.tolist(), strict=True):
        if group:
            names.setdefault(whole, {})[group] = None
    told = zip(wholes.tolist(), of_file.tolist(), strict=True)
    return [" + ".join(names.get(whole, {})) or (whole and f"cluster {cluster}") for whole, cluster in told]
