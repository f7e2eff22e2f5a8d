"""`steelyard images`, and the same from Python: what it writes, what it takes back, and what it refuses."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import planted
import pytest

import steelyard as sy
from steelyard.flows.__main__ import run
from steelyard.tasks.findings import files
from steelyard.tasks.findings.looking import PAGE

ALL = {*files.OF_KIND.values(), files.LINES, PAGE}
LITTLE = {"backbone_size": 64, "views": 1}

Said = tuple[int, str, str]
Look = Callable[..., Said]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``pets``, in which everything is wrong, and a cache that all tests share."""
    folder = tmp_path_factory.mktemp("images")
    planted.planted(folder / "pets")
    return folder


@pytest.fixture
def look(place: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Look:
    """``look("folder:pets", "--labels", "a.csv")`` is code, output and errors; files go into ``tmp_path/findings``."""

    def looked(data: str, *options: str) -> Said:
        given = ["--cache", str(place / "cache"), "--backbone-size", "64", "--views", "1", "--device", "cpu"]
        if "--output" not in options:
            given += ["--output", str(tmp_path / "findings")]
        code = run(["images", data, *given, *options])
        said = capsys.readouterr()
        return code, " ".join(said.out.split()), said.err

    return looked


@pytest.fixture
def pets_of(place: Path) -> str:
    return f"folder:{place / 'pets'}"


def content(folder: Path) -> dict[str, bytes]:
    return {file.name: file.read_bytes() for file in folder.iterdir()}


def only_line(said: Said) -> str:
    """What a call was refused with, in one line and with nothing else."""
    code, out, err = said
    (line,) = err.splitlines()
    assert (code, out) == (2, "") and line.isprintable()
    return line.removeprefix("steelyard: ")


def test_every_file_is_there_and_whole_and_every_line_is_said(look: Look, pets_of: str, tmp_path: Path) -> None:
    code, said, _ = look(pets_of)
    found = tmp_path / "findings"
    assert code == 0 and {file.name for file in found.iterdir()} == ALL and files.are_whole(found)
    assert all(line.line in said for line in files.read_lines(found)) and f"{found / PAGE}" in said
    assert {line.kind for line in files.read_lines(found)} == {*files.OF_KIND, "learning"}
    assert all(len(files.read_table(found, name)) for name in files.OF_KIND.values())
    copies = files.read_table(found, files.COPIES)
    assert copies["path"][copies["twin"] == 1].tolist() == [f"test/0/{planted.LONG}.png"]
    dark = files.read_table(found, files.ODD)
    assert {*dark["path"]} == {"train/0/series02-1.png", "train/0/series03-1.png"} and {*dark["why"]} == {"dark"}


def test_labels_that_were_edited_correct_when_given_back_and_are_never_written_over(
    look: Look, pets_of: str, tmp_path: Path
) -> None:
    found, edited = tmp_path / "findings", tmp_path / "findings" / files.RELABEL
    look(pets_of)
    table = files.read_table(found, files.RELABEL)
    wrong = table["path"].str.contains("series01")
    assert wrong.any() and (~wrong).any()
    table.assign(proposed=table["proposed"].where(wrong, "")).to_csv(edited, index=False)
    before = content(found)
    line = only_line(look(pets_of))
    assert line.startswith(f"output must not hold labels that somebody corrected, got {edited}; name another folder")
    assert content(found) == before
    code, said, _ = look(pets_of, "--labels", str(edited), "--output", str(tmp_path / "again"))
    assert code == 0 and f"labels corrected by relabel.csv: {wrong.sum()} ({wrong.sum()} {planted.TAGS} -> 0)" in said
    again = files.read_table(tmp_path / "again", files.RELABEL)
    kept = again[again["path"].isin(table["path"][wrong])]
    assert len(kept) == wrong.sum() and {*kept["label"]} == {planted.TAGS} and {*kept["proposed"]} == {planted.NUMBER}
    assert content(found) == before


def test_what_it_wrote_itself_is_written_again(look: Look, pets_of: str, tmp_path: Path) -> None:
    look(pets_of)
    before = content(tmp_path / "findings")
    assert look(pets_of)[0] == 0 and content(tmp_path / "findings") == before


def test_what_cannot_be_looked_at_or_written_is_one_line_and_nothing_is_written(
    look: Look, pets_of: str, pets: Path, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("mine")
    line = only_line(look(pets_of, "--output", str(tmp_path / "file")))
    assert line == f"output must be a folder, got the file {tmp_path / 'file'}; name another"
    assert (tmp_path / "file").read_text() == "mine"
    assert only_line(look("folder:nowhere")).startswith("data must be a folder that exists, got ")
    assert only_line(look(pets_of, "--labels", "nowhere.csv")).startswith("labels must be a file that exists, got ")
    (pets / "cat" / "broken.png").write_text("no image")
    line = only_line(look(f"folder:{pets}"))
    assert "got 1 of 7 that cannot: 1 unreadable: cat/broken.png" in line and line.endswith("with --skip-unusable")
    assert not (tmp_path / "findings").exists()


def test_unusable_images_are_left_out_and_counted_and_of_few_images_no_label_is_suspect(
    look: Look, pets: Path, tmp_path: Path
) -> None:
    (pets / "cat" / "broken.png").write_text("no image")
    code, said, _ = look(f"folder:{pets}", "--skip-unusable")
    assert code == 0 and "6 images of 2 classes" in said and "unusable images left out: 1 unreadable" in said
    assert {file.name for file in (tmp_path / "findings").iterdir()} == ALL
    assert files.read_table(tmp_path / "findings", files.RELABEL).empty


def test_a_list_of_three_classes_elsewhere_is_looked_at_by_the_paths_that_it_has(
    look: Look, place: Path, tmp_path: Path
) -> None:
    discs = sorted(file.name for file in (place / "pets" / "train" / planted.NUMBER).iterdir())[1:]
    shutil.copytree(place / "pets" / "train" / planted.NUMBER, tmp_path / "root" / "sub")
    rows = [f"sub/{name},{'abc'[number % 3]}" for number, name in enumerate(discs)]
    (tmp_path / "list.csv").write_text("\n".join(["path,label", *rows]))
    code, said, _ = look(f"csv:{tmp_path / 'list.csv'}", "--images-root", str(tmp_path / "root"))
    assert code == 0 and f"{len(discs)} images of 3 classes" in said
    suspects = files.read_table(tmp_path / "findings", files.RELABEL)
    assert len(suspects) and {*suspects["path"]} <= {f"sub/{name}" for name in discs}
    assert {*suspects["label"], *suspects["proposed"]} <= {*"abc"}


def test_python_gives_the_tables_that_the_files_have(place: Path, pets_of: str, tmp_path: Path) -> None:
    output = tmp_path / "findings"
    found = sy.images(data=pets_of, cache=place / "cache", output=output, progress=False, device="cpu", **LITTLE)  # type: ignore[arg-type]
    assert set(found) == {name.removesuffix(".csv") for name in files.OF_KIND.values()} | {"findings"}
    for name in files.OF_KIND.values():
        pd.testing.assert_frame_equal(found[name.removesuffix(".csv")], files.read_table(output, name))
    assert planted.NUMBER in found["relabel"]["proposed"].tolist(), "a text, though it looks like a number"
    kept = json.loads((output / files.LINES).read_text())["findings"]
    assert found["findings"].to_dict("records") == kept and (output / PAGE).is_file()


def test_python_refuses_what_is_no_option_of_images_and_what_the_command_line_refuses(tmp_path: Path) -> None:
    output = tmp_path / "findings"
    with pytest.raises(sy.BadInput, match=r"^Unknown option: backbon_size. Did you mean backbone_size\?$"):
        sy.images(output=output, backbon_size=64)  # type: ignore[call-arg]
    with pytest.raises(sy.BadInput, match="Unknown option: positive"):
        sy.images(output=output, positive="dog")  # type: ignore[call-arg]
    with pytest.raises(sy.BadInput, match="data must be a folder that exists, got "):
        sy.images(data="folder:nowhere", output=output, cache=tmp_path / "cache")
    assert not output.exists()
