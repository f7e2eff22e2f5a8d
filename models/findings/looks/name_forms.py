"""What file names have in common once classes and running numbers are taken out: a camera's prefix, a site, a day."""

import re
from collections import Counter, defaultdict
from collections.abc import Sequence
from pathlib import PurePosixPath

RUNS = re.compile(r"\d+|[^\W\d_]+|[\W_]+")
"""Runs of digits, of letters, and of neither."""

SHORTEST = 3
"""Letters from which on a word that begins as a class name does is taken for it: dogs for dog, def for defective."""

SHARED, CODES = 10, 32
"""A number is a code where each of its values is shared by so many images, and there are at most so many values."""


def name_forms(ids: Sequence[str], class_names: Sequence[str]) -> list[str]:
    """The name of each file without folders, suffix, what spells a class, and running numbers.

    ``cat/CAM1_cat_0042.jpg`` becomes ``cam1__0000``. A number stays where few values are shared by many images, as that
    of a camera is; any other is told by its digits only where all names of that form have as many.
    """
    names = [_without_classes(RUNS.findall(PurePosixPath(name).stem.lower()), class_names) for name in ids]
    forms = ["".join("0" if run.isdecimal() else run for run in name) for name in names]
    numbers: dict[tuple[str, int], Counter[str]] = defaultdict(Counter)
    for name, form in zip(names, forms, strict=True):
        for place, run in enumerate(name):
            if run.isdecimal():
                numbers[form, place][run] += 1
    ways = {where: _way(values) for where, values in numbers.items()}
    return [
        "".join(_shown(run, ways.get((form, place), "as it is")) for place, run in enumerate(name))
        for name, form in zip(names, forms, strict=True)
    ]


def _without_classes(runs: Sequence[str], class_names: Sequence[str]) -> list[str]:
    words = {word for name in class_names for word in RUNS.findall(name.lower()) if word.isalnum()}
    return [run for run in runs if run not in words and not _begins_as(run, words)]


def _begins_as(run: str, words: set[str]) -> bool:
    long = [word for word in words if min(len(word), len(run)) >= SHORTEST and not run.isdecimal()]
    return any(word.startswith(run) or run.startswith(word) for word in long)


def _way(values: Counter[str]) -> str:
    """How a number is told that has these values: as it is, by its digits, or not at all."""
    if len(values) <= CODES and values.total() >= SHARED * len(values):
        return "as it is"
    return "digits" if len({len(value) for value in values}) == 1 else "none"


def _shown(run: str, way: str) -> str:
    return run if way == "as it is" else "0" * len(run) if way == "digits" else "0"
