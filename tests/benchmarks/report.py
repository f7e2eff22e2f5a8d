"""How long a large sweep's report takes to write, how large it is, and when its pages can be used.

``python tests/benchmarks/report.py``: a sweep of 300 small trials (100 cells, three seeds; about 6 minutes on two
cores), then its report written three times, and report and MLflow's page opened three times each by a real browser,
in turn; medians.
"""

import json
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from statistics import median

sys.path.insert(0, str(Path(__file__).parents[1] / "support"))

import chromium

from steelyard.tasks.tracking import links, server
from steelyard.tasks.tracking.sweeps import SweepRun

CELLS, TIMES = 100, 3
OPTIONS = ("--data", "digits", "--positive", "8", "--size", "8", "--epochs", "2", "--seeds", "3")

READ = "document.readyState === 'complete' && document.querySelector('footer')"
LISTED = """document.querySelectorAll('.js-plotly-plot .main-svg').length >= 9 &&
    [...document.querySelectorAll('a')].filter((link) => / · seed /.test(link.textContent)).length >= 100"""


def main() -> None:
    with tempfile.TemporaryDirectory() as made:
        folder = Path(made)
        weights = ",".join(f"{0.5 + 0.48 * number / CELLS:.4f}" for number in range(1, CELLS))
        steelyard(folder, "sweep", *OPTIONS, "--weights", weights, "--json", "found.json")
        found = json.loads((folder / "found.json").read_text())
        wrote = [timed(lambda: steelyard(folder, "report")) for _ in range(TIMES)]
        report, uri = folder / "report.html", f"sqlite:///{folder / 'mlflow.db'}"
        run = SweepRun(found["sweep_run_id"], found["experiment_id"])
        with server.serve(uri) as (base, _):
            link = links.page(base, run, uri)
            pairs = [(opened(folder, report.as_uri(), READ), opened(folder, link, LISTED)) for _ in range(TIMES)]
        drawn, listed = (median(of) for of in zip(*pairs, strict=True))
        print(f"{len(found['trials'])} trials, medians of {TIMES}")
        print(f"report: {report.stat().st_size / 1e6:.1f} MB, written by its command in {median(wrote):.1f} s")
        print(f"report: read and drawn after {drawn:.1f} s")
        print(f"MLflow: 100 trials listed and 9 charts drawn after {listed:.1f} s")


def steelyard(folder: Path, *arguments: str) -> None:
    subprocess.run([sys.executable, "-m", "steelyard", *arguments], cwd=folder, check=True, capture_output=True)


def timed(work: Callable[[], object]) -> float:
    started = time.monotonic()
    work()
    return time.monotonic() - started


def opened(folder: Path, address: str, usable: str) -> float:
    """Seconds until a page is usable, in a browser that has just started and keeps nothing from before."""
    with tempfile.TemporaryDirectory(dir=folder) as profile, chromium.opened(Path(profile)) as page:
        return timed(lambda: (page.open(address), page.until(usable)))


if __name__ == "__main__":
    main()
