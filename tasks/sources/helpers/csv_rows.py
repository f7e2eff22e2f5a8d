"""Rows of a CSV file: UTF-8, quoted as spreadsheets do it, with commas, semicolons or tabs between the columns."""

import csv
import re
from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import chain
from operator import itemgetter
from pathlib import Path
from typing import BinaryIO

import pandas as pd

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.tasks.sources.helpers.files import told

DELIMITERS = ",;\t"
BLANK = DELIMITERS + " \r\n"
NAMED = re.compile(r'"?sep=([,;\t])"?[,;]*\s*', re.IGNORECASE)  # How Excel is told the delimiter.
LONGEST_HEADER = 100  # Lines.


def read_rows(
    path: Path, used: Callable[[Sequence[str], Path], list[str]], known: Collection[str], argument: str = "data"
) -> tuple[pd.DataFrame, list[str]]:
    """Rows of a file as text, by the line that each ends in, and its header.

    Args:
        path: of the file, which ``argument`` named.
        used: header and path -> the columns that are read; it refuses what cannot be used.
        known: columns by which the delimiter is told from others.
        argument: what a message begins with.

    Raises:
        BadInput: not UTF-8, a NUL, a row of another length, a quote left open, or as ``used``.
    """
    with told(path, argument), path.open("rb") as file:
        lines = _lines(file, path, argument)
        first, delimiter = _begun(lines, known)
        rows = _rows(chain(first, lines), delimiter, path, argument)
        header = [name.strip() for name in next(rows, (0, []))[1]]
        kept = used(header, path)
        pick = itemgetter(*map(header.index, kept))
        numbers, picked = [], []
        for number, row in rows:
            if len(row) != len(header):
                raise BadInput(
                    f"{argument} must have {len(header)} columns in each line, as its header has, got {len(row)} in "
                    f"line {number} of {printable(path)}; quote a text that holds the delimiter"
                )
            numbers.append(number)
            picked.append(pick(row))
    index = pd.Index(numbers, dtype="int64", name="line")
    return pd.DataFrame(picked, columns=kept, index=index, dtype=str), header


def _lines(file: BinaryIO, path: Path, argument: str) -> Iterator[str]:
    for number, line in enumerate(file, start=1):
        try:
            text = line.decode("utf-8-sig" if number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            raise BadInput(
                f"{argument} must be UTF-8, got byte 0x{line[error.start]:02x} in line {number} of {printable(path)}; "
                "save it as CSV UTF-8"
            ) from None
        if "\0" in text:
            raise BadInput(
                f"{argument} must be text without NUL, got one in line {number} of {printable(path)}; save it as CSV"
            )
        yield text


def _begun(lines: Iterator[str], known: Collection[str]) -> tuple[list[str], str]:
    """The lines up to the end of the header, and the delimiter; a line in which Excel names it is made blank."""
    blank, first = [], next(lines, "")
    while first and not first.strip(BLANK):
        blank.append(first)
        first = next(lines, "")
    if named := NAMED.fullmatch(first):
        return [*blank, "\n"], named[1]
    header = [first]
    # A name may be quoted and have line breaks.
    while sum(line.count('"') for line in header) % 2 and len(header) < LONGEST_HEADER and (more := next(lines, "")):
        header.append(more)
    return blank + header, max(DELIMITERS, key=lambda one: _usefulness(header, one, known))


def _usefulness(header: list[str], delimiter: str, known: Collection[str]) -> tuple[int, int]:
    """How many of the columns that are known a delimiter finds, then how many in all."""
    try:
        names = [name.strip() for name in next(csv.reader(header, delimiter=delimiter), [])]
    except csv.Error:  # Told when the rows are read.
        return 0, 0
    return len(set(names) & set(known)), len(names)


def _rows(lines: Iterator[str], delimiter: str, path: Path, argument: str) -> Iterator[tuple[int, list[str]]]:
    """Line and fields of each row, blank ones left out; spreadsheets also end in rows of mere delimiters."""
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    try:
        for row in reader:
            if any(map(str.strip, row)):
                yield reader.line_num, row
    except csv.Error as error:
        raise BadInput(
            f"{argument} must be CSV that can be parsed, got '{error}' in line {reader.line_num} of {printable(path)}; "
            "check its quotes and line ends"
        ) from None
