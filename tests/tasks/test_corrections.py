"""Labels that somebody corrected, in a file beside the source."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from steelyard.models.data.partition import divide
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition
from steelyard.tasks import parting
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.report import gather
from steelyard.tasks.sources import Source, open_source

if TYPE_CHECKING:
    from conftest import Pictures

OWN = {"cat/a.png": "cat", "cat/b.png": "cat", "cat/c.png": "cat", "dog/a.png": "dog", "dog/b.png": "dog"}


def relabel(pets: Pictures, text: str) -> str:
    path = pets.root.parent / "relabel.csv"
    path.write_text(text)
    return str(path)


def opened(pets: Pictures, text: str) -> Source:
    return open_source(pets.data, Path("unused"), labels=relabel(pets, text))


def refusal(pets: Pictures, text: str) -> str:
    with pytest.raises(BadInput) as caught:
        opened(pets, text)
    line = str(caught.value).replace(str(pets.root.parent / "relabel.csv"), "FILE")
    assert line.isprintable()
    return line


def labels(source: Source, column: str = "label") -> dict[str, str]:
    return {
        name: source.class_names[label] for name, label in zip(source.table["id"], source.table[column], strict=True)
    }


@pytest.mark.parametrize(
    "text",
    [
        "path,proposed\ncat/b.png,dog\ndog/a.png,cat\n",
        "path,label\ncat/b.png,dog\ndog/a.png,cat\n",
        "path,label,proposed\ncat/b.png,cat,dog\ndog/a.png,dog,cat\ncat/a.png,cat,\n",
        "score;proposed;path;note\n0.9;dog ;cat/b.png;\n0.8;cat;dog/a.png;sure\n0.1;;cat/c.png;\n",
        "path,label,proposed\ncat/b.png,,dog\ndog/a.png,dog,cat\ndog/a.png,dog,cat\n",
    ],
)
def test_a_label_is_replaced_and_that_of_before_is_kept(pets: Pictures, text: str) -> None:
    source = opened(pets, text)
    assert labels(source) == OWN | {"cat/b.png": "dog", "dog/a.png": "cat"}
    assert labels(source, "label_before") == OWN
    assert (source.table["label"].dtype, source.table["label_before"].dtype) == ("int64", "int64")
    assert source.notes[-1] == "labels corrected by relabel.csv: 2 (1 cat -> dog, 1 dog -> cat)"


def test_what_is_as_proposed_already_stays(pets: Pictures) -> None:
    source = opened(pets, "path,label,proposed\ncat/a.png,dog,cat\ncat/b.png,cat,dog\ncat/c.png,cat,dog\n")
    assert labels(source) == OWN | {"cat/b.png": "dog", "cat/c.png": "dog"}
    assert source.notes[-1] == "labels corrected by relabel.csv: 2 (2 cat -> dog)"


@pytest.mark.parametrize("text", ["path,proposed\n", "path,label,proposed\ncat/a.png,cat,\ndog/a.png,cat,dog\n"])
def test_where_nothing_changes_the_images_are_the_same_set(pets: Pictures, cache: Path, text: str) -> None:
    plain, source = open_source(pets.data, cache), opened(pets, text)
    assert "label_before" not in source.table and source.fingerprint != plain.fingerprint
    assert source.notes[-1].startswith("labels corrected by relabel.csv: none; the source has the labels of all ")
    assert extract_images(source, 8, cache, False) == extract_images(plain, 8, cache, False)


def test_another_content_of_the_file_is_another_source(pets: Pictures) -> None:
    one, other = (opened(pets, f"path,proposed\n{file},dog\n").fingerprint for file in ("cat/a.png", "cat/b.png"))
    assert one != other == opened(pets, "path,proposed\ncat/b.png,dog\n").fingerprint


def test_classes_that_were_named_are_written_by_their_names(tmp_path: Path) -> None:
    (tmp_path / "relabel.csv").write_text("path,label,proposed\n0000,0,8\n")
    source = open_source("digits", tmp_path, labels=str(tmp_path / "relabel.csv"))
    assert source.notes == ("labels corrected by relabel.csv: 1 (1 0 -> 8)",)


def test_the_corrected_label_decides_about_classes_groups_come_after(pets: Pictures) -> None:
    file = relabel(pets, "path,proposed\ncat/b.png,dog\n")
    source = open_source(pets.data, Path("unused"), labels=file, group_by=r"/(.)\.")
    assert labels(source)["cat/b.png"] == "dog" and source.table["group"].tolist() == ["a", "b", "c", "a", "b"]


def test_one_image_under_two_labels_can_be_corrected(pets: Pictures, cache: Path) -> None:
    shutil.copy(pets.root / "cat" / "a.png", pets.root / "dog" / "z.png")
    with pytest.raises(BadInput, match=r"cat/a.png.*dog/z.png"):
        extract_images(open_source(pets.data, cache), 8, cache, False)
    assert extract_images(opened(pets, "path,proposed\ndog/z.png,cat\n"), 8, cache, False)


WRONG = {
    "no proposal": (
        "path,score\ncat/a.png,1\n",
        "labels must have the columns path and proposed (or label), got path, score in FILE; name them so",
    ),
    "no path": (
        "id,proposed\ncat/a.png,dog\n",
        "labels must have the columns path and proposed (or label), got id, pr",
    ),
    "a column twice": (
        "path,label,label\na,b,c\n",
        "labels must have each column once, got label twice in FILE; drop ",
    ),
    "an unknown path": (
        "path,proposed\ncat/a.png,dog\ncat/x.png,dog\ncow/y.png,dog\n",
        "labels must have the paths of images in pets, such as cat/a.png, got 2 of 3 that are none: cat/x.png, "
        "cow/y.png (the first in line 3 of FILE); correct them or leave them out",
    ),
    "an unknown class": (
        "path,proposed\ncat/a.png,dog\ncat/b.png,cow\ncat/c.png,Dog\n",
        "labels must be among cat, dog, got cow, Dog for 2 of 3 images, the first in line 3 of FILE; correct them",
    ),
    "two proposals": (
        "path,proposed\ncat/a.png,dog\ncat/a.png,\ndog/a.png,cat\n",
        "labels must give each image one label, got 1 with several: cat/a.png (dog and cat) in FILE; keep one row of "
        "each",
    ),
    "another state": (
        "path,label,proposed\ncat/a.png,cat,dog\ndog/a.png,cat,\ndog/b.png,cat,cat\n",
        "labels must have in the column label what the source has, got another for 2 of 3 images: the first is "
        "dog/a.png, cat in line 3 of FILE and dog in the source; the file is of another state of it: write it again",
    ),
    "a short row": ("path,proposed\ncat/a.png\n", "labels must have 2 columns in each line, as its header has, got 1"),
    "empty": ("", "labels must have the columns path and proposed (or label), got none in FILE; "),
    "a NUL": ("path,proposed\ncat/a.png,d\0g\n", "labels must be text without NUL, got one in line 2 of FILE; save it"),
}
"""A file of labels, and how the line begins; FILE stands for its path."""


@pytest.mark.parametrize("wrong", WRONG)
def test_a_file_that_does_not_fit_the_source_is_refused(pets: Pictures, wrong: str) -> None:
    text, line = WRONG[wrong]
    assert refusal(pets, text).startswith(line)


@pytest.mark.parametrize("name", ["nowhere.csv", "pets", "/dev/zero", "a\0b"])
def test_what_is_no_file_is_refused(pets: Pictures, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pets.root.parent)
    with pytest.raises(BadInput, match=r"^labels must be a file that exists, got .*; check the path$"):
        open_source(pets.data, Path("unused"), labels=name)


def test_a_set_with_corrected_labels_is_divided_and_reported_as_any_other(pictures: Pictures, cache: Path) -> None:
    for number in range(40):
        pictures.add(f"{'cat' if number % 2 else 'dog'}/{number:02d}.png")
    rows = pd.DataFrame({"path": ["cat/01.png", "cat/03.png"], "proposed": "dog"})
    rows.to_csv(cache.parent / "relabel.csv", index=False)
    source = open_source(pictures.data, cache, labels=str(cache.parent / "relabel.csv"))
    path, spec = extract_images(source, 8, cache, False), Partition(positive="dog")
    images = load(path)
    assert images.table.columns.tolist() == ["id", "label", "split", "group", "label_before", "digest"]
    assert int((images.table["label"] != images.table["label_before"]).sum()) == 2
    parts = divide(images.table, images.class_names, spec)
    assert sum(len(rows) for rows in parts.rows().values()) == 40
    shown = gather._images(images, parting.parts_of(path, spec))
    assert shown["label"].sum() == 22 and shown.columns.tolist() == ["id", "part", "label", "digest", "group"]
