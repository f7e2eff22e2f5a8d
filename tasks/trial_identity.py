"""Which code and which libraries a trial ran with: what of the code is run, not how it is written."""

import ast
import hashlib
import platform
from collections.abc import Iterator
from functools import cache
from importlib.metadata import version
from pathlib import Path
from typing import Any

from steelyard.models.spec.trial import Trial

HOUSE = Path(__file__).parents[1]

# What draws a trial's plan, and what runs in its process; with the files of models/ that they import they make a trial.
ROOTS = (HOUSE / "tasks" / "index_plans.py", HOUSE / "tasks" / "workers" / "trial_process.py")


@cache
def code_version() -> str:
    """Steelyard's version, a hash of the code that can change a trial's metrics, and torch's version.

    It is part of every ``trial_id``: a change to these or to torch or numpy trains again, one to a table, a comment or
    a docstring does not.
    """
    digest = hashlib.sha256(version("numpy").encode())
    for source in sources():
        digest.update(f"{source.relative_to(HOUSE).as_posix()}\0{what_runs(source.read_text('utf-8'))}\0".encode())
    return f"{version('steelyard')}+{digest.hexdigest()[:8]}.torch{version('torch').partition('+')[0]}"


def what_runs(code: str) -> str:
    """The syntax tree of Python code without docstrings, comments, positions and layout, as text.

    Not ``ast.dump``, which writes the same tree in other words from one version of Python to the next.
    """
    return repr(_form(ast.parse(code)))


def _form(node: Any) -> Any:
    if isinstance(node, list):
        return [_form(one) for one in node if not _is_docstring(one)]
    if isinstance(node, ast.AST):
        # A field that is empty, or that a later Python adds, is left out; a constant's None is the constant.
        fields = [(name, _form(value)) for name, value in ast.iter_fields(node) if value not in (None, [])]
        return (type(node).__name__, fields)
    return node


def _is_docstring(node: Any) -> bool:
    """Whether a statement is a string and nothing else, which does nothing when it is run."""
    return isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant) and isinstance(node.value.value, str)


def sources() -> list[Path]:
    """The files that make a trial, sorted: ``ROOTS`` and whatever of ``models/`` they import, at any remove."""
    files: set[Path] = set()
    ahead = list(ROOTS)
    while ahead:
        source = ahead.pop()
        if source not in files:
            files.add(source)
            ahead += _imported(source)
    return sorted(files)


def _imported(source: Path) -> Iterator[Path]:
    for node in ast.walk(ast.parse(source.read_text(encoding="utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("steelyard.models"):
            module = HOUSE.joinpath(*str(node.module).split(".")[1:])
            names = [module.with_suffix(".py"), *(module / f"{alias.name}.py" for alias in node.names)]
            yield from (name for name in names if name.is_file())


def trial_id(trial: Trial) -> str:
    """16 hexadecimal digits over image set, spec and code version."""
    return hashlib.sha256(f"{trial.model_dump_json()}\0{code_version()}".encode()).hexdigest()[:16]


@cache
def versions() -> dict[str, str]:
    """Parameters that say what ran: code, Python, torch, numpy."""
    return {
        "code_version": code_version(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }
