"""What a trial costs beside its training: seconds from the first trial's end to the last's, and the parent's memory.

    python tests/benchmarks/overhead.py                                   # 300 trials of digits, an epoch each
    python tests/benchmarks/overhead.py --cells 20 --seeds 3
    python tests/benchmarks/overhead.py --features                        # 60 and 300 trials over cached features
    python tests/benchmarks/overhead.py --features -- --data elpv --positive defective --backbone-size 224

The sweep runs as a user runs it, with a store and a Prefect of its own; what follows ``--`` are more options of it,
which win. With ``--features`` a first, small sweep embeds, and two that follow find the features: one of a fifth of the
trials, one of all, so that what grows with trials shows. Linux only: memory comes from /proc.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from dataclasses import dataclass
from pathlib import Path

from yardstick import machine, verdict

NETWORKS = {"--data": "digits", "--positive": "8", "--recipe": "sound", "--size": "8", "--epochs": "1"}
FEATURES = {"--data": "digits", "--positive": "8", "--recipe": "features", "--backbone-size": "64"}
ENDED = (": finished, ", ": reused, ", ": failed, ")
TICKS = os.sysconf("SC_CLK_TCK")
SECONDS, GROWTH, STORED = 0.5, 0.05, 150
"""Bars of ``--features``: seconds a trial; share that memory grows by from the first trial's end to the last's; MB."""


@dataclass(frozen=True)
class Moment:
    """The sweep's own process as a trial ends: seconds since the start, its processor seconds, resident MB."""

    seconds: float
    cpu: float
    megabytes: float

    @classmethod
    def now(cls, pid: int, start: float) -> "Moment":
        spent = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        resident = int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
        return cls(time.monotonic() - start, (int(spent[11]) + int(spent[12])) / TICKS, resident / 1e6)


@dataclass(frozen=True)
class Ran:
    """A sweep that ended.

    Attributes:
        moments: at which each trial ended.
        whole: seconds from start to report.
        peak: MB, most that the sweep's own process ever held, files that it maps included.
        training: seconds, summed over trials, as each of them logged it.
        stored: MB of artifacts and database.
    """

    moments: list[Moment]
    whole: float
    peak: float
    training: float
    stored: float

    @property
    def seconds(self) -> float:
        """A trial, all included."""
        return self.whole / len(self.moments)


def measure(options: dict[str, str], cache: Path) -> Ran:
    """Run a sweep with a new store.

    Args:
        options: of the sweep.
        cache: of images and features.
    """
    with tempfile.TemporaryDirectory() as made:
        folder, start = Path(made), time.monotonic()
        moments, peak = _run(_command(options, folder), folder, cache, start)
        whole, told = time.monotonic() - start, json.loads((folder / "found.json").read_text())
        files = [file for file in [*(folder / "mlartifacts").rglob("*"), folder / "mlflow.db"] if file.is_file()]
        stored = sum(file.stat().st_size for file in files) / 1e6
    return Ran(moments, whole, peak, sum(trial["seconds"] for trial in told["trials"]), stored)


def _command(options: dict[str, str], folder: Path) -> list[str]:
    own = {"--tracking-uri": f"sqlite:///{folder}/mlflow.db", "--json": f"{folder}/found.json"}
    return [
        sys.executable,
        "-m",
        "steelyard",
        "sweep",
        *(part for option in (options | own).items() for part in option),
    ]


def _run(command: list[str], folder: Path, cache: Path, start: float) -> tuple[list[Moment], float]:
    own = {"STEELYARD_CACHE": f"{cache}", "PREFECT_HOME": f"{folder}/prefect", "PREFECT_API_URL": ""}
    moments: list[Moment] = []
    with (
        (folder / "output.txt").open("w") as output,
        subprocess.Popen(command, env=os.environ | own, stdout=output, stderr=subprocess.PIPE, text=True) as sweep,
    ):
        peaks = [0.0]
        watcher = threading.Thread(target=_watch, args=(sweep.pid, peaks), daemon=True)
        watcher.start()
        assert sweep.stderr is not None
        for line in sweep.stderr:
            if any(ended in line for ended in ENDED):
                moments.append(Moment.now(sweep.pid, start))
            elif not moments:
                print(line, end="", file=sys.stderr)
    if sweep.returncode:
        sys.exit(f"the sweep ended with code {sweep.returncode}")
    return moments, max(peaks)


def _watch(pid: int, peaks: list[float]) -> None:
    """Add the process's peak in MB again and again until it ends; ``os.wait4`` would give its largest child's."""
    while True:
        try:
            lines = Path(f"/proc/{pid}/status").read_text().splitlines()
        except (FileNotFoundError, ProcessLookupError):
            return
        found = [int(line.split()[1]) * 1024 / 1e6 for line in lines if line.startswith("VmHWM")]
        if not found:  # It has ended, and only its number is left.
            return
        peaks.append(found[0])
        time.sleep(0.1)


def tell(ran: Ran) -> None:
    """Print seconds per trial and memory, the last third beside the first, where what grows would show."""
    moments, count = ran.moments, len(ran.moments)
    third = max(1, count // 3)
    for name, part in {"first third": moments[: third + 1], "last third": moments[-third - 1 :]}.items():
        first, last, ends = part[0], part[-1], len(part) - 1
        print(
            f"{name}: {(last.seconds - first.seconds) / ends:.3f} s a trial, of which the parent's processor "
            f"{(last.cpu - first.cpu) / ends:.3f} s; resident {first.megabytes:.0f} to {last.megabytes:.0f} MB"
        )
    rest = ran.whole - moments[-1].seconds
    print(f"{moments[0].seconds:.1f} s to the first trial's end, {rest:.1f} s from the last's")
    print(f"{count} trials, {ran.whole:.1f} s from start to report: {ran.seconds:.3f} s a trial, all included")
    print(f"training took {ran.training / count:.3f} s a trial in its own process, several side by side")
    print(f"the parent's memory at its peak {ran.peak:.0f} MB; {ran.stored:.1f} MB stored", flush=True)


def over_features(options: dict[str, str], trials: int) -> int:
    """Embed with a small sweep, measure two; 0 if all bars hold."""
    ran = []
    with tempfile.TemporaryDirectory() as cache:
        measure(options | {"--weights": "0.5:0.9:2"}, Path(cache))
        for number in (trials // 5, trials):
            print(f"\n{number} trials over cached features", flush=True)
            ran.append(measure(options | {"--weights": f"0.5:0.99:{number}"}, Path(cache)))
            tell(ran[-1])
    few, all_ = ran
    growth = all_.moments[-1].megabytes / all_.moments[0].megabytes - 1
    print(f"\npeak of memory, which is while it judges: {few.peak:.0f} MB, then {all_.peak:.0f} MB")
    holds = [
        verdict("seconds a trial", all_.seconds, f"<= {SECONDS}", all_.seconds <= SECONDS),
        verdict("from the first trial to the last memory grows by", growth, f"<= {GROWTH}", growth <= GROWTH),
        verdict("MB stored", all_.stored, f"< {STORED}", all_.stored < STORED),
    ]
    return 0 if all(holds) else 1


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=0, help="100, with --features 300")
    parser.add_argument("--seeds", type=int, default=3, help="not with --features, where a seed changes nothing")
    parser.add_argument("--features", action="store_true")
    parser.add_argument("options", nargs="*", help="of the sweep")
    asked = parser.parse_args()
    more = dict(zip(asked.options[::2], asked.options[1::2], strict=True))
    print(machine("torch", "mlflow", "prefect"), flush=True)
    if asked.features:
        return over_features(FEATURES | more, asked.cells or 300)
    # The weight 0.5 is the unweighted baseline.
    grid = {"--weights": f"0.5:0.99:{asked.cells or 100}", "--seeds": str(asked.seeds)}
    with tempfile.TemporaryDirectory() as cache:
        tell(measure(NETWORKS | grid | more, Path(cache)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
