"""What was found in a set of images as tables, where sentences would repeat themselves, and as bars."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from steelyard.models.findings.areas import Area
from steelyard.models.findings.found import Found
from steelyard.models.findings.unlike_parts import Unlike
from steelyard.models.words.phrases import called, quoted
from steelyard.tasks.report.page.tables import Column

SEVERAL = 2
"""Findings of a kind from which on they are told by a table."""

GUESS = 0.5
"""ROC area of a guess."""


class Table(NamedTuple):
    """A row per finding: words on the left, numbers and areas on the right."""

    words: Sequence[Column]
    numbers: Sequence[Column]
    rows: Sequence[Any]


class Bar(NamedTuple):
    """What a head learned from a share of the images: its ROC area, and that as percent of the way from a guess."""

    share: str
    area: str
    length: float


def tables(found: Found) -> dict[str, Table]:
    """Kind of a finding -> its table, where there are several of that kind."""
    told = {
        "shortcuts": Table(
            [Column("alone", lambda one: one.what), Column("tells", lambda one: quoted(one.class_name))],
            [Column("area", lambda one: Area(one.area, one.low, one.high))],
            found.shortcuts,
        ),
        "groups": Table(
            [Column("groups by", lambda one: one.option or "no name")],
            [
                Column("groups", lambda one: f"{one.groups:,}"),
                Column("images", lambda one: f"{one.images:,}"),
                Column("area torn apart", lambda one: f"{one.area_random:.2f}"),
                Column("area whole", lambda one: f"{one.area_grouped:.2f}"),
            ],
            found.groups,
        ),
        "parts": Table(
            [Column("part", lambda one: one.part), Column("among", _among)],
            [Column("images", lambda one: f"{one.images:,}"), Column("area", lambda one: one.area)],
            found.unlike,
        ),
    }
    return {kind: table for kind, table in told.items() if len(table.rows) >= SEVERAL}


def bars(found: Found) -> list[Bar]:
    """The learning curve, as far as there is one."""
    curve = found.separability.curve if found.separability else ()
    return [Bar(f"{100 * share:.0f} %", f"{area:.2f}", _length(area)) for share, area in curve]


def _length(area: float) -> float:
    return round(100 * max(0.0, (area - GUESS) / (1 - GUESS)), 1)


def _among(one: Unlike) -> str:
    if not one.among:
        return "all images"
    return called(one.among) if " = " in one.among else quoted(one.among)
