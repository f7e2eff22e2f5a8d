"""An objective that calling every image positive meets: refused before anything trains, unless it is wanted anyway."""

from collections.abc import Callable
from typing import Any

import pytest

COMMON = {"data": "digits", "positive": "3", "negative": "8", "objective": "recall @ precision >= 0.4"}
FOUND = "objective recall @ precision >= 0.4 asks for nothing: calling every image positive finds all, with precision "


def test_it_is_refused_before_training_and_in_a_dry_run_with_what_to_ask_instead(
    sweep: Callable[..., tuple[int, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    for options in ((), ("--dry-run",)):
        code, found = sweep(*options, **COMMON)
        said = capsys.readouterr().err
        assert (code, found) == (2, {})
        [line] = [line for line in said.splitlines() if line.startswith("steelyard: ")]
        assert FOUND in line and "'recall @ precision >= 0.76'" in line and line.endswith(", or go on with --anyway")
        assert "embed" not in said and "watch the trials" not in said


def test_the_rarer_class_is_proposed(
    sweep: Callable[..., tuple[int, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert sweep("--dry-run", **COMMON | {"train-counts": "8=30,3=90"})[0] == 2
    assert "; find the rarer class, --positive 8, or go on with --anyway" in capsys.readouterr().err


def test_anyway_it_is_a_warning(
    sweep: Callable[..., tuple[int, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = sweep("--anyway", **COMMON)
    assert code == 0
    assert FOUND in capsys.readouterr().err
