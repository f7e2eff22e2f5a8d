"""A sweep as a process of its own that can be watched and killed: which phase it is in, and what of it lives."""

import os
import subprocess
import sys
import time
import uuid
from dataclasses import dataclass, field
from pathlib import Path

import kept
import patience
import processes
from kept import Kept

PHASES = ("importing", "extracting", "embedding", "planning", "training", "judging", "reporting", "ending")

SMALL = {"data": "digits", "positive": "3", "negative": "8", "size": "16", "recipe": "features,sound"}
SMALL |= {"backbone-size": "96", "epochs": "12", "weights": "0.8,0.9", "seeds": "1,", "workers": "2"}
"""Six trials, three of them on features; every phase takes long enough to be hit."""

_begun: "list[Sweep]" = []

LEFT_BY_TORCH = "torchinductor_*"
"""In the temporary folder, once per user, whatever imports torch's compiler."""


@dataclass
class Sweep:
    """``steelyard sweep`` in a folder of its own, with what it writes to a terminal in files there.

    Attributes:
        uri: of its store.
        cache: that it may share with others.
    """

    folder: Path
    uri: str
    cache: Path
    options: dict[str, str] = field(default_factory=lambda: SMALL)
    environment: dict[str, str] = field(default_factory=dict)
    mark: str = field(default_factory=lambda: uuid.uuid4().hex)

    def __post_init__(self) -> None:
        self.temporary = self.folder / "tmp"
        self.temporary.mkdir(parents=True, exist_ok=True)
        self.out, self.err = (self.folder / f"{self.mark}.{name}" for name in ("out", "err"))
        own = {processes.MARK: self.mark, "TMPDIR": str(self.temporary), "STEELYARD_CACHE": str(self.cache)}
        command = [sys.executable, "-m", "steelyard", "sweep", "--tracking-uri", self.uri]
        command += [part for name, value in self.options.items() for part in (f"--{name}", value)]
        self.verdicts = set(self._verdicts())
        self.started = time.monotonic()
        with self.out.open("w") as out, self.err.open("w") as err:
            self.process = subprocess.Popen(
                command,
                cwd=self.folder,
                env=os.environ | {"PREFECT_API_URL": ""} | own | self.environment,
                stdin=subprocess.DEVNULL,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

        _begun.append(self)

    @property
    def said(self) -> str:
        """All that it has written to the terminal so far."""
        return self.out.read_text(errors="replace") + self.err.read_text(errors="replace")

    @property
    def phase(self) -> str:
        """Which it is in, by what it has said and made."""
        said = self.err.read_text(errors="replace")
        told = {"ending": "\nreport: ", "judging": "judging: ", "training": "watch the trials"}
        told |= {"planning": "embedded ", "embedding": "embedding "}
        phase = next((phase for phase, words in told.items() if words in said), "")
        if phase == "judging" and set(self._verdicts()) - self.verdicts:
            return "reporting"
        if not phase and "reused features" in said:
            return "planning"
        return phase or ("extracting" if (self.cache / "image_sets").exists() else "importing")

    def _verdicts(self) -> list[Path]:
        return [*self.folder.glob("mlartifacts/**/verdict.json")]

    def end(self, most: float = patience.SECONDS) -> int:
        """Wait for it, and give its exit code; after so many seconds it is killed."""
        try:
            return self.process.wait(most)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()

    @property
    def line(self) -> str:
        """The last that it said on standard error; fails where it told a traceback."""
        said = self.err.read_text(errors="replace")
        assert "Traceback" not in self.said, self.said[-3000:]
        return (said.strip() or "\n").splitlines()[-1]

    def leftovers(self) -> list[str]:
        """What lies about in the cache and the temporary folder once all sweeps have ended."""
        torch = set(self.temporary.glob(LEFT_BY_TORCH))
        there = [path for path in self.temporary.iterdir() if path not in torch]
        there += [path for path in self.cache.glob("alive/*") if path.name != "id"]
        there += self.cache.glob("unsent/*/*")
        there += [path for path in self.cache.glob("sweeps/*") if path.name != ".lock"]
        there += self.cache.rglob("*.building-*")
        return [str(path) for path in there]


def end_all() -> None:
    """Kill what a test that failed has left of its sweeps."""
    while _begun:
        sweep = _begun.pop()
        processes.seconds_until_gone(sweep.mark, 0)
        sweep.process.wait()


@dataclass(frozen=True)
class Undisturbed:
    """A sweep that nothing disturbed, which others are compared with.

    Attributes:
        runs: by name, "" that of the sweep.
        cache: with all that it extracted and embedded.
        seconds: that it spent in each phase.
    """

    runs: dict[str, Kept]
    cache: Path
    seconds: dict[str, float]


def undisturbed(folder: Path, options: dict[str, str] = SMALL) -> Undisturbed:
    """Run one in a folder, whose ``mlflow.db`` is there."""
    sweep = Sweep(folder, f"sqlite:///{folder / 'mlflow.db'}", folder / "cache", options)
    began: dict[str, float] = {}
    while sweep.process.poll() is None:
        began.setdefault(sweep.phase, time.monotonic())
        time.sleep(0.01)
    assert sweep.end() == 0, sweep.said
    ends = [*list(began.values())[1:], time.monotonic()]
    seconds = {phase: end - start for (phase, start), end in zip(began.items(), ends, strict=True)}
    return Undisturbed(kept.newest_sweep(folder), sweep.cache, seconds)
