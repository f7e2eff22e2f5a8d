"""Which code and which libraries a trial ran with."""

import hashlib
import platform
from functools import cache
from importlib.metadata import version
from pathlib import Path

import models
from models.trial import Trial

# Beside models/, the one file of ours that runs in a trial's process and sets what torch does there.
PROCESS = Path(__file__).parent / "workers" / "process.py"


@cache
def code_version() -> str:
    """Steelyard's version, a hash of the sources that can change a metric, and torch's version.

    It is part of every ``trial_id``: a change to these or to torch or numpy trains again, one to a README does not.
    """
    folder = Path(models.__file__).parent
    digest = hashlib.sha256(version("numpy").encode())
    for source in [*sorted(folder.rglob("*.py")), PROCESS]:
        digest.update(f"{source.relative_to(folder.parent).as_posix()}\0".encode() + source.read_bytes())
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
