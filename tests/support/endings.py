"""Commands in processes of their own that are ended from outside, and what becomes of them and of all they started."""

import os
import signal
import subprocess
import sys
import time
import uuid
from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

import patience

MARK = "STEELYARD_TEST"
"""Environment variable that everything inherits which a command starts, whatever session it is in."""


class Command:
    """``steelyard`` with these arguments, in a working folder of its own, and its processes."""

    def __init__(self, arguments: Iterable[str], folder: Path, **environment: str) -> None:
        self.mark, self.folder = uuid.uuid4().hex, folder
        (folder / "tmp").mkdir(exist_ok=True)
        own = {"PREFECT_API_URL": "", "PREFECT_HOME": str(folder / "prefect"), "STEELYARD_CACHE": str(folder / "cache")}
        own |= {MARK: self.mark, "TMPDIR": str(folder / "tmp")} | environment
        with (folder / "out.txt").open("w") as out, (folder / "err.txt").open("w") as err:
            self.process = subprocess.Popen(
                [sys.executable, "-m", "steelyard", *arguments],
                cwd=folder,
                env=os.environ | own,
                stdout=out,
                stderr=err,
                start_new_session=True,
            )

    @property
    def said(self) -> str:
        return (self.folder / "err.txt").read_text() + (self.folder / "out.txt").read_text()

    def until(self, reached: Callable[[], object]) -> None:
        """Wait until it is as far."""
        patience.wait_for(lambda: bool(reached()) or self.process.poll() is not None)
        assert self.process.poll() is None, self.said

    def hears(self) -> bool:
        """Whether it has begun, and not only Python: SIGTERM is caught."""
        with suppress(OSError):
            status = Path(f"/proc/{self.process.pid}/status").read_text()
            return bool(int(status.partition("SigCgt:")[2].split()[0], 16) & 1 << signal.SIGTERM - 1)
        return False

    def processes(self) -> dict[int, str]:
        """All that live, whoever their parent is now, with their command lines."""
        return {pid: line for pid, line in _living() if self._is_mine(pid)}

    def like(self, words: str) -> list[int]:
        """Those whose command line has these words."""
        return [pid for pid, line in self.processes().items() if words in line]

    def workers(self) -> list[int]:
        """Processes that train or embed: forked from the forkserver, whose command line they share."""
        servers = self.like("forkserver")
        return [pid for pid in servers if _parent(pid) in servers]

    def forkserver(self) -> int:
        (only,) = set(self.like("forkserver")) - set(self.workers())
        return only

    def end(self, *signals: signal.Signals) -> float:
        """Send these, and give the seconds from the first until it and all that it started are gone."""
        begun = time.monotonic()
        for number in signals:
            self.process.send_signal(number)
        self.process.wait(patience.SECONDS)
        self.gone()
        return time.monotonic() - begun

    def gone(self, *but: int) -> float:
        """Seconds until all of its processes are gone but these."""
        begun = time.monotonic()
        patience.wait_for(lambda: self.process.poll() is not None or self.process.pid in but)
        patience.wait_for(lambda: not set(self.processes()) - set(but))
        return time.monotonic() - begun

    def clear(self) -> None:
        """Kill whatever is left, after a test that failed."""
        for pid in self.processes():
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait()

    def _is_mine(self, pid: int) -> bool:
        with suppress(OSError):
            return f"{MARK}={self.mark}".encode() in Path(f"/proc/{pid}/environ").read_bytes().split(b"\0")
        return False


def _living() -> Iterable[tuple[int, str]]:
    for folder in Path("/proc").glob("[0-9]*"):
        with suppress(OSError):
            if line := (folder / "cmdline").read_bytes():  # Of what has ended it is empty.
                yield int(folder.name), line.replace(b"\0", b" ").decode(errors="replace")


def _parent(pid: int) -> int:
    with suppress(OSError):
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])
    return 0
