"""What a source of images says when it refuses."""

from pathlib import Path

import pytest

from steelyard.models.errors import BadInput
from steelyard.tasks.sources import open_source


def refusal(data: str, names: str = "", cache: Path = Path("unused")) -> str:
    """The one line that opening ``data`` is refused with."""
    with pytest.raises(BadInput) as caught:
        open_source(data, cache, names)
    line = str(caught.value)
    assert line.isprintable()
    return line
