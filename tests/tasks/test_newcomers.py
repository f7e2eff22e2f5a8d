"""Images that came since an earlier sweep, whether or not they are like those that it had."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
import pytest
import synthetic

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import planning
from steelyard.tasks.features import feature_sets
from steelyard.tasks.findings.newcomers import newcomers
from steelyard.tasks.images import extraction, image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from pathlib import Path

    from conftest import Pictures

    from steelyard.models.report.dossier import Dossier
    from steelyard.models.spec.sweep_plan import SweepPlan

EACH, CAME = 40, 15
"""Images of a class, and how many of them came last."""


def swept(pictures: Pictures, cache: Path, apart: float) -> tuple[Dossier, Dossier, SweepPlan]:
    """Two sweeps of cats and dogs, and the plan of the later one; in the features of new dogs one is higher."""
    for name in (f"{kind}/{number:02}.png" for kind in ("cat", "dog") for number in range(EACH)):
        pictures.add(name)
    settings = Settings(cache=cache, device="cpu")
    spec = Sweep(data=pictures.data, positive="dog", size=8, backbone_size=32)
    image_set = extraction.extract_images(open_source(pictures.data, cache), spec.size, cache, False)
    table = image_sets.load(image_set).table
    came = table["id"].str[4:6].astype(int) >= EACH - CAME
    values = np.random.default_rng(0).normal(size=(len(table), 12)).astype(np.float32)
    values[(came & (table["label"] == 1)).to_numpy(), 0] += apart
    place = planning.embedding(image_set, spec, settings).place
    feature_sets.keep(place, table["digest"].tolist(), values, (12,), 1.0)
    feature_sets.assemble(place)
    plan, _ = planning.plan_sweep(image_set, spec, settings, cache)
    images = table[["id", "label", "digest", "group"]].assign(part="train")
    later = replace(synthetic.judged(cells={"none": 0.0}, seeds=(1,)), images=images)
    return replace(later, images=images[~came]), later, plan


def test_new_images_that_are_unlike_the_others_are_told_with_their_class(pictures: Pictures, cache: Path) -> None:
    found = newcomers(*swept(pictures, cache, apart=6))
    assert [each.key for each in found][-1] == "unlike new dog" and "unlike new cat" not in {each.key for each in found}
    assert found[-1].line.startswith("15 images of dog that came are unlike the others: a head tells them apart with ")


def test_new_images_that_are_like_the_others_are_not_told(pictures: Pictures, cache: Path) -> None:
    assert newcomers(*swept(pictures, cache, apart=0)) == []


def test_nothing_is_told_where_no_image_is_new_or_nobody_looked(pictures: Pictures, cache: Path) -> None:
    _, later, plan = swept(pictures, cache, apart=6)
    assert newcomers(later, later, plan) == []
    alone = plan.model_copy(update={"shared": plan.shared.model_copy(update={"features": None})})
    assert newcomers(replace(later, images=later.images[:0]), later, alone) == []


@pytest.mark.parametrize("number", [9, 10])
def test_fewer_than_ten_new_images_are_not_judged(pictures: Pictures, cache: Path, number: int) -> None:
    _, later, plan = swept(pictures, cache, apart=6)
    dogs = later.images.index[later.images["label"] == 1]
    earlier = replace(later, images=later.images.drop(dogs[-number:]))
    assert bool(newcomers(earlier, later, plan)) is (number == 10)
