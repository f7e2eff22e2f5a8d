"""The task: from a sweep's spec to a folder, and what it logs."""

from __future__ import annotations

import logging
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.extract import extract
from steelyard.tasks.images.image_sets import load
from steelyard.tasks.settings import Settings

if TYPE_CHECKING:
    from conftest import Pictures


def test_it_returns_a_folder_that_loads(pets: Pictures, cache: Path) -> None:
    path = extract.fn(Sweep(data=pets.data, size=16), Settings(cache=cache))
    assert load(path).images.shape == (5, 16, 16, 1)


def test_it_logs_the_counts_the_rate_and_whether_the_set_was_reused(
    pets: Pictures, cache: Path, caplog: pytest.LogCaptureFixture
) -> None:
    pets.add_text("cat/notes.txt")
    spec, settings = Sweep(data=pets.data), Settings(cache=cache)
    with caplog.at_level(logging.INFO, logger="steelyard"):
        extract.fn(spec, settings)
        assert "images/s" in caplog.text
        assert "pets: 5 images of 2 classes, 10 to 12 pixels, grey" in caplog.text
        assert "their suffix is not that of an image: 1" in caplog.text
        caplog.clear()
        extract.fn(spec, settings)
        assert "reused image set" in caplog.text


def test_bad_input_passes_through(pets: Pictures, cache: Path) -> None:
    pets.add_text("cat/text.png")
    settings = Settings(cache=cache)
    with pytest.raises(BadInput, match="1 unreadable: "):
        extract.fn(Sweep(data=pets.data), settings)
    assert len(load(extract.fn(Sweep(data=pets.data, skip_unusable=True), settings)).images) == 5


def test_sources_and_image_sets_cost_no_heavy_import() -> None:
    script = "import sys; from steelyard.tasks import sources; from steelyard.tasks.images import extraction; "
    script += "print({'torch', 'prefect', 'mlflow'} & set(sys.modules))"
    assert subprocess.check_output([sys.executable, "-c", script], text=True).strip() == "set()"
