"""Near-copies from the source to the report: kept together, told, and no others' content changed."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pytest
import reading
from PIL import Image, ImageEnhance

from steelyard.models.data.near_groups import PREFIX
from steelyard.models.data.partition import divide, take_turns
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Partition
from steelyard.tasks import planning, preview
from steelyard.tasks.images import keep_together
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.images.image_sets import load, read_manifest
from steelyard.tasks.report.page import render
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

Groups = Callable[[pd.DataFrame], list[str]]


def scene(seed: int) -> Image.Image:
    patches = np.random.default_rng(seed).integers(0, 256, (6, 6, 3), dtype=np.uint8)
    return Image.fromarray(patches).resize((48, 48), Image.Resampling.BILINEAR)


def brighter(image: Image.Image) -> Image.Image:
    return ImageEnhance.Brightness(image).enhance(0.9)


@pytest.fixture
def pairs(pictures: Pictures) -> Pictures:
    """40 pictures, each with a darker copy of another name: ``cat/00.png`` and ``cat/00-again.png``."""
    for number in range(40):
        name = f"{'cat' if number % 2 else 'dog'}/{number:02d}"
        pictures.add(f"{name}.png", scene(number))
        pictures.add(f"{name}-again.png", brighter(scene(number)))
    return pictures


def extracted(pictures: Pictures, cache: Path, groups: Groups | None = None, data: str = "") -> Path:
    source = open_source(data or pictures.data, cache)
    if groups:
        table = source.table.assign(group=groups(source.table))
        source = dataclasses.replace(source, table=table, fingerprint=str(table.to_dict()))
    return extract_images(source, 32, cache, False)


def by_name(table: pd.DataFrame) -> list[str]:
    return [name.split(".")[0].removesuffix("-again") for name in table["id"]]


@pytest.mark.parametrize("folds", [1, 5])
def test_near_copies_are_in_one_part_in_every_turn(pairs: Pictures, cache: Path, folds: int) -> None:
    image_set = load(extracted(pairs, cache))
    spec = Partition(positive="cat", folds=folds, split_seed=1)
    for parts in take_turns(image_set.table, image_set.class_names, spec).values():
        for rows in parts.rows().values():
            names = by_name(image_set.table.iloc[rows])
            assert all(names.count(name) == 2 for name in names)


def test_they_are_told_in_one_line_with_an_example(pairs: Pictures, cache: Path) -> None:
    assert read_manifest(extracted(pairs, cache)).notes == (
        "near-copies, kept together where parts are drawn: 80 images in 40 clusters, such as cat/01-again.png and "
        "cat/01.png",
    )


def test_they_are_not_told_as_groups_of_the_source(pairs: Pictures, cache: Path, tmp_path: Path) -> None:
    spec, settings = (
        Sweep(data=pairs.data, positive="cat", recipe="sound", batch=16),
        Settings(cache=cache, device="cpu"),
    )
    plan = planning.plan_sweep(extracted(pairs, cache), spec, settings, tmp_path)
    assert "groups" not in " ".join(preview.describe(*plan))


def test_groups_of_the_source_that_hold_both_change_nothing_but_the_line(pairs: Pictures, cache: Path) -> None:
    path = extracted(pairs, cache, by_name)
    table = load(path).table
    assert table["group"].tolist() == by_name(table)
    assert len(read_manifest(path).notes) == 1


def test_near_copies_across_groups_join_these_and_warn(pairs: Pictures, cache: Path) -> None:
    path = extracted(pairs, cache, lambda table: table["id"].tolist())
    assert load(path).table["group"].tolist()[:2] == ["cat/01-again.png + cat/01.png"] * 2
    assert read_manifest(path).notes[1] == (
        "near-copies across groups: 80 images in 40 clusters, such as cat/01-again.png (group cat/01-again.png) and "
        "cat/01.png (group cat/01.png); these groups are one now"
    )


def test_groups_too_large_to_be_one_stay_and_the_figures_are_said_to_be_too_good(pairs: Pictures, cache: Path) -> None:
    def originals(table: pd.DataFrame) -> list[str]:
        return ["again" if "again" in name else "first" for name in table["id"]]

    path = extracted(pairs, cache, originals)
    table = load(path).table
    assert table["group"].tolist() == originals(table)
    (note,) = read_manifest(path).notes
    assert "their groups stay, which would hold more than 10% of the images as one" in note and "too good" in note


def test_a_cluster_of_more_than_a_twentieth_is_told_and_not_grouped(pairs: Pictures, cache: Path) -> None:
    for number in range(8):
        pairs.add(f"cat/series-{number}.png", ImageEnhance.Brightness(scene(99)).enhance(1 - number / 50))
    path = extracted(pairs, cache)
    table = load(path).table
    assert not table.loc[table["id"].str.contains("series"), "group"].any()
    assert read_manifest(path).notes[1] == (
        "images that look alike: 8 images in 1 cluster, such as cat/series-0.png and cat/series-1.png; a cluster of "
        "more than 5% of the images is not kept together"
    )


def test_copies_in_val_are_counted_too(pictures: Pictures, cache: Path) -> None:
    for number in range(30):
        part = ("test", "val", "train")[number % 3]
        pictures.add(f"{part}/{'cat' if number % 2 else 'dog'}/{number}.png", scene(number))
    for number in (0, 1, 4):
        pictures.add(f"train/cat/{number}-again.png", brighter(scene(number)))
    assert read_manifest(extracted(pictures, cache)).notes[-1] == (
        "near-copies across parts of the source, which stay: 1 of 10 images of test and 2 of 10 images of val have one "
        "in train"
    )


def test_parts_of_the_source_stay_and_copies_across_them_are_counted(pictures: Pictures, cache: Path) -> None:
    for number in range(30):
        pictures.add(
            f"{'test' if number < 10 else 'train'}/{'cat' if number % 2 else 'dog'}/{number}.png", scene(number)
        )
    for number in range(3):
        pictures.add(f"train/cat/{number}-again.png", brighter(scene(number)))
    image_set_path = extracted(pictures, cache)
    assert read_manifest(image_set_path).notes[-1] == (
        "near-copies across parts of the source, which stay: 3 of 10 images of test have one in train"
    )
    image_set = load(image_set_path)
    assert len(divide(image_set.table, image_set.class_names, Partition(positive="cat")).test) == 10


def test_exact_copies_are_no_near_copies(pets: Pictures, cache: Path) -> None:
    pets.add("cat/copy.png", Image.open(pets.root / "cat" / "a.png"))
    path = extracted(pets, cache)
    assert not load(path).table["group"].any()
    assert read_manifest(path).duplicates == 1


def test_without_near_copies_the_content_hash_is_that_of_pixels_and_table(
    pets: Pictures, cache: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = extracted(pets, cache)
    monkeypatch.setattr(keep_together, "clusters", lambda found: np.arange(len(found)))
    assert extracted(pets, tmp_path / "other").name == path.name
    pets.add("cat/z.png", scene(1))
    pets.add("cat/z-again.png", brighter(scene(1)))
    alone = extracted(pets, tmp_path / "other").name
    monkeypatch.undo()
    grouped = extracted(pets, cache)
    assert grouped.name != alone
    assert set(load(grouped).table["group"]) == {"", f"{PREFIX}cat/z-again.png"}


def test_what_is_told_of_near_copies_stands_on_the_report_page(judged: Callable[..., Dossier]) -> None:
    dossier = judged()
    note = "near-copies across groups: 4 images in 2 clusters, such as a.png (group 1) and b.png (group 2)"
    about = dossier.about.model_copy(update={"findings": (note,)})
    page = reading.Reading(render.render([dataclasses.replace(dossier, about=about)]))
    assert note in page.text
