"""What a bad input must come to: one short line on standard error, exit code 2, soon, and nothing left behind."""

import os
import tempfile
import time
from contextlib import chdir, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from io import StringIO
from pathlib import Path

import pytest
from bad_case import Case

from steelyard.flows.command_line import run
from steelyard.tasks.report import opening
from steelyard.tasks.workers.devices import cores

LONGEST, SLOWEST = 500, 5.0
"""Characters of the line, and seconds, of which a machine with more to do than cores may take as many times more."""

KEPT = (".lock", "backbones", "unusable-")
"""Of the cache: locks, which cannot be removed without a race, what is the same for all images, and lists of those that
cannot be used, which a message names."""

WITH_CACHE = ("sweep", "schedule", "tutorial")


@dataclass(frozen=True)
class Answer:
    """What a command line came to, and the seconds that it may have taken."""

    code: int
    out: str
    err: str
    seconds: float
    left: tuple[str, ...]
    most: float = SLOWEST

    @property
    def wrong(self) -> list[str]:
        """What is not as it must be, in words."""
        lines = errors(self.err)
        checks = {
            f"exit code {self.code}": self.code == 2,
            f"output {self.out[:200]!r}": not self.out,
            f"{len(lines)} lines": len(lines) == 1 and self.err.endswith("\n"),
            "not by steelyard": all(line.startswith("steelyard: ") and line > "steelyard: " for line in lines),
            "not printable": "".join(lines).isprintable(),
            f"{len(self.err)} characters": len("".join(lines)) < LONGEST,
            f"{self.seconds:.1f} s": self.seconds < self.most * max(1, os.getloadavg()[0] / cores()),
            f"left {self.left[:3]}": not self.left,
            "a password": "hunter2" not in self.err,
        }
        return [what for what, right in checks.items() if not right]


def errors(err: str) -> list[str]:
    """Lines on standard error, but for the first of a sweep, which says what is asked for before anything is read."""
    return [line for line in err.splitlines() if not line.startswith(opening.BEGINS)]


def asked(case: Case, folder: Path, empty_store: str) -> Answer:
    """Run a case in this process, in a folder of its own that is made anew."""
    here, cache, temporary = (folder / name for name in ("here", "cache", "temporary"))
    here.mkdir(parents=True)
    temporary.mkdir()
    case.write(here)
    out, err, before = StringIO(), StringIO(), _files(here)
    arguments = [argument.replace("sqlite:///empty.db", empty_store) for argument in case.arguments]
    cached = [f"--cache={cache}"] if arguments[0] in WITH_CACHE else []
    with pytest.MonkeyPatch.context() as patch, chdir(here), redirect_stdout(out), redirect_stderr(err):
        patch.setattr(tempfile, "tempdir", str(temporary))
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        start = time.perf_counter()
        code = run([arguments[0], *cached, *arguments[1:]])
        seconds = time.perf_counter() - start
    left = {*_files(here), *_files(temporary), *_files(cache)} - before
    return Answer(code, out.getvalue(), err.getvalue(), seconds, tuple(sorted(file for file in left if not kept(file))))


def _files(folder: Path) -> set[str]:
    return {os.path.join(place, name) for place, _, names in os.walk(folder) for name in names}  # noqa: PTH118


def kept(file: str) -> bool:
    """Whether a file of the cache may stay."""
    return file.endswith(KEPT[0]) or f"/cache/{KEPT[1]}/" in file or f"/cache/{KEPT[2]}" in file
