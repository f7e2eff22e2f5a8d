"""The map of a sweep's images: made once, kept with the sweep, and shown with every error of the recommended cell."""

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import kept_classes
import mapped
import numpy as np
import pandas as pd
import pytest
import reading

from steelyard.models.data.partition import Parts
from steelyard.models.report import image_map, wrong_images
from steelyard.models.report.dossier import Dossier
from steelyard.tasks.features import feature_sets, image_maps
from steelyard.tasks.report import dossier_files
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.map_view import map_view, told

Make = Callable[..., Dossier]


@pytest.fixture
def features(tmp_path: Path) -> Path:
    """Of 80 images."""
    place = feature_sets.Place(tmp_path / "features" / "how" / "what", "what", tuple(map(str, range(80))))
    place.root.mkdir(parents=True)
    made = np.random.default_rng(0).normal(size=(80, 16)).astype(np.float32)
    feature_sets.keep(place, place.digests, made, (8, 8), 1.0)
    feature_sets.assemble(place)
    return place.folder


def turns(*tested: int) -> dict[int, Parts]:
    rows = np.arange(80)
    of = np.split(rows, np.cumsum(tested)[:-1]) if len(tested) > 1 else [rows[: tested[0]]]
    return {turn: Parts(rows, rows, test, rows % 2, 0, 0) for turn, test in enumerate(of)}


def test_a_map_is_made_once_and_holds_what_is_test_in_any_fold(features: Path, tmp_path: Path) -> None:
    cache, one, two = tmp_path / "cache", tmp_path / "one", tmp_path / "two"
    for sweep in (one, two):
        sweep.mkdir()
        image_maps.make(features, turns(30, 30, 20), cache, sweep)
    assert (one / image_maps.FILE).read_bytes() == (two / image_maps.FILE).read_bytes()
    assert len([*(cache / image_maps.FOLDER).glob("[!.]*")]) == 1
    table = image_maps.of_sweep(one, features, np.array([3]))
    assert table is not None and table["row"].tolist() == list(range(80))


def test_too_few_images_have_no_map(features: Path, tmp_path: Path) -> None:
    image_maps.make(features, turns(image_map.LEAST - 1), tmp_path / "cache", tmp_path)
    assert image_maps.of_sweep(tmp_path, features, np.array([1])) is None


def test_an_error_that_the_map_lacks_is_put_amid_its_like(
    features: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image_map, "MAPPED", 40)
    image_maps.make(features, turns(80), tmp_path / "cache", tmp_path)
    alone = image_maps.of_sweep(tmp_path, features, np.array([], np.int64))
    assert alone is not None and len(alone) == 40
    lacking = np.setdiff1d(np.arange(80), alone["row"])[:3]
    both = image_maps.of_sweep(tmp_path, features, lacking)
    assert both is not None and both["row"].tolist() == alone["row"].tolist() + lacking.tolist()
    assert np.isfinite(both[["x", "y"]].to_numpy()).all()


def test_a_dot_is_an_image_that_is_called_what_it_is_and_a_cross_one_that_is_not(judged: Make) -> None:
    found = mapped.mapped(judged(seeds=[1]), 100)
    view, wrong = map_view(found), set(wrong_images.wrong(found)["id"])
    assert view is not None and len(view.points) == len(view.ids) == 100
    crosses = sum(kind.wrong.count("m0-") for kind in view.kinds)
    assert crosses == sum(image in wrong for image in view.ids) > 0
    assert sum(kind.right.count("h0") for kind in view.kinds) == 100 - crosses
    assert [kind.name for kind in view.kinds] == ["cat", "dog"]
    assert f"100 of 220 images: {crosses} of {len(wrong)} errors" in view.caption
    assert all(0 <= x <= 1000 and 0 <= y <= 600 for x, y, *_ in view.points)


def test_of_many_classes_those_without_a_colour_are_together() -> None:
    names = tuple(f"class {number}" for number in range(12))
    found = mapped.mapped(kept_classes.kept(names=names, train=tuple(range(120, 0, -10)), sizes=[10] * 12, seeds=[1]))
    view, table = map_view(found), told(found)
    assert view is not None and len(view.kinds) == 8 and view.kinds[-1].name == "other classes"
    own = found.scores.set_index(["trial_id", "id"]).loc[found.taken.trial_id]
    assert table["called"].tolist() == own.loc[table["id"], "called"].tolist()
    assert list(reading.Reading(render.render([found])).problems()) == []


def test_a_page_says_the_map_in_numbers_and_is_the_same_without_one(judged: Make) -> None:
    found = judged(seeds=[1], cells={"none": 0.0})
    page = reading.Reading(render.render([mapped.mapped(found)]))
    assert list(page.problems()) == [] and "Map of 220 images; called another class are" in page.text
    assert 'class="map"' not in render.render([found])


def test_a_map_is_read_back_as_it_was_kept_and_may_be_missing(judged: Make, tmp_path: Path) -> None:
    found = mapped.mapped(judged(seeds=[1], cells={"none": 0.0}))
    dossier_files.write(found, tmp_path)
    found.scores.to_parquet(tmp_path / dossier_files.SCORES)
    (tmp_path / "spec.json").write_text(found.spec.model_dump_json())
    again = dossier_files.read(tmp_path)
    pd.testing.assert_frame_equal(again.map, found.map, check_dtype=False)
    assert again.sprite == found.sprite
    (tmp_path / dossier_files.SPRITE).unlink()
    assert map_view(dossier_files.read(tmp_path)) is None
    assert map_view(replace(found, sprite=b"")) is None
