"""The table of what each handling does to train, as Prefect shows it."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import preview
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.planning import plan_sweep, settled
from steelyard.tasks.resample import MOST_CLASSES, effects, resample
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures


def test_of_very_many_classes_the_most_frequent_and_the_rarest_have_rows(pictures: Pictures) -> None:
    for place in range(MOST_CLASSES + 5):
        for part, count in (("train", 1 + (place + 7) % (MOST_CLASSES + 5)), ("val", 1), ("test", 1)):
            for number in range(count):
                pictures.add(f"{part}/{place:02}/{number}.png")
    sweep = Sweep(
        data=pictures.data,
        recipe="sound",
        size=8,
        batch=8,
        epochs=1,
        seeds="1,",
        handling="upsample",
        weights="power:0",
    )
    settings = Settings(cache=pictures.root.parent / "cache", device="cpu")
    image_set = extract_images(open_source(sweep.data, settings.cache), sweep.size, settings.cache, False)
    rows = effects(
        resample.fn(image_set, settled(sweep, image_set, settings), settings, Path(settings.cache / "plans"))
    )
    cells = {str(row["handling"]) for row in rows}
    assert cells == {"none", "upsample"}
    for cell in cells:
        counts = [row["in train"] for row in rows if row["handling"] == cell]
        assert counts == [*range(45, 25, -1), *range(20, 0, -1)]


@pytest.mark.parametrize(
    ("classes", "others", "positive"),
    [
        (("defect", "normal"), "normal", "defect"),
        (("0", "1"), "'0'", "'1'"),
        (("0", "1", "2"), "rest", "'1'"),
    ],
)
def test_the_class_beside_the_positive_is_read_by_its_name_and_numbers_have_quotes(
    pictures: Pictures, classes: tuple[str, ...], others: str, positive: str
) -> None:
    for kind in classes:
        for part in ("train", "val", "test"):
            for number in range(4):
                pictures.add(f"{part}/{kind}/{number}.png")
    sweep = Sweep(data=pictures.data, positive=positive.strip("'"), recipe="sound", size=8, batch=2, epochs=1)
    settings = Settings(cache=pictures.root.parent / "cache", device="cpu")
    image_set = extract_images(open_source(sweep.data, settings.cache), sweep.size, settings.cache, False)
    spec, folder = settled(sweep, image_set, settings), Path(settings.cache / "plans")
    said = preview.describe(*plan_sweep(image_set, spec, settings, folder))
    number = 4 * (len(classes) - 1)
    assert said[0].startswith(f"train: {number} {others}, 4 {positive} (")
    row = effects(resample.fn(image_set, spec, settings, folder))[0]
    assert row[f"{others} in train"] == number and row[f"{positive} in train"] == 4
