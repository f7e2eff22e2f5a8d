"""What a trial's identity covers: the files that can change its metrics, no others, and of these what is run."""

import subprocess
import sys
from pathlib import Path

import pytest

from steelyard.tasks.trial_identity import HOUSE, sources, what_runs

CODE = '''"""A module."""

RATE = 0.1  # per step


def scale(values: list[float], by: float | None = None) -> list[float]:
    """Values times a number."""
    return [value * (by or RATE) for value in values]
'''


def names() -> set[str]:
    return {path.relative_to(HOUSE).as_posix() for path in sources()}


def test_what_trains_scores_and_draws_is_covered() -> None:
    needed = {
        "train/trainer",
        "train/learner",
        "train/networks",
        "handlings/losses",
        "train/inputs",
        "train/head",
        "train/principal_axes",
        "train/solver",
        "metrics/metrics",
        "data/partition",
        "data/carve",
        "handlings/registry",
        "handlings/selections",
        "handlings/index_stream",
    }
    tasks = {"tasks/workers/trial_process.py", "tasks/index_plans.py"}
    assert names() >= {f"models/{name}.py" for name in needed} | tasks


def test_what_chooses_compares_and_tells_is_not() -> None:
    judging = {
        "models/objective/objective.py",
        "models/verdict/judge.py",
        "models/comparison/comparison.py",
        "models/statistics/areas.py",
        "models/spec/sweep.py",
    }
    assert all((HOUSE / file).is_file() for file in judging)
    assert not names() & {*judging, "tasks/train.py"}


def test_every_module_of_models_that_a_trials_process_loads_is_covered_or_is_hashed_otherwise() -> None:
    code = "import sys, steelyard.tasks.workers.trial_process\n"
    code += "print(*(name for name in sys.modules if 'steelyard.models.' in name))"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    named = {f"{name.removeprefix('steelyard.').replace('.', '/')}.py" for name in loaded}
    files = {name for name in named if Path(HOUSE, name).is_file()}
    # Handlings are resolved to the numbers of the trial, an image set is known by its content, and names are shown.
    assert files - names() <= {"models/handlings/parse.py", "models/data/image_set.py", "models/names.py"}


@pytest.mark.parametrize(
    ("written", "instead"),
    [
        ("  # per step", ""),
        ("  # per step", "  # per epoch"),
        ("  # per step", '\n"""What a step goes."""'),
        ('"""A module."""', '"""Another module."""'),
        ('    """Values times a number."""\n', ""),
        ("def", "# Says why.\n\n\ndef"),
        ("[value * (by or RATE) for", "[\n        value * (by or RATE)\n        for"),
        ("values: list[float], by: float | None = None", "values: list[float],by: (float | None)=None,"),
        ("0.1", "1e-1"),
    ],
)
def test_a_comment_a_docstring_and_formatting_change_no_trials_identity(written: str, instead: str) -> None:
    assert written in CODE
    assert what_runs(CODE.replace(written, instead)) == what_runs(CODE)


@pytest.mark.parametrize(
    ("written", "instead"),
    [("0.1", "0.2"), ("= None", "= 0"), ("value *", "value +"), ("RATE = 0.1", 'RATE = "0.1"'), ("RATE)", "2)")],
)
def test_a_changed_constant_or_operation_does(written: str, instead: str) -> None:
    assert written in CODE
    assert what_runs(CODE.replace(written, instead)) != what_runs(CODE)
