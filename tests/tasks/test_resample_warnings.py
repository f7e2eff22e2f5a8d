"""What a sweep warns of before it trains: shares of positives that make val's threshold say little about test."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.planning import settled
from steelyard.tasks.resample import resample
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

if TYPE_CHECKING:
    from conftest import Pictures

RARE, EVEN = (18, 4), (10, 10)
"""Cats and dogs: 18 % dogs, and half."""


def warned(
    pictures: Pictures, val: tuple[int, int], test: tuple[int, int], log: pytest.LogCaptureFixture, **spec: str
) -> list[str]:
    """What resampling warns of, in images with such a val and test and the train part of RARE."""
    for part, counts in (("train", RARE), ("val", val), ("test", test)):
        for name, count in zip(("cat", "dog"), counts, strict=True):
            for number in range(count):
                pictures.add(f"{part}/{name}/{number}.png")
    sweep = Sweep(data=pictures.data, positive="dog", recipe="sound", size=8, batch=8, epochs=1, seeds="1,", **spec)
    settings = Settings(cache=pictures.root.parent / "cache", device="cpu")
    image_set = extract_images(open_source(sweep.data, settings.cache), sweep.size, settings.cache, False)
    with log.at_level(logging.WARNING, logger="steelyard"):
        resample.fn(image_set, settled(sweep, image_set, settings), settings, Path(settings.cache / "plans"))
    # Another test may have left the loggers at INFO.
    return [record.getMessage() for record in log.records if record.levelno >= logging.WARNING]


def test_shares_that_differ_by_more_than_5_points_are_warned_of_with_an_objective_that_fits(
    pictures: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    [said] = warned(pictures, RARE, EVEN, caplog)
    assert "18.2 %" in said
    assert "50 %" in said
    assert "at prevalence 0.5" in said


def test_a_prevalence_that_is_stated_needs_no_warning(pictures: Pictures, caplog: pytest.LogCaptureFixture) -> None:
    assert warned(pictures, RARE, EVEN, caplog, objective="recall @ precision >= 0.7 at prevalence 0.5") == []


def test_an_objective_that_depends_on_no_share_needs_no_warning(
    pictures: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    assert warned(pictures, RARE, EVEN, caplog, objective="recall @ false_positive_rate <= 0.1") == []


@pytest.mark.parametrize(("test", "warns"), [((16, 4), False), ((15, 5), True)], ids=["1.8 points", "6.8 points"])
def test_the_warning_begins_beyond_5_points(
    test: tuple[int, int], warns: bool, pictures: Pictures, caplog: pytest.LogCaptureFixture
) -> None:
    assert bool(warned(pictures, RARE, test, caplog)) is warns
