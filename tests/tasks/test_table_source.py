"""What a CSV or a Parquet file that lists images is read as."""

from __future__ import annotations

import csv
import os
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image, ImageChops
from refusing import refusal

from steelyard.models.errors import BadInput
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.sources import Source, open_source

if TYPE_CHECKING:
    from conftest import Pictures

FILES = ("cat/a.png", "cat/b.png", "cat/c.png", "dog/a.png", "dog/b.png")
LISTED = pd.DataFrame({"path": FILES, "label": [file[:3] for file in FILES]})
KINDS = ("csv", "parquet")


def listing(root: Path, rows: pd.DataFrame, kind: str = "csv", **how: Any) -> str:
    """``--data`` of a list written as ``pets.<kind>`` into the folder ``root``."""
    path = root / f"pets.{kind}"
    if kind == "csv":
        rows.to_csv(path, index=False, **how)
    else:
        rows.to_parquet(path, index=False)
    return f"{kind}:{path}"


def opened(root: Path, rows: pd.DataFrame = LISTED, kind: str = "csv", **how: Any) -> Source:
    return open_source(listing(root, rows, kind, **how), Path("unused"))


@pytest.mark.parametrize("kind", KINDS)
def test_rows_are_in_path_order_and_ids_are_the_paths(pets: Pictures, kind: str) -> None:
    source = opened(pets.root, LISTED.iloc[::-1], kind)
    assert (source.name, source.class_names) == ("pets", ("cat", "dog"))
    assert source.table["id"].tolist() == list(FILES)
    assert source.table["label"].tolist() == [0, 0, 0, 1, 1]
    assert set(source.table["split"]) == set(source.table["group"]) == {""}
    assert (source.positive, source.imbalance, source.notes, source.numbered) == ("", None, (), False)


@pytest.mark.parametrize("kind", KINDS)
def test_a_row_reads_the_file_that_its_id_names(pets: Pictures, kind: str) -> None:
    source = opened(pets.root, LISTED.iloc[[3, 0, 4, 2, 1]], kind)
    for row, name in enumerate(source.table["id"]):
        with source.read(row) as read, Image.open(pets.root / name) as expected:
            assert ImageChops.difference(read, expected).getbbox() is None


@pytest.mark.parametrize("kind", KINDS)
def test_split_group_and_slices_are_kept_and_other_columns_named(pets: Pictures, kind: str) -> None:
    rows = LISTED.assign(
        split=["Train", "VALID", "testing", "training", "validation"],
        group=["a", "", "a", "b", ""],
        slice_place=["here", "there", "here", "there", ""],
        age=range(5),
        slice_="x",
    )
    source = opened(pets.root, rows, kind)
    assert source.table.columns.tolist() == ["id", "label", "split", "group", "slice_place"]
    assert source.table["split"].tolist() == ["train", "val", "test", "train", "val"]
    assert source.table["group"].tolist() == ["a", "", "a", "b", ""]
    assert source.table["slice_place"].tolist() == ["here", "there", "here", "there", ""]
    assert source.notes == (
        "columns ignored: age, slice_; one that marks slices of the images must be called slice_NAME",
    )


@pytest.mark.parametrize("kind", KINDS)
def test_an_empty_split_everywhere_is_no_split(pets: Pictures, kind: str) -> None:
    assert set(opened(pets.root, LISTED.assign(split=""), kind).table["split"]) == {""}


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig"])
@pytest.mark.parametrize("ends", ["\n", "\r\n"])
@pytest.mark.parametrize("quoting", [csv.QUOTE_MINIMAL, csv.QUOTE_ALL])
def test_delimiter_byte_order_mark_line_ends_and_quotes_do_not_matter(
    pets: Pictures, delimiter: str, encoding: str, ends: str, quoting: int
) -> None:
    rows = LISTED.assign(label=['a "cat"; big, grey\tand\nold'] * 3 + ["Größe"] * 2)
    source = opened(pets.root, rows, sep=delimiter, encoding=encoding, lineterminator=ends, quoting=quoting)
    assert source.class_names == ("Größe", 'a "cat"; big, grey\\tand\\nold')
    assert source.table["label"].tolist() == [1, 1, 1, 0, 0]


def test_a_header_with_another_delimiter_in_a_name_is_read_by_the_columns_it_needs(pets: Pictures) -> None:
    source = opened(pets.root, LISTED.rename(columns={"label": "label"}).assign(**{"a;b;c;d": 1}))
    assert source.notes[0].startswith("columns ignored: a;b;c;d;")


def test_blank_lines_and_rows_of_mere_delimiters_say_nothing(pets: Pictures) -> None:
    path = pets.root / "pets.csv"
    path.write_text("path;label\n\ncat/a.png;cat\n;\ndog/a.png;dog\n;\n\n")
    assert open_source(f"csv:{path}", Path("unused")).table["id"].tolist() == ["cat/a.png", "dog/a.png"]


def test_an_index_that_pandas_wrote_is_no_column(pets: Pictures) -> None:
    LISTED.to_csv(pets.root / "pets.csv")
    source = open_source(f"csv:{pets.root / 'pets.csv'}", Path("unused"))
    assert (len(source.table), source.notes) == (5, ())


def test_numbers_and_words_for_nothing_are_kept_as_written(pets: Pictures) -> None:
    rows = LISTED.assign(label=["007", "7", "1.0", "nan", "NA"])
    assert opened(pets.root, rows).class_names == ("007", "1.0", "7", "NA", "nan")


def test_whole_numbers_of_a_parquet_file_are_names(pets: Pictures) -> None:
    assert opened(pets.root, LISTED.assign(label=[10, 10, 9, 9, 9]), "parquet").class_names == ("10", "9")


@pytest.mark.parametrize(
    "kind",
    [pa.string(), pa.large_string(), pa.string_view(), pa.dictionary(pa.int32(), pa.string())],
    ids=["text", "large", "view", "dictionary"],
)
def test_any_text_of_a_parquet_file_is_read(pets: Pictures, kind: pa.DataType) -> None:
    columns = [pa.array(LISTED[name].tolist(), pa.string()).cast(kind) for name in LISTED.columns]
    pq.write_table(pa.table(columns, names=list(LISTED.columns)), pets.root / "pets.parquet")
    source = open_source(f"parquet:{pets.root / 'pets.parquet'}", Path("unused"))
    assert (source.table["id"].tolist(), source.class_names) == (list(FILES), ("cat", "dog"))


def test_space_around_a_label_is_no_part_of_it(pets: Pictures) -> None:
    assert opened(pets.root, LISTED.assign(label=[" cat", "cat ", "cat", "dog", "dog\n"])).class_names == ("cat", "dog")


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("written", ["./cat/a.png", "cat\\a.png", "cat//a.png", "cat/./a.png"])
def test_a_path_may_be_written_in_other_ways(pets: Pictures, kind: str, written: str) -> None:
    source = opened(pets.root, LISTED.assign(path=[written, *FILES[1:]]), kind)
    assert source.table["id"].tolist() == list(FILES)


def test_paths_count_from_the_files_folder_wherever_one_stands(pets: Pictures, monkeypatch: pytest.MonkeyPatch) -> None:
    listing(pets.root, LISTED)
    monkeypatch.chdir(pets.root.parent)
    source = open_source("csv:pets/pets.csv", Path("unused"))
    monkeypatch.chdir("/")
    with source.read(0) as image:
        assert image.size == (12, 10)


def test_a_link_that_stays_inside_is_followed(pets: Pictures) -> None:
    (pets.root / "cat" / "link.png").symlink_to(pets.root / "dog" / "b.png")
    (pets.root / "kitten").symlink_to(pets.root / "cat")
    source = opened(pets.root, LISTED.assign(path=["cat/link.png", "kitten/a.png", *FILES[2:]]))
    assert source.table["id"].tolist() == ["cat/c.png", "cat/link.png", "dog/a.png", "dog/b.png", "kitten/a.png"]


def test_a_linked_folder_that_holds_list_and_images_is_inside(pets: Pictures, tmp_path: Path) -> None:
    listing(pets.root, LISTED)
    (tmp_path / "here").symlink_to(pets.root)
    assert len(open_source(f"csv:{tmp_path / 'here' / 'pets.csv'}", Path("unused")).table) == 5


@pytest.mark.parametrize("kind", KINDS)
def test_the_fingerprint_holds_until_the_list_or_an_image_may_have_changed(pets: Pictures, kind: str) -> None:
    first = opened(pets.root, LISTED, kind).fingerprint
    os.utime(pets.root / f"pets.{kind}", ns=(1, 1))
    data = f"{kind}:{pets.root / f'pets.{kind}'}"
    touched = open_source(data, Path("unused")).fingerprint
    assert open_source(data, Path("unused")).fingerprint == touched
    os.utime(pets.root / "cat" / "a.png", ns=(1, 1))
    image = open_source(data, Path("unused")).fingerprint
    listing(pets.root, LISTED.assign(label=["dog", *LISTED["label"][1:]]), kind)
    os.utime(pets.root / f"pets.{kind}", ns=(1, 1))
    label = open_source(data, Path("unused")).fingerprint
    assert len({first, touched, image, label}) == 4


def test_a_linked_image_shows_the_change_of_what_it_leads_to(pets: Pictures) -> None:
    (pets.root / "cat" / "link.png").symlink_to(pets.root / "dog" / "b.png")
    data = listing(pets.root, LISTED.assign(path=["cat/link.png", *FILES[:4]]))
    first = open_source(data, Path("unused")).fingerprint
    os.utime(pets.root / "dog" / "b.png", ns=(1, 1))
    assert open_source(data, Path("unused")).fingerprint != first


def test_lines_are_counted_as_an_editor_counts_them(pets: Pictures) -> None:
    rows = LISTED.assign(label=["cat\nor\nso", "cat", "", "dog", "dog"])
    assert "the first in line 6 of" in refusal(listing(pets.root, rows))
    assert "the first in row 2 of" in refusal(listing(pets.root, rows, "parquet"))


def test_the_same_path_twice_is_told_with_its_lines(pets: Pictures) -> None:
    message = refusal(listing(pets.root, LISTED.assign(path=[*FILES[:2], "./cat/a.png", *FILES[3:]])))
    assert "got 1 more than once: cat/a.png (the first in lines 2 and 4 of" in message


def test_a_missing_image_says_where_its_path_counts_from(pets: Pictures) -> None:
    source = opened(pets.root, LISTED.assign(path=["a.png", *FILES[1:]]))
    assert source.unusable == {"a.png": f"missing in {pets.root}: No such file or directory"}
    assert source.table["id"].tolist() == list(FILES[1:])
    with source.read(0) as read, Image.open(pets.root / FILES[1]) as expected:
        assert ImageChops.difference(read, expected).getbbox() is None


def test_the_fingerprint_changes_when_a_missing_image_comes(pets: Pictures) -> None:
    missing = opened(pets.root, LISTED.assign(path=["a.png", *FILES[1:]])).fingerprint
    pets.add("a.png")
    assert open_source(f"csv:{pets.root / 'pets.csv'}", Path("unused")).fingerprint != missing


def test_an_image_that_is_none_is_told_when_it_is_extracted(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/a.png")
    with pytest.raises(BadInput, match=r"got 1 of 5 that cannot: 1 unreadable: cat/a.png \(not an image\)"):
        extract_images(opened(pets.root), 8, cache, False)


NAMES = st.text(st.characters(exclude_characters="/\\\0.", exclude_categories=["Cs"]), min_size=1, max_size=12).filter(
    lambda name: name == name.strip() and name not in ("train", "test") and len(name.encode()) < 60
)
SPLIT = st.sampled_from(["train", "val", "test"])


@st.composite
def layouts(draw: st.DrawFn) -> dict[str, tuple[str, str]]:
    """Path below the root -> split ("" for none) and class."""
    classes = draw(st.lists(NAMES, min_size=2, max_size=4, unique_by=str.casefold))
    with_split = draw(st.booleans())
    found = {}
    for name in classes:
        for stem in draw(st.lists(NAMES, min_size=1, max_size=3, unique_by=str.casefold)):
            split = draw(SPLIT) if with_split else ""
            found["/".join(part for part in (split, name, f"{stem}.png") if part)] = (split, name)
    first = f"{classes[0]}/first.png"
    return found | {f"train/{first}" if with_split else first: ("train" if with_split else "", classes[0])}


@given(layouts(), st.sampled_from(KINDS), st.sampled_from([",", ";", "\t"]), st.randoms(use_true_random=False))
@settings(max_examples=40, deadline=None)
def test_a_folder_and_a_list_of_it_are_the_same_image_set(
    layout: dict[str, tuple[str, str]], kind: str, delimiter: str, chance: Any
) -> None:
    with tempfile.TemporaryDirectory() as kept:
        root, cache = Path(kept) / "pets", Path(kept) / "cache"
        for number, path in enumerate(layout):
            (root / path).parent.mkdir(parents=True, exist_ok=True)
            Image.fromarray(np.full((4, 4), number, dtype=np.uint8)).save(root / path)
        folder = extract_images(open_source(f"folder:{root}", cache), 8, cache, False)
        rows = [{"path": path, "label": name, "split": split} for path, (split, name) in layout.items()]
        chance.shuffle(rows)
        # Quoted, since pandas leaves a lone \r bare, which ends a row.
        how = {"sep": delimiter, "encoding": "utf-8", "quoting": csv.QUOTE_NONNUMERIC} if kind == "csv" else {}
        listed = extract_images(opened(root, pd.DataFrame(rows), kind, **how), 8, cache, False)
        assert load(listed).content_hash == load(folder).content_hash


BEGINNINGS = {
    "blank lines": "\n \n;;\npath;label\n",
    "excel": "sep=;\npath;label\n",
    "excel, quoted, after a BOM": '\ufeff"SEP=;"\r\npath;label\r\n',
    "a line break in a name": '"\npath";label\n',
}


@pytest.mark.parametrize("name", BEGINNINGS)
def test_a_list_may_begin_as_spreadsheets_write_it_and_end_in_blanks(pets: Pictures, name: str) -> None:
    lines = [f"{file};{file[:3]}\n" for file in FILES]
    (pets.root / "pets.csv").write_text(BEGINNINGS[name] + "".join(lines) + "   ")
    source = open_source(f"csv:{pets.root / 'pets.csv'}", Path("unused"))
    assert source.table["id"].tolist() == list(FILES)


def test_lines_are_counted_from_the_first_of_the_file_whatever_it_begins_with(pets: Pictures) -> None:
    (pets.root / "pets.csv").write_text("sep=;\n\npath;label\ncat/a.png;cat\ncat/b.png\n")
    with pytest.raises(BadInput, match="got 1 in line 5 of "):
        open_source(f"csv:{pets.root / 'pets.csv'}", Path("unused"))


def test_a_path_that_is_not_there_for_a_blank_shows_it(pets: Pictures, cache: Path) -> None:
    rows = LISTED.assign(path=[f" {FILES[0]}", *FILES[1:]])
    with pytest.raises(BadInput, match=rf"1 missing in {pets.root}: ' {FILES[0]}' \(No such file or directory\)"):
        extract_images(opened(pets.root, rows), 8, cache, False)


@pytest.mark.parametrize("kind", KINDS)
def test_more_slices_than_a_verdict_can_tell_of_are_refused_at_once(pets: Pictures, kind: str) -> None:
    slices = pd.DataFrame("x", index=LISTED.index, columns=[f"slice_{number}" for number in range(5000)])
    data, began = listing(pets.root, pd.concat([LISTED, slices], axis=1), kind), time.monotonic()
    assert refusal(data).startswith("data must have at most 100 columns slice_NAME, got 5,000 in ")
    assert time.monotonic() - began < 5, "it took 90 s"
    assert len(opened(pets.root, pd.concat([LISTED, slices.iloc[:, :100]], axis=1), kind).table.columns) == 104
