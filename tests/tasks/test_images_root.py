"""The folder that the paths of a list count from."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pandas as pd
import pytest

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

FILES = ("cat/a.png", "cat/b.png", "cat/c.png", "dog/a.png", "dog/b.png")


def written(folder: Path, kind: str) -> str:
    folder.mkdir(exist_ok=True)
    rows, path = pd.DataFrame({"path": FILES, "label": [file[:3] for file in FILES]}), folder / f"pets.{kind}"
    rows.to_csv(path, index=False) if kind == "csv" else rows.to_parquet(path, index=False)
    return f"{kind}:{path}"


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_list_may_lie_anywhere(pets: Pictures, tmp_path: Path, kind: str, monkeypatch: pytest.MonkeyPatch) -> None:
    data = written(tmp_path / "lists", kind)
    monkeypatch.chdir(tmp_path)
    source = open_source(data, Path("unused"), images_root="pets")
    monkeypatch.chdir("/")
    assert source.table["id"].tolist() == list(FILES)
    with source.read(0) as image:
        assert image.size == (12, 10)


def test_the_lists_own_folder_is_the_default(pets: Pictures) -> None:
    data = written(pets.root, "csv")
    own = open_source(data, Path("unused"), images_root=str(pets.root))
    assert own.fingerprint == open_source(data, Path("unused")).fingerprint


def test_the_same_list_over_another_folder_is_another_source(pets: Pictures, tmp_path: Path) -> None:
    data, found = written(tmp_path / "lists", "csv"), set()
    (tmp_path / "link").symlink_to(pets.root)
    (tmp_path / "copy").mkdir()
    for name in FILES:
        (tmp_path / "copy" / name).parent.mkdir(exist_ok=True)
        (tmp_path / "copy" / name).write_bytes((pets.root / name).read_bytes())
    for root in ("pets", "link", "copy"):
        found.add(open_source(data, Path("unused"), images_root=str(tmp_path / root)).fingerprint)
    assert len(found) == 2, "a link is the folder that it leads to"


@pytest.mark.parametrize("root", ["nowhere", "pets/cat/a.png", "a" * 3000, "~nobody-of-this-name/pets", "a\0b"])
def test_what_is_no_folder_is_refused(pets: Pictures, root: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(pets.root.parent)
    with pytest.raises(BadInput, match=r"^images-root must be a folder that exists, got .*; check the path$"):
        open_source(written(pets.root, "csv"), Path("unused"), images_root=root)


@pytest.mark.parametrize("data", ["folder:pets", "digits"])
def test_a_source_that_lists_no_paths_has_none_to_count(
    pets: Pictures, data: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(pets.root.parent)
    with pytest.raises(BadInput) as caught:
        open_source(data, Path("unused"), images_root="pets")
    assert str(caught.value) == (
        f"images-root must be left out for {data}, got pets; only csv:FILE or parquet:FILE list paths that count from "
        "it; leave it out"
    )


def test_a_sweep_says_all_that_its_source_is_opened_with(pets: Pictures, tmp_path: Path) -> None:
    spec = Sweep(data=written(tmp_path / "lists", "csv"), images_root=str(pets.root))
    assert len(open_source(cache=Path("unused"), **spec.origin).table) == 5
