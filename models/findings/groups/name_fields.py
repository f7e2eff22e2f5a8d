"""Regular expressions that one file name suggests: its folders, numbers, dates and words, and runs of its number."""

import re
from collections.abc import Iterator
from itertools import pairwise

NUMBER = re.compile(r"([A-Za-z]*[-_ ]?)(\d+)")
DATES = (r"(20\d\d-\d\d-\d\d)", r"(20\d\d_\d\d_\d\d)", r"(20\d{6})")
"""A day in a name; of a longer run of digits the first eight."""

SEPARATORS = "_- ."
WORDS = 3
"""Words from either end of a name that are looked at one by one."""

DIGITS = 4
"""Of a running number, the most that are left out of it: a run of 10,000 files."""


def suggested(name: str) -> Iterator[str]:
    """Regular expressions whose first groups capture a part of one id, the most readable first.

    Each is meant for ``re.search``; where it has two capture groups both together name a group.

    Args:
        name: an id with "/" between its parts, as ``normal/patient-012/slice_004.png``.
    """
    stem = name.rpartition("/")[2].rpartition(".")[0] or name.rpartition("/")[2]
    yield from (date for date in DATES if re.search(date, name))
    yield from _literal(name)
    yield from _folders(name.count("/"))
    yield from _numbers(len(re.findall(r"\d+", stem)))
    yield from _words(stem)
    yield from _runs(stem)


def is_run(pattern: str) -> bool:
    """Whether an expression cuts files into runs by their number, whatever their names say."""
    return re.search(r"\)(\\d)+\\D\*\$$", pattern) is not None


def _literal(name: str) -> Iterator[str]:
    """Numbers with a word before them, then each with the next such number."""
    named = [word for word, _ in NUMBER.findall(name) if re.search("[A-Za-z]", word)]
    yield from (rf"{word}(\d+)" for word in named)
    yield from (rf"{one}(\d+).*{other}(\d+)" for one, other in pairwise(named))


def _folders(depth: int) -> Iterator[str]:
    """The folder that a file is in, the one above it, and so on."""
    yield from (r"([^/]+)" + "/[^/]+" * above + "$" for above in range(1, depth + 1))


def _numbers(count: int) -> Iterator[str]:
    """The first number of a file's name, then the others, counted from the last."""
    if count > 1:
        yield r"(\d+)[^/]*$"
    yield from (r"(\d+)" + r"\D+\d+" * behind + r"\D*$" for behind in range(1, min(count - 1, WORDS)))
    yield r"(\d+)\D*$"


def _words(stem: str) -> Iterator[str]:
    """Words of a file's name between separators: the first ones, or all but the last ones."""
    for mark in (mark for mark in SEPARATORS if mark in stem):
        # A hyphen stands last in the brackets, where it is no range.
        mark, plain = r"\." if mark == "." else mark, f"[^/{mark}]"
        yield f"({plain}+){mark}[^/]*$"
        yield from (f"{mark}{f'{plain}*{mark}' * before}({plain}+)[^/]*$" for before in range(WORDS - 1))
        yield from (f"([^/]+){f'{mark}{plain}*' * behind}$" for behind in range(1, WORDS))
    if re.search(r"\D\d+\D*$", stem):
        yield r"([^/]*\D)\d+\D*$"


def _runs(stem: str) -> Iterator[str]:
    """Runs of a file's last number: what is left of it without its last digits; then with the name before it."""
    last = re.findall(r"\d+", stem)[-1:]
    most = min(DIGITS, len(last[0]) - 1) if last else 0
    yield from (r"(\d+)" + r"\d" * left_out + r"\D*$" for left_out in range(most, 0, -1))
    # Where each word before it has numbers of its own.
    yield from (r"([^/]*[^/\d]\d+)" + r"\d" * left_out + r"\D*$" for left_out in range(most, 0, -1))
