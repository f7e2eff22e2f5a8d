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
        path = root / f"pets.{kind}"
        rows.to_csv(path, index=False) if kind == "csv" else rows.to_parquet(path, index=False)
        return ["--data", f"{kind}:{path}"]

    return make


def first(path: str) -> list[str]:
    return [path, *FILES[1:]]


def linked(name: str, target: str) -> Callable[[str], Make]:
    """A link in the folder, whose ``target`` is relative to the folder, and a list that goes through it."""

    def of_kind(kind: str) -> Make:
        def make(root: Path) -> list[str]:
            (root / name.partition("/")[0]).symlink_to(root / target)
            return table(kind, path=first(name))(root)

        return make

    return of_kind


def special(name: str) -> Callable[[str], Make]:
    def of_kind(kind: str) -> Make:
        def make(root: Path) -> list[str]:
            os.mkfifo(root / name)
            return table(kind, path=first(name))(root)

        return make

    return of_kind


TABLES: dict[str, tuple[Callable[[str], Make], str]] = {
    "no path": (lambda kind: table(kind, path=None), "data must have the columns path and label, got label in "),
    "no label": (lambda kind: table(kind, label=None), "data must have the columns path and label, got path in "),
    "no row": (lambda kind: lambda root: _headed(kind, root), "data must list images, got no row in "),
    "a missing image": (
        lambda kind: table(kind, path=first("cat/none.png")),
        "data must list files that are there, got 1 that are not: cat/none.png (No such file or directory); correct",
    ),
    "an image below an image": (
        lambda kind: table(kind, path=first("cat/1.png/0.png")),
        "data must list files that are there, got 1 that are not: cat/1.png/0.png (Not a directory); ",
    ),
    "a folder": (
        lambda kind: table(kind, path=first("cat")),
        "data must list files that are there, got 1 that are not: cat (not a file); ",
    ),
    "a pipe": (special("pipe.png"), "data must list files that are there, got 1 that are not: pipe.png (not a file); "),
    "a name that is too long": (
        lambda kind: table(kind, path=first("a" * 3000)),
        "data must list files that are there, got 1 that are not: aaaa",
    ),
    "a path up": (
        lambda kind: table(kind, path=first("../outside.png")),
        "data must list images inside ROOT, where the list lies, got 1 outside: ../outside.png; move the images there",
    ),
    "a path up and down": (
        lambda kind: table(kind, path=first("cat/../../outside.png")),
        "data must list images inside ROOT, where the list lies, got 1 outside: cat/../../outside.png; ",
    ),
    "a path up as on Windows": (
        lambda kind: table(kind, path=first("..\\outside.png")),
        "data must list images inside ROOT, where the list lies, got 1 outside: ../outside.png; ",
    ),
    "an absolute path": (
        lambda kind: table(kind, path=first("/etc/hostname")),
        "data must list images inside ROOT, where the list lies, got 1 outside: /etc/hostname; ",
    ),
    "a drive": (
        lambda kind: table(kind, path=first("C:\\cat.png")),
        "data must list images inside ROOT, where the list lies, got 1 outside: C:/cat.png; ",
    ),
    "a share": (
        lambda kind: table(kind, path=first("\\\\host\\cat.png")),
        "data must list images inside ROOT, where the list lies, got 1 outside: /host/cat.png; ",
    ),
    "a link to an image outside": (
        linked("link.png", "../outside.png"),
        "data must list images inside ROOT, where the list lies, got 1 outside: link.png; ",
    ),
    "a link to a folder outside": (
        linked("up/outside.png", ".."),
        "data must list images inside ROOT, where the list lies, got 1 outside: up/outside.png; ",
    ),
    "a link to a device": (
        linked("link.png", "/dev/zero"),
        "data must list images inside ROOT, where the list lies, got 1 outside: link.png; ",
    ),
    "a link to nothing": (
        linked("link.png", "cat/none.png"),
        "data must list files that are there, got 1 that are not: link.png (No such file or directory); ",
    ),
    "a link to itself": (
        linked("link.png", "link.png"),
        "data must list files that are there, got 1 that are not: link.png (Too many levels of symbolic links); ",
    ),
    "a path twice": (
        lambda kind: table(kind, path=first("cat/1.png")),
        "data must list each image once, got 1 more than once: cat/1.png (the first in ",
    ),
    "a path twice in two ways": (
        lambda kind: table(kind, path=first(".\\cat//1.png")),
        "data must list each image once, got 1 more than once: cat/1.png (the first in ",
    ),
    "an empty path": (
        lambda kind: table(kind, path=first("")),
        "data must have a path in each row, got none in 1 of 6 ",
    ),
    "the folder itself": (
        lambda kind: table(kind, path=first(".")),
        "data must have a path in each row, got none in 1 ",
    ),
    "an empty label": (
        lambda kind: table(kind, label=["", " ", "cat", "dog", "dog", "dog"]),
        "data must have a label in each row, got none in 2 of 6 rows, the first in ",
    ),
    "one class": (lambda kind: table(kind, label="cat"), "data must have at least two classes, got only cat in "),
    "one class but for space": (
        lambda kind: table(kind, label=["cat", "cat "] * 3),
        "data must have at least two classes, got only cat in ",
    ),
    "two classes that look the same": (
        lambda kind: table(kind, label=["a\u2028b", "a\\u2028b"] * 3),
        "data must have classes of different names, got a\\u2028b more than once in ",
    ),
    "an unknown split": (
        lambda kind: table(kind, split=["train", "dev", "train", "train", "dev", "holdout"]),
        "data must have splits among train, training, test, testing, val, valid, validation, got dev, holdout, the ",
    ),
    "a split in some rows": (
        lambda kind: table(kind, split=["train", "", "train", "train", "test", "test"]),
        "data must have a split, or no split in any row in each row, got none in 1 of 6 rows, the first in ",
    ),
    "no train": (
        lambda kind: table(kind, split=["test", "test", "val"] * 2),
        "data must have images in train, got only test, val in ",
    ),
    "no positive": (table, "positive must name the class to find, one of cat, dog; give --positive NAME"),
}
"""What is wrong with a list of either kind, and how the line begins; ROOT stands for the list's folder."""


def _headed(kind: str, root: Path) -> list[str]:
    path = root / f"pets.{kind}"
    LISTED.iloc[:0].to_csv(path, index=False) if kind == "csv" else LISTED.iloc[:0].to_parquet(path, index=False)
    return ["--data", f"{kind}:{path}"]


@pytest.mark.parametrize("kind", ["csv", "parquet"])
@pytest.mark.parametrize("wrong", TABLES)
def test_a_list_that_cannot_be_used_is_refused(wrong: str, kind: str, pets: Path, refused: Refused) -> None:
    make, line = TABLES[wrong]
    assert refused(make(kind)(pets)).startswith(line.replace("ROOT", str(pets)))


CSV: dict[str, tuple[bytes | str, str]] = {
    "empty": ("", "data must be a file with something in it, got FILE of 0 bytes; "),
    "only a byte order mark": (b"\xef\xbb\xbf", "data must have the columns path and label, got none in FILE; "),
    "only a line end": ("\n", "data must have the columns path and label, got none in FILE; "),
    "no header": (
        "cat/0.png,cat\ndog/0.png,dog\n",
        "data must have the columns path and label, got cat/0.png, cat in ",
    ),
    "another delimiter": (
        "path|label\ncat/0.png|cat\n",
        "data must have the columns path and label, got path|label in ",
    ),
    "other case": (
        "Path,Label\ncat/0.png,cat\n",
        "data must have the columns path and label, got Path, Label in FILE; ",
    ),
    "a column twice": (
        "path,label,label\na,b,c\n",
        "data must have each column once, got label twice in FILE; drop one",
    ),
    "a slice twice": (
        "path,label,slice_a,slice_a\na,b,c,d\n",
        "data must have each column once, got slice_a twice in ",
    ),
    "Latin-1": (
        "path,label\ncat/0.png,Stra\u00dfe\n".encode("latin-1"),
        "data must be UTF-8, got byte 0xdf in line 2 of ",
    ),
    "UTF-16": (
        "path,label\ncat/0.png,cat\n".encode("utf-16"),
        "data must be UTF-8, got byte 0xff in line 1 of FILE; save",
    ),
    "UTF-16 without a mark": (
        "path,label\na,b\n".encode("utf-16-le"),
        "data must be text without NUL, got one in line 1 ",
    ),
    "a NUL in a path": (
        "path,label\ncat/0\0.png,cat\n",
        "data must be text without NUL, got one in line 2 of FILE; save",
    ),
    "a NUL at the end": (
        "path,label\ncat/0.png,cat\n\0",
        "data must be text without NUL, got one in line 3 of FILE; save",
    ),
    "a delimiter that is not quoted": (
        "path,label\ncat/0.png,cat, big\n",
        "data must have 2 columns in each line, as its header has, got 3 in line 2 of FILE; quote",
    ),
    "a row that is short": (
        "path,label\n\ncat/0.png\n",
        "data must have 2 columns in each line, as its header has, got 1 in line 3 of FILE; quote",
    ),
    "a quote left open": (
        'path,label\n"cat/0.png,cat\ndog/0.png,dog\n',
        "data must be CSV that can be parsed, got 'unexpected end of data' in line 3 of FILE; check its quotes",
    ),
    "a quote in the middle": ('path,label\n"cat"/0.png,cat\n', "data must be CSV that can be parsed, got '"),
    "a field without end": (
        'path,label\n"' + "a" * 200_000,
        "data must be CSV that can be parsed, got 'field larger than",
    ),
    "a header without end": ("a" * 200_000, "data must be CSV that can be parsed, got 'field larger than"),
    "line ends of an old Mac": ("path,label\rcat/0.png,cat\r", "data must be CSV that can be parsed, got 'new-line"),
    "an image": (
        b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR",
        "data must be UTF-8, got byte 0x89 in line 1 of FILE; save it as CSV",
    ),
    "a name with a line break": (
        'path,label\n"cat/\n0.png",cat\ndog/0.png,dog\n',
        "data must list files that are there, got 1 that are not: cat/\\n0.png (No such file or directory); correct",
    ),
}
"""Content of ``pets.csv``, and how the line begins; FILE stands for its path."""


@pytest.mark.parametrize("wrong", CSV)
def test_a_file_that_is_no_list_is_refused(wrong: str, pets: Path, refused: Refused) -> None:
    content, line = CSV[wrong]
    said = refused(written("pets.csv", content)(pets))
    assert said.startswith(line.replace("FILE", str(pets / "pets.csv")))


def parquet(table_: pa.Table) -> Make:
    def make(root: Path) -> list[str]:
        pq.write_table(table_, root / "pets.parquet")
        return ["--data", f"parquet:{root / 'pets.parquet'}"]

    return make


def as_hugging_face(make: Make) -> Make:
    return lambda root: [part.replace("parquet:", "hf:", 1) for part in make(root)]


LIST = pa.table({"path": FILES, "label": LISTED["label"].tolist()})
PARQUET: dict[str, tuple[Make, str]] = {
    "text": (written("pets.parquet", "path,label\n"), "data must be a whole Parquet file, got FILE ("),
    "empty": (written("pets.parquet", ""), "data must be a file with something in it, got FILE of 0 bytes"),
    "half": (cut(parquet(LIST), 0.5), "data must be a whole Parquet file, got FILE ("),
    "float labels": (
        parquet(LIST.set_column(1, "label", pa.array([0.0, 1.0] * 3))),
        "data must have text or whole numbers in the column label, got double in FILE; convert it",
    ),
    "bytes for paths": (
        parquet(LIST.set_column(0, "path", pa.array([file.encode() for file in FILES]))),
        "data must have text in the column path, got binary in FILE; convert it",
    ),
    "numbers for paths": (
        parquet(LIST.set_column(0, "path", pa.array(range(6)))),
        "data must have text in the column path, got int64 in FILE; convert it",
    ),
    "no path in a row": (
        parquet(LIST.set_column(0, "path", pa.array([None, *FILES[1:]]))),
        "data must have a path in each row, got none in 1 of 6 rows, the first in row 0 of FILE; fill it in",
    ),
    "no label in a row": (
        parquet(LIST.set_column(1, "label", pa.array([0, 1, 0, 1, 0, None]))),
        "data must have a label in each row, got none in 1 of 6 rows, the first in row 5 of FILE; fill it in",
    ),
    "a NUL": (
        parquet(LIST.set_column(0, "path", pa.array(first("cat/\0.png")))),
        "data must list paths without NUL, got cat/\\x00.png; correct them",
    ),
    "text that is not UTF-8": (
        parquet(LIST.set_column(1, "label", pa.array([b"\xff\xfe"] * 6).view(pa.string()))),
        "data must be a whole Parquet file, got FILE (",
    ),
    "no images inside": (
        as_hugging_face(parquet(LIST)),
        "data must have one column of images, {bytes, path}, got none of the columns path, label in FILE; for a list",
    ),
    "half a file of images": (
        as_hugging_face(cut(parquet(LIST), 0.5)),
        "data must be a whole Parquet file, got FILE (",
    ),
}
"""What only a Parquet file can have wrong, and how the line begins."""


@pytest.mark.parametrize("wrong", PARQUET)
def test_a_parquet_file_that_cannot_be_used_is_refused(wrong: str, pets: Path, refused: Refused) -> None:
    make, line = PARQUET[wrong]
    expected = line.replace("FILE", str(pets / "pets.parquet"))
    assert refused(make(pets)).startswith(expected)


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


def test_a_million_rows_are_refused_within_seconds(pets: Path, refused: Refused) -> None:
    lines = "".join(f"none/{number}.png,{'cat' if number % 9 else 'dog'}\n" for number in range(1_000_000))
    options, start = written("pets.csv", f"path,label\n{lines}")(pets), time.process_time()
    line = refused(options)
    assert time.process_time() - start < 60, "10 s of one core"
    assert line.startswith("data must list files that are there, got 1,000,000 that are not: none/0.png (No such file")
    assert len(line) < 1000
