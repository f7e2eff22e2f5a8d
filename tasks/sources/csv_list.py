"""A list of images as CSV."""

from pathlib import Path

from steelyard.tasks.sources.helpers.csv_rows import read_rows
from steelyard.tasks.sources.helpers.image_list import NEEDED, listed_source, used_columns
from steelyard.tasks.sources.helpers.source import Kind, Source


def open_csv(path: Path, root: Path | None = None) -> Source:
    """Images that a CSV file lists; their paths count from the folder ``root``, or from the file's.

    Raises:
        BadInput: as ``read_rows`` and ``listed_source``.
    """
    rows, header = read_rows(path, used_columns, NEEDED)
    return listed_source(path, rows, header, root)


KIND = Kind("csv:FILE", open_csv, place=2, example="images.csv", suffixes=(".csv", ".tsv"), open_from=open_csv)
