"""The day on which each image of a source was taken, as its EXIF says."""

import os
import re
import time
import warnings
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from PIL import Image
from PIL.ExifTags import IFD, Base

from steelyard.tasks import progress
from steelyard.tasks.sources.helpers.source import Source

DAY = re.compile(r"\s*(\d{4})[:-](\d\d)[:-](\d\d)(?:\D|$)")
UNSET = "0000-00-00"  # Of a camera whose clock was never set.
# As many images in a row as extraction asks for: some sources can only be read in order.
PIECE = 16
MOST_THREADS = 8
TELL_EVERY = 0.1  # Seconds between two pieces of news.


def days(source: Source) -> list[str]:
    """Day of each image of a source, such as ``2026-11-27``; "" where its EXIF has none or it cannot be read.

    It is that of DateTimeOriginal, else of DateTime. Only what stands before the pixels is read, but of PNG.
    """
    total, told = len(source.table), time.monotonic()
    pieces = [range(start, min(start + PIECE, total)) for start in range(0, total, PIECE)]
    found: list[str] = []
    with warnings.catch_warnings(), ThreadPoolExecutor(min(os.cpu_count() or 1, MOST_THREADS), "dates") as pool:
        # Pillow warns of large images and of broken EXIF; extraction says which images cannot be used.
        warnings.simplefilter("ignore")
        for piece in pool.map(lambda rows: _of(source, rows), pieces):
            found += piece
            if len(found) == total or time.monotonic() - told > TELL_EVERY:
                progress.tell(progress.Extracting(len(found), total, "reading dates"))
                told = time.monotonic()
    return found


def _of(source: Source, rows: Sequence[int]) -> list[str]:
    return [_day(source, row) for row in rows]


def _day(source: Source, row: int) -> str:
    try:
        with source.read(row) as image:
            said = _said(image)
    # As many kinds as there are ways for a file, or its EXIF, to be broken.
    except Exception:  # noqa: BLE001
        return ""
    parts = DAY.match(said)
    day = "-".join(parts.groups()) if parts else ""
    return "" if day == UNSET else day


def _said(image: Image.Image) -> str:
    exif = image.getexif()
    return str(exif.get_ifd(IFD.Exif).get(Base.DateTimeOriginal) or exif.get(Base.DateTime) or "")
