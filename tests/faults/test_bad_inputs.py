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
from collections.abc import Iterator
from pathlib import Path

import bad_inputs
import pytest
import refusal
from bad_inputs import KINDS, Case
from hypothesis import HealthCheck, Phase, example, given, note, settings
from refusal import Answer

CORPUS = Path(__file__).with_name("bad_inputs.jsonl")
COUNT = os.environ.get("STEELYARD_FAULTS", "")
"""Of the generated inputs, all kinds together; "" for the usual ones, which are the same each time."""

USUAL = 300
TOLD = 10

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
    # Whatever takes long to import is imported here, and Prefect's server starts: a process does both once.
    refusal.asked(Case(("sweep", "--data=digits", "--positive=8", "--backbone=none")), path.parent / "x", "")
    return f"sqlite:///{path}"


def judge(case: Case, answer: Answer, taken: Slow) -> None:
    taken.append((answer.seconds, case))
    note(case.text())
    assert not answer.wrong, f"{answer.wrong}, said {answer.err[-600:]!r}, by {case.text()}"


@pytest.mark.parametrize("line", CORPUS.read_text(encoding="utf-8").splitlines())
def test_what_was_once_answered_badly_is_refused(line: str, tmp_path: Path, empty_store: str, slowest: Slow) -> None:
    case = bad_inputs.read(line)
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
