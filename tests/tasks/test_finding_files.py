"""Findings as files: labels that a source takes back, whatever the classes are called while they are looked at."""

from dataclasses import replace
from pathlib import Path

import found_page
import pandas as pd
import planted
import pytest

from steelyard.models.errors import BadInput
from steelyard.tasks.findings import files
from steelyard.tasks.sources import open_source


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("planted")
    planted.planted(folder / "pets")
    return folder


@pytest.fixture(scope="module")
def pets(place: Path) -> found_page.Looked:
    return found_page.looked(place / "pets", place / "cache")


def written(pets: found_page.Looked, folder: Path, *names: str, classes: tuple[str, ...] = ()) -> Path:
    """The files, with a suspect of each class, which are looked at under some names and in the source have others."""
    images = replace(pets.images, class_names=classes or pets.images.class_names)
    disc = pets.found.suspects.head(1).assign(row=int(pets.asked.labels.argmin()), proposed=1)
    found = replace(pets.found, suspects=pd.concat([pets.found.suspects, disc], ignore_index=True))
    files.write(found, replace(pets.asked, class_names=names), images, folder)
    return folder


@pytest.mark.parametrize("names", [(planted.NUMBER, planted.TAGS), ("rest", planted.TAGS)])
def test_suspect_labels_are_the_sources_own_so_that_it_takes_them(
    pets: found_page.Looked, place: Path, tmp_path: Path, names: tuple[str, str]
) -> None:
    relabel = written(pets, tmp_path, *names) / files.RELABEL
    rows = files.read_table(tmp_path, files.RELABEL)
    assert {*rows["label"]} == {*rows["proposed"]} == {planted.NUMBER, planted.TAGS}
    source = open_source(f"folder:{place / 'pets'}", place / "cache", labels=str(relabel))
    assert source.notes[-1].startswith(f"labels corrected by relabel.csv: {len(rows)} (")


def test_of_several_other_classes_none_is_proposed(pets: found_page.Looked, tmp_path: Path) -> None:
    classes = (planted.NUMBER, planted.TAGS, "third")
    rows = files.read_table(written(pets, tmp_path, "rest", planted.TAGS, classes=classes), files.RELABEL)
    assert {*rows["proposed"][rows["label"] == planted.NUMBER]} == {planted.TAGS}
    assert {*rows["proposed"][rows["label"] == planted.TAGS]} == {""}


def test_a_folder_is_whole_with_all_files_and_its_labels_are_known_until_somebody_edits_them(
    pets: found_page.Looked, tmp_path: Path
) -> None:
    assert not files.are_whole(tmp_path)
    written(pets, tmp_path, *pets.asked.class_names)
    assert files.are_whole(tmp_path)
    files.check_output(tmp_path)
    with (tmp_path / files.RELABEL).open("a") as file:
        file.write("\n")
    with pytest.raises(BadInput, match="output must not hold labels that somebody corrected, got "):
        files.check_output(tmp_path)
    (tmp_path / files.ODD).unlink()
    assert not files.are_whole(tmp_path)


def test_labels_that_were_corrected_before_stay_so_when_the_file_is_given_again(
    pets: found_page.Looked, place: Path, tmp_path: Path
) -> None:
    table = pets.images.table
    suspect = int(pets.found.suspects["row"].iloc[0])
    row = next(row for row in range(len(table)) if row not in set(pets.found.suspects["row"]))
    before = table["label"].to_numpy().copy()
    before[row] = 1 - before[row]
    images = replace(pets.images, table=table.assign(label_before=before))
    files.write(pets.found, pets.asked, images, tmp_path)
    rows = files.read_table(tmp_path, files.RELABEL).set_index("path")
    again, classes = rows.loc[table["id"].iloc[row]], pets.images.class_names
    assert (again["label"], again["proposed"]) == (classes[before[row]], classes[1 - before[row]])
    assert rows.loc[table["id"].iloc[suspect], "label"] == classes[before[suspect]]
