"""Which code and which libraries a trial ran with."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import models
from models.spec import Trial


@cache
def code_version() -> str:
    """Steelyard's version, a hash of the sources that can change a metric, and torch's version.

    It is part of every ``trial_id``: a change to ``models/`` or to torch trains again, one to a README does not.
    """
    folder = Path(models.__file__).parent
    sources = sorted(folder.rglob("*.py"))
    digest = hashlib.sha256()
    for source in sources:
        digest.update(f"{source.relative_to(folder).as_posix()}\0".encode() + source.read_bytes())
    return f"{version('steelyard')}+{digest.hexdigest()[:8]}.torch{version('torch').partition('+')[0]}"


def trial_id(trial: Trial) -> str:
    """16 hexadecimal digits over image set, spec and code version."""
    return hashlib.sha256(f"{trial.model_dump_json()}\0{code_version()}".encode()).hexdigest()[:16]


def versions() -> dict[str, str]:
    """Parameters that say what ran: code, Python, torch, numpy."""
    return {
        "code_version": code_version(),
        "python": platform.python_version(),
        "torch": version("torch"),
        "numpy": version("numpy"),
    }
