"""What the network looks at, as pictures over those of the gallery: their shape, their colours, and their place."""

from collections.abc import Callable
from dataclasses import replace
from io import BytesIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import kept_classes
import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
from PIL import Image

from steelyard.models.report.dossier import Dossier
from steelyard.tasks.report import saliency_maps, saliency_pictures
from steelyard.tasks.report.page import render
from steelyard.tasks.workers import pool

Make = Callable[..., Dossier]


def picture(width: int, height: int) -> bytes:
    file = BytesIO()
    Image.new("L", (width, height)).save(file, "PNG")
    return file.getvalue()


def spot(row: int, column: int, sign: float = 1) -> npt.NDArray[np.float32]:
    found = np.zeros((32, 32), np.float32)
    found[row, column] = sign
    return found


def opened(file: bytes) -> npt.NDArray[np.uint8]:
    with Image.open(BytesIO(file)) as image:
        return np.asarray(image.convert("RGBA"))


def test_a_report_is_written_also_where_no_process_can_be_started(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    def none(*given: object, **more: object) -> None:
        raise BlockingIOError("Resource temporarily unavailable")

    monkeypatch.setattr(pool, "call", none)
    errors, plan = pd.DataFrame({"id": ["a", "b"]}), SimpleNamespace(shared=SimpleNamespace(folder=tmp_path))
    given: Any = errors, SimpleNamespace(of_images=lambda: None), plan, None, None
    maps = saliency_pictures.maps_that_are_known(*given)
    assert np.isnan(maps).all() and "not shown what the network looks at: Resource temporarily" in caplog.text


@pytest.mark.parametrize(("fit", "place"), [("pad", (24, 47)), ("stretch", (24, 47)), ("crop", (24, 47))])
def test_what_lies_in_the_middle_lies_there_whatever_the_fit(fit: str, place: tuple[int, int]) -> None:
    middle = spot(15, 15) + spot(16, 16) + spot(15, 16) + spot(16, 15)
    found = opened(saliency_pictures.laid_over(middle[None], [picture(300, 150)], fit)[0])
    assert found.shape == (48, 96, 4)
    row, column = np.unravel_index(found[..., 3].argmax(), (48, 96))
    assert abs(row - place[0]) < 4 and abs(column - place[1]) < 4


@pytest.mark.parametrize(("fit", "row", "left"), [("pad", 8, 0), ("stretch", 0, 0), ("crop", 0, 24)])
def test_the_corner_of_what_the_network_saw_is_laid_where_it_is_in_the_picture(fit: str, row: int, left: int) -> None:
    found = opened(saliency_pictures.laid_over(spot(row, 0)[None], [picture(300, 150)], fit)[0])
    there = np.argwhere(found[..., 3] > 100)
    assert there[:, 0].max() < 12 and left <= there[:, 1].min() and there[:, 1].max() < left + 12


def test_what_speaks_for_the_class_is_orange_and_what_speaks_against_it_blue() -> None:
    maps = np.stack([spot(5, 5), spot(5, 5, -1)])
    more, less = (opened(file) for file in saliency_pictures.laid_over(maps, [picture(64, 64)] * 2, None))
    assert tuple(more[15, 15, :3]) == saliency_pictures.FOR and tuple(less[15, 15, :3]) == saliency_pictures.AGAINST
    assert more[..., 3].max() == pytest.approx(saliency_pictures.MOST_OPAQUE, abs=2) and more[80, 80, 3] == 0


def test_an_image_of_which_nothing_is_known_has_no_picture() -> None:
    maps = np.stack([spot(5, 5), np.full((32, 32), np.nan, np.float32)])
    known, unknown = saliency_pictures.laid_over(maps, [picture(64, 64)] * 2, None)
    assert len(known) < 4000 and unknown == b""
    assert saliency_pictures.laid_over(0 * maps[:1], [picture(64, 64)], None) == [b""]
    assert saliency_pictures.laid_over(maps[:0], [], None) == []


def test_a_gallery_shows_it_where_it_is_known_with_one_switch_for_all(judged: Make) -> None:
    found = judged(cells={"none": 0.0}, seeds=[1])
    plain = render.render([found])
    assert 'class="show-seen"' not in plain and 'class="seen"' not in plain
    file = saliency_pictures.laid_over(spot(5, 5)[None], [picture(64, 64)], None)[0]
    some = [file, *[b""] * (len(found.gallery) - 1)]
    page = render.render([replace(found, gallery=found.gallery.assign(saliency=some))])
    assert page.count('class="show-seen"') == 1 and page.count('<img class="seen"') == 1
    assert "Orange is what speaks to the network for dog, blue what speaks for cat." in page


def test_of_several_classes_a_map_shows_what_speaks_for_the_one_that_is_called_rather_than_for_its_own() -> None:
    found = kept_classes.kept(seeds=[1], cells={"none": 0.0})
    signs = saliency_maps._contrast(found.gallery, 4)
    assert signs.shape == (len(found.gallery), 4) and (signs.abs().sum(dim=1) == 2).all()
    assert signs.argmax(dim=1).tolist() == found.gallery["called"].tolist()
    assert signs.argmin(dim=1).tolist() == found.gallery["label"].tolist()
