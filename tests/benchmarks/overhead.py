"""What a trial costs beside its training: seconds from the first trial's end to the last's, and the parent's memory.

    python tests/benchmarks/overhead.py                                   # 300 trials of digits, an epoch each
    python tests/benchmarks/overhead.py --cells 20 --seeds 3
    python tests/benchmarks/overhead.py -- --recipe features --data elpv  # more options of the sweep, which win

The sweep runs as a user runs it, with a store and a Prefect of its own. Linux only: memory comes from /proc.
"""

import argparse
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

SWEEP = {"--data": "digits", "--positive": "8", "--size": "8", "--epochs": "1"}
ENDED = (": finished, ", ": reused, ", ": failed, ")
TICKS = os.sysconf("SC_CLK_TCK")


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


def measure(options: list[str], folder: Path) -> tuple[list[Moment], float]:
    """The moment at which each trial ended, and the seconds of the whole command."""
    own = {"STEELYARD_CACHE": f"{folder}/cache", "PREFECT_HOME": f"{folder}/prefect", "PREFECT_API_URL": ""}
    command = [sys.executable, "-m", "flows", "sweep", *options, "--tracking-uri", f"sqlite:///{folder}/mlflow.db"]
    start, moments = time.monotonic(), []
    with (
        (folder / "output.txt").open("w") as output,
        subprocess.Popen(command, env=os.environ | own, stdout=output, stderr=subprocess.PIPE, text=True) as sweep,
    ):
        assert sweep.stderr is not None
        for line in sweep.stderr:
            if any(ended in line for ended in ENDED):
                moments.append(Moment.now(sweep.pid, start))
            elif not moments:
                print(line, end="", file=sys.stderr)
    if sweep.returncode:
        sys.exit(f"the sweep ended with code {sweep.returncode}")
    return moments, time.monotonic() - start


def tell(moments: list[Moment], whole: float, stored: int) -> None:
    """Print seconds per trial and memory, the last third beside the first, where what grows would show."""
    third = max(1, len(moments) // 3)
    for name, part in {"first third": moments[: third + 1], "last third": moments[-third - 1 :]}.items():
        first, last, count = part[0], part[-1], len(part) - 1
        print(
            f"{name}: {(last.seconds - first.seconds) / count:.3f} s a trial, of which the parent's processor "
            f"{(last.cpu - first.cpu) / count:.3f} s; resident {first.megabytes:.0f} to {last.megabytes:.0f} MB"
        )
    count = len(moments)
    print(f"{moments[0].seconds:.1f} s to the first trial's end, {whole - moments[-1].seconds:.1f} s from the last's")
    print(f"{count} trials, {whole:.1f} s from start to report: {whole / count:.3f} s a trial, all included")
    print(f"{stored / 1e6:.1f} MB stored; load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cells", type=int, default=100)
    parser.add_argument("--seeds", type=int, default=3)
    parser.add_argument("options", nargs="*", help="of the sweep")
    asked = parser.parse_args()
    # The weight 0.5 is the unweighted baseline.
    options = SWEEP | {"--weights": f"0.5:0.99:{asked.cells}", "--seeds": str(asked.seeds)}
    for name, value in zip(asked.options[::2], asked.options[1::2], strict=True):
        options[name] = value
    with tempfile.TemporaryDirectory() as folder:
        moments, whole = measure([part for option in options.items() for part in option], Path(folder))
        stored = sum(
            file.stat().st_size
            for file in [*Path(folder, "mlartifacts").rglob("*"), Path(folder, "mlflow.db")]
            if file.is_file()
        )
    tell(moments, whole, stored)


if __name__ == "__main__":
    main()
