"""Each list of images that cannot be used is one line and exit code 2, with nothing left behind."""

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from damage import Make, cut, written

Refused = Callable[..., str]

FILES = [f"{name}/{number}.png" for name in ("cat", "dog") for number in range(3)]
LISTED = pd.DataFrame({"path": FILES, "label": [file[:3] for file in FILES]})


def table(kind: str, **columns: Any) -> Make:
    """The list of the six images with other columns; a column that is None is left out."""

    def make(root: Path) -> list[str]:
        rows = LISTED.assign(**columns).drop(columns=[name for name, values in columns.items() if values is None])
        return listed(rows, kind, root)

    return make


def listed(rows: pd.DataFrame, kind: str, root: Path) -> list[str]:
    path = root / f"pets.{kind}"
    rows.to_csv(path, index=False) if kind == "csv" else rows.to_parquet(path, index=False)
    return ["--data", f"{kind}:{path}"]


def first(path: str) -> list[str]:
    return [path, *FILES[1:]]


NEEDED = "data must have the columns path and label, got "
MISSING, OUTSIDE, LINK = "1 missing in ROOT: ", "1 outside ROOT: ", "1 through a link out of the folder: "
CLASSES = "data must have at least two classes, got only cat in "
TWICE = "data must list each image once, got 1 more than once: cat/1.png (the first in "
PATHS = {
    "a path twice": ("cat/1.png", TWICE),
    "a path twice in two ways": (".\\cat//1.png", TWICE),
    "an empty path": ("", "data must have a path in each row, got none in 1 of 6 "),
    "the folder itself": (".", "data must have a path in each row, got none in 1 "),
}
"""The first path of a list, and how the line begins."""

UNUSABLE = {
    "a missing image": ("cat/none.png", MISSING + "cat/none.png (No such file or directory); all are in"),
    "an image below an image": ("cat/1.png/0.png", MISSING + "cat/1.png/0.png (Not a directory); "),
    "a folder": ("cat", MISSING + "cat (not a file); "),
    "a pipe": ("pipe.png", MISSING + "pipe.png (not a file); "),
    "a name that is too long": ("a" * 3000, MISSING + "aaaa"),
    "a path up": ("../outside.png", OUTSIDE + "../outside.png; "),
    "a path up and down": ("cat/../../outside.png", OUTSIDE + "cat/../../outside.png; "),
    "a path up as on Windows": ("..\\outside.png", OUTSIDE + "../outside.png; "),
    "an absolute path": ("/etc/hostname", OUTSIDE + "/etc/hostname; "),
    "a drive": ("C:\\cat.png", OUTSIDE + "C:/cat.png; "),
    "a share": ("\\\\host\\cat.png", OUTSIDE + "/host/cat.png; "),
    "a link to an image outside": ("image.png", LINK + "image.png; "),
    "a link to a folder outside": ("up/outside.png", LINK + "up/outside.png; "),
    "a link to a device": ("device.png", LINK + "device.png; "),
    "a link to nothing": ("nothing.png", MISSING + "nothing.png (No such file or directory); "),
    "a link to itself": ("itself.png", MISSING + "itself.png (Too many levels of symbolic links); "),
    "a line break": ("cat/\n0.png", MISSING + "cat/\\n0.png (No such file or directory); "),
}
"""The first path of a list, and what the line says of it; ROOT stands for the list's folder."""

LINKS = {
    "image.png": "../outside.png",
    "up": "..",
    "device.png": "/dev/zero",
    "nothing.png": "cat/none.png",
    "itself.png": "itself.png",
}
"""Links in the folder, whose target is relative to it."""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("wrong", PATHS)
def test_a_path_that_names_no_image_or_one_twice_is_refused(
    wrong: str, kind: str, pets: Path, refused: Refused
) -> None:
    path, line = PATHS[wrong]
    assert refused(table(kind, path=first(path))(pets)).startswith(line)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("wrong", UNUSABLE)
def test_a_path_that_names_no_image_in_the_folder_is_refused_with_all_others(
    wrong: str, kind: str, pets: Path, unusable: Refused
) -> None:
    for name, target in LINKS.items():
        (pets / name).symlink_to(pets / target)
    os.mkfifo(pets / "pipe.png")
    path, line = UNUSABLE[wrong]
    options = [*table(kind, path=first(path))(pets), "--positive", "dog"]
    assert f"got 1 of 6 that cannot: {line.replace('ROOT', str(pets))}" in unusable(options)


COLUMNS: dict[str, tuple[dict[str, Any], str]] = {
    "no path": ({"path": None}, NEEDED + "label in "),
    "no label": ({"label": None}, NEEDED + "path in "),
    "an empty label": (
        {"label": ["", " ", "cat", "dog", "dog", "dog"]},
        "data must have a label in each row, got none in 2 of 6 rows, the first in ",
    ),
    "one class": ({"label": "cat"}, CLASSES),
    "one class but for space": ({"label": ["cat", "cat "] * 3}, CLASSES),
    "two classes that look the same": (
        {"label": ["a\u2028b", "a\\u2028b"] * 3},
        "data must have classes of different names, got a\\u2028b more than once in ",
    ),
    "an unknown split": (
        {"split": ["train", "dev", "train", "train", "dev", "holdout"]},
        "data must have splits among train, training, test, testing, val, valid, validation, got dev, holdout, the ",
    ),
    "a split in some rows": (
        {"split": ["train", "", "train", "train", "test", "test"]},
        "data must have a split, or no split in any row in each row, got none in 1 of 6 rows, the first in ",
    ),
    "no train": ({"split": ["test", "test", "val"] * 2}, "data must have images in train, got only test, val in "),
    "no positive": ({}, "positive must name the class to find, one of cat, dog; give --positive NAME"),
}
"""The columns that a list has in place of its own, and how the line begins."""


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("wrong", COLUMNS)
def test_a_list_that_cannot_be_used_is_refused(wrong: str, kind: str, pets: Path, refused: Refused) -> None:
    columns, line = COLUMNS[wrong]
    assert refused(table(kind, **columns)(pets)).startswith(line)


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_list_without_a_row_is_refused(kind: str, pets: Path, refused: Refused) -> None:
    assert refused(listed(LISTED.iloc[:0], kind, pets)).startswith("data must list images, got no row in ")


UTF8, NUL = "data must be UTF-8, got byte ", "data must be text without NUL, got one in line "
LENGTH, ONCE = "data must have 2 columns in each line, as its header has, got ", "data must have each column once, got "
PARSED = "data must be CSV that can be parsed, got '"
CSV: dict[str, tuple[bytes | str, str]] = {
    "empty": ("", "data must be a file with something in it, got FILE of 0 bytes; "),
    "only a byte order mark": (b"\xef\xbb\xbf", NEEDED + "none in FILE; "),
    "only a line end": ("\n", NEEDED + "none in FILE; "),
    "no header": ("cat/0.png,cat\ndog/0.png,dog\n", NEEDED + "cat/0.png, cat in "),
    "another delimiter": ("path|label\ncat/0.png|cat\n", NEEDED + "path|label in "),
    "other case": ("Path,Label\ncat/0.png,cat\n", NEEDED + "Path, Label in FILE; "),
    "a column twice": ("path,label,label\na,b,c\n", ONCE + "label twice in FILE; drop one"),
    "a slice twice": ("path,label,slice_a,slice_a\na,b,c,d\n", ONCE + "slice_a twice in "),
    "Latin-1": ("path,label\ncat/0.png,Stra\u00dfe\n".encode("latin-1"), UTF8 + "0xdf in line 2 of "),
    "UTF-16": ("path,label\ncat/0.png,cat\n".encode("utf-16"), UTF8 + "0xff in line 1 of FILE; save"),
    "UTF-16 without a mark": ("path,label\na,b\n".encode("utf-16-le"), NUL + "1 "),
    "a NUL in a path": ("path,label\ncat/0\0.png,cat\n", NUL + "2 of FILE; save"),
    "a NUL at the end": ("path,label\ncat/0.png,cat\n\0", NUL + "3 of FILE; save"),
    "a delimiter that is not quoted": ("path,label\ncat/0.png,cat, big\n", LENGTH + "3 in line 2 of FILE; quote"),
    "a row that is short": ("path,label\n\ncat/0.png\n", LENGTH + "1 in line 3 of FILE; quote"),
    "a quote left open": (
        'path,label\n"cat/0.png,cat\ndog/0.png,dog\n',
        PARSED + "unexpected end of data' in line 3 of FILE; check its quotes",
    ),
    "a quote in the middle": ('path,label\n"cat"/0.png,cat\n', PARSED),
    "a field without end": ('path,label\n"' + "a" * 200_000, PARSED + "field larger than"),
    "a header without end": ("a" * 200_000, PARSED + "field larger than"),
    "line ends of an old Mac": ("path,label\rcat/0.png,cat\r", PARSED + "new-line"),
    "an image": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", UTF8 + "0x89 in line 1 of FILE; save it as CSV"),
}
"""Content of ``pets.csv``, and how the line begins; FILE stands for its path."""


@pytest.mark.parametrize("wrong", CSV)
def test_a_file_that_is_no_list_is_refused(wrong: str, pets: Path, refused: Refused) -> None:
    content, line = CSV[wrong]
    assert refused(written("pets.csv", content)(pets)).startswith(line.replace("FILE", str(pets / "pets.csv")))


def parquet(kind: str = "parquet", **columns: Any) -> Make:
    """The list of the six images as Parquet, with other columns."""

    def make(root: Path) -> list[str]:
        own = {"path": FILES, "label": LISTED["label"].tolist()}
        pq.write_table(pa.table(own | columns), root / "pets.parquet")
        return ["--data", f"{kind}:{root / 'pets.parquet'}"]

    return make


WHOLE = "data must be a whole Parquet file, got FILE ("
PARQUET: dict[str, tuple[Make, str]] = {
    "text": (written("pets.parquet", "path,label\n"), WHOLE),
    "empty": (written("pets.parquet", ""), "data must be a file with something in it, got FILE of 0 bytes"),
    "half": (cut(parquet(), 0.5), WHOLE),
    "float labels": (
        parquet(label=[0.0, 1.0] * 3),
        "data must have text or whole numbers in the column label, got double in FILE; convert it",
    ),
    "bytes for paths": (
        parquet(path=[file.encode() for file in FILES]),
        "data must have text in the column path, got binary in FILE; convert it",
    ),
    "numbers for paths": (
        parquet(path=list(range(6))),
        "data must have text in the column path, got int64 in FILE; convert it",
    ),
    "no path in a row": (
        parquet(path=[None, *FILES[1:]]),
        "data must have a path in each row, got none in 1 of 6 rows, the first in row 0 of FILE; fill it in",
    ),
    "no label in a row": (
        parquet(label=[0, 1, 0, 1, 0, None]),
        "data must have a label in each row, got none in 1 of 6 rows, the first in row 5 of FILE; fill it in",
    ),
    "a NUL": (parquet(path=first("cat/\0.png")), "data must list paths without NUL, got cat/\\x00.png; correct them"),
    "text that is not UTF-8": (parquet(label=pa.array([b"\xff\xfe"] * 6).view(pa.string())), WHOLE),
    "no images inside": (
        parquet("hf"),
        "data must have one column of images, {bytes, path}, got none of the columns path, label in FILE; for a list",
    ),
    "half a file of images": (cut(parquet("hf"), 0.5), WHOLE),
}
"""What only a Parquet file can have wrong, and how the line begins."""


@pytest.mark.parametrize("wrong", PARQUET)
def test_a_parquet_file_that_cannot_be_used_is_refused(wrong: str, pets: Path, refused: Refused) -> None:
    make, line = PARQUET[wrong]
    assert refused(make(pets)).startswith(line.replace("FILE", str(pets / "pets.parquet")))


@pytest.mark.parametrize("flags", [(), ("--dry-run",)], ids=["sweep", "dry run"])
def test_a_dry_run_refuses_the_same(flags: tuple[str, ...], pets: Path, refused: Refused) -> None:
    assert refused(table("csv", label="cat")(pets), *flags).startswith("data must have at least two")


def test_a_file_without_its_kind_is_refused_with_a_hint(pets: Path, refused: Refused) -> None:
    options = table("csv")(pets)
    path = options[1].partition(":")[2]
    assert refused(["--data", path]).endswith(f"got {path!r}; for this file write csv:{path}")


def test_a_file_that_may_not_be_read_is_refused(pets: Path, refused: Refused) -> None:
    options = table("csv")(pets)
    (pets / "pets.csv").chmod(0)
    if os.access(pets / "pets.csv", os.R_OK):
        pytest.skip("whoever runs this may read everything")
    assert ": Permission denied; " in refused(options)


def test_300000_rows_are_refused_within_seconds(pets: Path, unusable: Refused) -> None:
    lines = "".join(f"none/{number}.png,{'cat' if number % 9 else 'dog'}\n" for number in range(300_000))
    options, start = written("pets.csv", f"path,label\n{lines}")(pets), time.process_time()
    line = unusable([*options, "--positive", "dog"])
    assert time.process_time() - start < 60, "5 s of one core"
    assert f"got 300,000 of 300,000 that cannot: 300,000 missing in {pets}, such as none/0.png (No such file" in line
    assert len(line) < 1000
