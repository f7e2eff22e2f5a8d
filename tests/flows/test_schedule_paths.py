"""What a schedule's runs are given: the same files, from whatever folder they are started in."""

from pathlib import Path

import pytest

from steelyard.flows import schedule
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.settings import Settings

NAMED = {"images_root": "pets", "labels": "lists/relabel.csv", "backbone_weights": "lite0.pth"}


def given(**fields: str) -> Sweep:
    return Sweep.model_validate(schedule._parameters(Sweep(**fields), Settings())["spec"])  # type: ignore[arg-type]


def test_every_path_that_was_named_is_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    expected = {field: str(tmp_path / name) for field, name in NAMED.items()}
    assert given(data="csv:lists/pets.csv", **NAMED) == Sweep(data=f"csv:{tmp_path}/lists/pets.csv", **expected)  # type: ignore[arg-type]
    assert given(images_root="~/pets").images_root == str(Path.home() / "pets")


def test_a_path_that_was_not_named_stays_so() -> None:
    assert given(data="digits") == Sweep(data="digits")
