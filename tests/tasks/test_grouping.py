"""Images that never part: by what their names have in common, or by the day they were taken."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from PIL.ExifTags import IFD, Base

from steelyard.models.data.partition import divide
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition
from steelyard.tasks import progress
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load, read_manifest
from steelyard.tasks.sources import Source, open_source
from steelyard.tasks.sources.helpers.exif_dates import days
from steelyard.tasks.sources.helpers.listed_groups import listed_groups

if TYPE_CHECKING:
    from conftest import Pictures

SERIES = r"series(\d+)"


@pytest.fixture
def parts(pictures: Pictures) -> Pictures:
    """Images of five series, both classes in each, and one that is of none."""
    for number in range(20):
        pictures.add(f"{'ok' if number % 2 else 'bad'}/series{number // 4}-{number}.png")
    pictures.add("ok/spare.png")
    return pictures


def opened(pictures: Pictures, group_by: str) -> Source:
    return open_source(pictures.data, Path("unused"), group_by=group_by)


def refusal(data: str, group_by: str) -> str:
    with pytest.raises(BadInput) as caught:
        open_source(data, Path("unused"), group_by=group_by)
    assert str(caught.value).isprintable()
    return str(caught.value)


def groups(source: Source) -> dict[str, str]:
    return dict(zip(source.table["id"], source.table["group"], strict=True))


@pytest.mark.parametrize(
    ("group_by", "expected"),
    [
        (SERIES, "3"),
        (r"series\d", "series3"),
        (r"^(ok|bad)/series(\d)", "ok-3"),
        (r"(series)?(\d)(x)?", "series-3-"),
        (r"^(?:ok|bad)/(?P<series>[^-]*)", "series3"),
    ],
)
def test_the_parentheses_name_the_group_or_else_the_whole_match(parts: Pictures, group_by: str, expected: str) -> None:
    assert groups(opened(parts, group_by))["ok/series3-13.png"] == expected


def test_what_does_not_match_stands_alone_and_is_told(parts: Pictures) -> None:
    source = opened(parts, SERIES)
    assert groups(source)["ok/spare.png"] == ""
    assert source.notes == (r"grouped by 'series(\d+)': 5 groups, 20 of 21 images; alone: 1, such as ok/spare.png",)
    (parts.root / "ok" / "spare.png").unlink()
    assert opened(parts, SERIES).notes == (r"grouped by 'series(\d+)': 5 groups, 20 of 20 images",)


def test_a_match_of_nothing_is_none(parts: Pictures) -> None:
    assert groups(opened(parts, r"series(\d*)|()$"))["ok/spare.png"] == ""


def test_groups_of_the_source_give_way_and_it_is_told(parts: Pictures) -> None:
    ids = open_source(parts.data, Path("unused")).table["id"]
    rows = pd.DataFrame({"path": ids, "label": [name.partition("/")[0] for name in ids], "group": "a"})
    rows.to_csv(parts.root / "parts.csv", index=False)
    source = open_source(f"csv:{parts.root}/parts.csv", Path("unused"), group_by=SERIES)
    assert groups(source)["ok/series3-13.png"] == "3"
    assert source.notes[-1].endswith("such as ok/spare.png; groups of the source that are not used: 1")


def test_images_without_names_are_grouped_by_their_numbers() -> None:
    source = open_source("digits", Path("unused"), group_by=r"^\d\d")
    assert source.table["group"].nunique() == 18
    assert source.notes == ("grouped by '^\\d\\d': 18 groups, 1,797 of 1,797 images",)


def test_the_groups_reach_the_image_set_and_no_part_divides_one(parts: Pictures, cache: Path) -> None:
    for number in range(20, 80):
        parts.add(f"{'ok' if number % 2 else 'bad'}/series{number // 4}-{number}.png")
    path = extract_images(opened(parts, SERIES), 8, cache, False)
    images = load(path)
    parted = divide(images.table, images.class_names, Partition(positive="bad"))
    of = {part: set(images.table["group"].iloc[parted.rows()[part]]) - {""} for part in ("train", "val", "test")}
    assert sum(map(len, of.values())) == len(set.union(*of.values())) == 20
    assert read_manifest(path).notes[0].startswith("grouped by ")


def test_each_way_to_group_is_another_source_and_none_is_the_one_of_before(parts: Pictures, cache: Path) -> None:
    plain, one, other = (opened(parts, group_by) for group_by in ("", SERIES, r"series(\d)"))
    assert len({plain.fingerprint, one.fingerprint, other.fingerprint}) == 3
    paths = [extract_images(source, 8, cache, False) for source in (plain, one, other)]
    assert paths[0] != paths[1] == paths[2], "the same groups are the same content"


@pytest.mark.parametrize("group_by", ["(", "[", "*", "\\", "a{99999999999}", "(?P<1>x)", "("])
def test_what_is_no_regular_expression_is_refused(parts: Pictures, group_by: str) -> None:
    line = refusal(parts.data, group_by)
    assert line.startswith(f"group-by must be a regular expression or exif-date, got '{group_by}' (")


def test_what_matches_no_image_is_refused(parts: Pictures) -> None:
    assert refusal(parts.data, "serie_") == (
        "group-by must match the ids of images, such as bad/series0-0.png, got 'serie_', which matches none of 21; "
        "correct it"
    )
    assert "which matches none of 21" in refusal(parts.data, "^")


def test_one_group_of_all_images_is_refused(parts: Pictures) -> None:
    assert refusal(parts.data, r"\.(png)$") == (
        r"group-by must give several groups, got '\.(png)$', by which all 21 images are one: png; name what differs "
        "between groups"
    )


def photograph(path: Path, original: str = "", changed: str = "", seed: int = 0) -> None:
    exif = Image.Exif()
    if original:
        exif.get_ifd(IFD.Exif)[Base.DateTimeOriginal] = original
    if changed:
        exif[Base.DateTime] = changed
    pixels = np.random.default_rng(seed).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(pixels).save(path, exif=exif.tobytes())


DATES = {
    "cat/original.jpg": ("2026:03:01 10:00:00", "2026:09:09 01:00:00", "2026-03-01"),
    "cat/changed.jpg": ("", "2026:03:02 23:59:59", "2026-03-02"),
    "cat/of-a-phone.webp": ("2026-03-01T08:00:00", "", "2026-03-01"),
    "dog/of-a-scanner.tif": ("2026:03:02 00:00:00", "", "2026-03-02"),
    "dog/of-a-screen.png": ("2026:03:03 00:00:00", "", "2026-03-03"),
    "dog/a-day-alone.jpg": ("2026:03:03", "", "2026-03-03"),
    "dog/no-clock.jpg": ("0000:00:00 00:00:00", "", ""),
    "dog/blank.jpg": ("    :  :     :  :  ", "", ""),
    "dog/odd.jpg": ("yesterday", "", ""),
    "dog/none.jpg": ("", "", ""),
}
"""File -> DateTimeOriginal, DateTime, and the day that it is of."""


@pytest.fixture
def album(pictures: Pictures) -> Pictures:
    for seed, (name, (original, changed, _)) in enumerate(DATES.items()):
        photograph(pictures.root / name, original, changed, seed)
    return pictures


def test_the_day_of_an_image_is_that_of_its_exif(album: Pictures) -> None:
    (album.root / "dog" / "text.jpg").write_text("no image")
    source = opened(album, "exif-date")
    assert groups(source) == {name: day for name, (_, _, day) in DATES.items()} | {"dog/text.jpg": ""}
    assert source.notes == ("grouped by exif-date: 3 groups, 6 of 11 images; alone: 5, such as dog/blank.jpg",)


def test_images_without_any_date_are_refused(parts: Pictures) -> None:
    assert refusal(parts.data, "exif-date") == (
        "group-by must be a regular expression for pets, none of whose 21 images has a date in its EXIF, got "
        "exif-date; write what groups have in common in their names"
    )
    assert refusal("digits", "exif-date").startswith("group-by must be a regular expression for digits, none of whose")


def test_images_of_one_day_are_refused(pictures: Pictures) -> None:
    for seed, name in enumerate(("cat/a.jpg", "dog/b.jpg")):
        photograph(pictures.root / name, "2026:03:01 10:00:00", seed=seed)
    assert "by which all 2 images are one: 2026-03-01;" in refusal(pictures.data, "exif-date")


def test_dates_are_read_once_for_a_source_and_again_when_it_changes(album: Pictures) -> None:
    with_progress: list[progress.News] = []
    with progress.listening(with_progress.append):
        opened(album, "exif-date")
        assert with_progress[-1] == progress.Extracting(10, 10, "reading dates")
        told = len(with_progress)
        opened(album, "exif-date")
        assert len(with_progress) == told
        photograph(album.root / "dog" / "none.jpg", "2026:05:05 00:00:00", seed=9)
        os.utime(album.root / "dog" / "none.jpg", ns=(1, 1))
        assert groups(opened(album, "exif-date"))["dog/none.jpg"] == "2026-05-05"


def test_dates_are_in_the_order_of_the_images(pictures: Pictures) -> None:
    for number in range(50):
        photograph(pictures.root / f"{'cat' if number % 2 else 'dog'}/{number}.jpg", f"20{number + 10}:01:02 00:00:00")
    source = open_source(pictures.data, Path("unused"))
    expected = [f"20{int(Path(name).stem) + 10}-01-02" for name in source.table["id"]]
    assert days(source) == expected


def test_clusters_of_a_file_never_part_and_the_groups_of_the_source_stay(parts: Pictures, tmp_path: Path) -> None:
    ids = sorted(str(path.relative_to(parts.root)) for path in parts.root.rglob("*.png"))
    file = tmp_path / "copies.csv"
    file.write_text(f"cluster,kind,path\n1,alike,{ids[0]}\n1,near,{ids[3]}\n2,alike,{ids[5]}\n2,alike,{ids[7]}\n")
    found = groups(opened(parts, str(file)))
    assert found[ids[0]] == found[ids[3]] == "cluster 1" and found[ids[5]] == found[ids[7]] == "cluster 2"
    assert sum(group != "" for group in found.values()) == 4
    source = opened(parts, SERIES)
    both, _ = listed_groups(source, str(file))
    of = dict(zip(source.table["id"], both, strict=True))
    assert of[ids[0]] == of[ids[3]]
    same = of[ids[0]].split(" + ")
    assert all(of[name] == of[ids[0]] for name, group in groups(source).items() if group in same)


def test_a_file_of_other_images_or_columns_is_refused(parts: Pictures, tmp_path: Path) -> None:
    file = tmp_path / "copies.csv"
    assert "group-by must be a file that exists" in refusal(parts.data, str(file))
    file.write_text("path,cluster\nno/such.png,1\n")
    assert "got 1 others in" in refusal(parts.data, str(file))
    file.write_text("path,kind\nok/spare.png,1\n")
    assert "must have the columns path and cluster (or group)" in refusal(parts.data, str(file))
    file.write_text("path,group\nok/spare.png,1\nok/spare.png,2\n")
    assert "twice in" in refusal(parts.data, str(file))
