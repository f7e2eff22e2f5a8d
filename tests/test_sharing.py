"""What is left to ``pytest -m slow`` is there under the name that leaves it."""

from pathlib import Path

import pytest
import sharing

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", (*sharing.SLOW, *sharing.CORE))
def test_every_name_of_a_test_is_that_of_one(name: str) -> None:
    start, _, test = name.partition("::")
    files = [file for file in ROOT.glob("tests/**/*.py") if str(file.relative_to(ROOT)).startswith(start)]
    assert any(f"def {test or 'test_'}" in file.read_text() for file in files)
