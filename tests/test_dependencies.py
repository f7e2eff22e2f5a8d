"""The bounds that keep Prefect 3.8 alive stand where pip reads them."""

import re
from importlib.metadata import requires, version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

BOUNDS = {
    "fastapi": ("0.155.0", "Prefect 3.8's server dies with fastapi >= 0.155: Body() got an unexpected 'min_items'"),
    "sqlalchemy": ("2.1.0", "with SQLAlchemy >= 2.1 the scheduler of Prefect 3.8 silently never creates a run"),
}


@pytest.mark.parametrize("name", BOUNDS)
def test_a_release_known_to_break_prefect_is_kept_out(name: str) -> None:
    breaking, reason = BOUNDS[name]
    declared = {Requirement(text).name: Requirement(text) for text in requires("steelyard") or []}
    assert name in declared, reason
    assert breaking not in declared[name].specifier, reason
    assert version(name) in declared[name].specifier


def test_torch_is_a_range_that_admits_the_cpu_build_and_newer_ones() -> None:
    declared = {Requirement(text).name: Requirement(text) for text in requires("steelyard") or []}
    for name, release in (("torch", "2.13.0"), ("torchvision", "0.28.0")):
        assert declared[name].specifier.contains(release)


def test_constraints_pin_everything_but_torch() -> None:
    lines = (Path(__file__).parents[1] / "constraints.txt").read_text().splitlines()
    pins = [line for line in lines if line and not line.startswith("#")]
    loose = [line for line in pins if not re.fullmatch(r"[A-Za-z0-9._-]+==[^=]+", line)]
    assert [line.partition(">")[0] for line in loose] == ["torch", "torchvision"]
