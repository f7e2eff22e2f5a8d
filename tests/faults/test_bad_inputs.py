"""Generated bad inputs, hundreds of them, and those that were once answered badly: one line, code 2, nothing left.

``STEELYARD_FAULTS=1000 pytest -m faults -s tests/faults/test_bad_inputs.py`` tries as many, new ones each time, and
tells the slowest. The corpus has a case a line; a case that fails is printed as such a line.
"""

import os
import shutil
import subprocess
import sys
import tempfile
import time
import uuid
from collections.abc import Iterator
from pathlib import Path

import bad_case
import bad_files
import bad_options
import patience
import processes
import pytest
import refusal
from bad_case import Case
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis.strategies import SearchStrategy
from refusal import Answer

pytestmark = pytest.mark.faults

CORPUS = Path(__file__).with_name("bad_inputs.jsonl")
COUNT = os.environ.get("STEELYARD_FAULTS", "")
"""Of the generated inputs, all kinds together; "" for the usual ones, which are the same each time."""

USUAL = 300
TOLD = 10

STARTS = 5.0
"""Seconds that a process takes besides, to import torch, MLflow and timm."""

OUTLIVES = 10.0
"""Seconds that anything may live longer than the process that refused."""

KINDS: dict[str, SearchStrategy[Case]] = {
    "sweep": bad_options.sweeps(),
    "schedule": bad_options.schedules(),
    "others": bad_options.others(),
    "config": bad_options.configs(),
    "table": bad_files.tables(),
    "npz": bad_files.arrays(),
    "hf": bad_files.embedded(),
    "folder": bad_files.folders(),
    "backbone": bad_files.backbones(),
}

SHARES = {"sweep": 4, "schedule": 2, "others": 3}
"""Of how many each kind has; 1 of any other."""

Slow = list[tuple[float, Case]]


@pytest.fixture(scope="session", autouse=True)
def slowest() -> Iterator[Slow]:
    taken: Slow = []
    yield taken
    if COUNT:
        print(f"\n{len(taken):,} bad inputs; the slowest:")
        for seconds, case in sorted(taken, key=lambda pair: -pair[0])[:TOLD]:
            print(f"{seconds:6.2f} s  {' '.join(case.arguments)[:100]!r}")


@pytest.fixture(scope="session")
def empty_store(migrated: Path, tmp_path_factory: pytest.TempPathFactory) -> str:
    """A store without a run."""
    path = tmp_path_factory.mktemp("empty") / "mlflow.db"
    shutil.copy(migrated, path)
    # What takes long to import is imported here, once.
    refusal.asked(Case(("sweep", "--data=digits", "--positive=8", "--backbone=none")), path.parent / "x", "")
    return f"sqlite:///{path}"


def judge(case: Case, answer: Answer, taken: Slow) -> None:
    taken.append((answer.seconds, case))
    assert not answer.wrong, f"{answer.wrong}, said {answer.err[-600:]!r}, by {case.text()}"


LINES = CORPUS.read_text(encoding="utf-8").splitlines()


@pytest.mark.parametrize("line", LINES, ids=range(len(LINES)))
def test_what_was_once_answered_badly_is_refused(line: str, tmp_path: Path, empty_store: str, slowest: Slow) -> None:
    case = bad_case.read(line)
    judge(case, refusal.asked(case, tmp_path / "case", empty_store), slowest)


@pytest.mark.parametrize("kind", KINDS)
def test_a_generated_input_is_refused(kind: str, empty_store: str, slowest: Slow) -> None:
    share = SHARES.get(kind, 1) / sum(SHARES.get(each, 1) for each in KINDS)

    @settings(
        max_examples=max(1, round(int(COUNT or USUAL) * share)),
        deadline=None,
        database=None,
        derandomize=not COUNT,
        suppress_health_check=list(HealthCheck),
        phases=[Phase.generate, Phase.shrink] if not COUNT else [Phase.generate],
    )
    @given(KINDS[kind])
    def refused(case: Case) -> None:
        folder = Path(tempfile.mkdtemp())
        try:
            judge(case, refusal.asked(case, folder / "case", empty_store), slowest)
        finally:
            shutil.rmtree(folder)

    refused()


BAD_FOLDER = {f"images/{kind}/{shade}.png": bad_files.image(shade) for shade, kind in enumerate(["cat", "dog"] * 20)}
PROCESSES = {
    "an option": Case(("sweep", "--data=digits", "--positive=8", "--weights=0")),
    "a class": Case(("sweep", "--data=digits", "--positive=💥")),
    "a list": Case(("sweep", "--data=csv:a.csv"), {"a.csv": b"path,label\n\xff,cat\n"}),
    "an archive": Case(("sweep", "--data=npz:a.npz", "--positive=1"), {"a.npz": b"PK\x03\x04"}),
    "weights": Case(("sweep", "--data=digits", "--positive=8", "--backbone-weights=w.pth"), {"w.pth": b"\x80"}),
    "a schedule": Case(("schedule", "--data=digits", "--positive=8", "--cron=60 * * * *")),
    "a store": Case(("predict", "best", "images", "--tracking-uri=sqlite:///none.db"), BAD_FOLDER),
    "an image": Case(("sweep", "--data=folder:images", "--positive=cat"), BAD_FOLDER | {"images/cat/zz.png": b""}),
}
"""For a process each."""


@pytest.mark.parametrize("what", PROCESSES)
def test_a_process_refuses_and_leaves_neither_file_nor_process(what: str, tmp_path: Path, slowest: Slow) -> None:
    case, places = PROCESSES[what], {name: tmp_path / name for name in ("here", "cache", "temporary", "home")}
    for place in places.values():
        place.mkdir()
    case.write(places["here"])
    mark, before, start = uuid.uuid4().hex, set(tmp_path.rglob("*")), time.perf_counter()
    own = {"STEELYARD_CACHE": "cache", "TMPDIR": "temporary", "PREFECT_HOME": "home"}
    process = subprocess.Popen(
        [sys.executable, "-m", "steelyard", *case.arguments],
        cwd=places["here"],
        env=os.environ | {name: str(places[place]) for name, place in own.items()} | {processes.MARK: mark},
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        start_new_session=True,
    )
    out, err = process.communicate(timeout=patience.SECONDS)
    seconds = time.perf_counter() - start
    assert processes.seconds_until_gone(mark, OUTLIVES) < OUTLIVES
    left = {path for path in tmp_path.rglob("*") if path.is_file()} - before
    files = [str(file) for file in left if places["home"] not in file.parents and not refusal.kept(str(file))]
    judge(case, Answer(process.returncode, out, err, seconds, tuple(files), refusal.SLOWEST + STARTS), slowest)
