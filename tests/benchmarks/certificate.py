"""How often a certified constraint holds for the network that is handed over, and intervals hold the truth.

    PYTHONPATH=tests/support python tests/benchmarks/certificate.py --sweeps 500

Simulated sweeps in five folds, ``recall @ precision >= 0.7``, in which the truth is known exactly: see
``tests/support/simulated.py``. All that is judged is computed by the functions that judge real sweeps. About half an
hour on one core.
"""

import argparse
import sys
import time
from typing import NamedTuple

import numpy as np
from simulated import Sweep, World
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.measured import Measured

LIMIT = 0.7
WISH = f"recall @ precision >= {LIMIT}"

WORLDS = [
    World(25, 0.1, 1, 1),
    World(25, 0.3, 1, 12),
    World(25, 0.3, 5, 4),
    World(50, 0.02, 1, 1),
    World(50, 0.1, 1, 1),
    World(50, 0.1, 1, 12),
    World(50, 0.3, 1, 4),
    World(50, 0.1, 5, 4),
    World(50, 0.3, 5, 12),
    World(100, 0.02, 1, 4),
    World(100, 0.1, 1, 1),
    World(100, 0.1, 1, 12),
    World(100, 0.3, 1, 4),
    World(100, 0.02, 5, 1),
    World(100, 0.1, 5, 4),
    World(100, 0.1, 20, 1),
    World(100, 0.3, 20, 4),
    World(200, 0.3, 1, 12),
    World(200, 0.1, 5, 1),
    World(200, 0.1, 20, 4),
    World(200, 0.3, 20, 12),
    World(400, 0.1, 1, 4),
    World(400, 0.3, 5, 4),
    World(400, 0.3, 20, 1),
    World(400, 0.1, 20, 1),
    World(400, 0.02, 5, 1),
]
"""Of all combinations so many that each level occurs in several."""


class Judged(NamedTuple):
    """What one sweep says of the network handed over, and what is true of it.

    Attributes:
        certified: whether its threshold is.
        groups: that have positives; the positives where each image stands alone.
        recall: estimate, lower and upper end, truth; ``precision`` likewise.
    """

    certified: bool
    groups: int
    recall: tuple[float, float, float, float]
    precision: tuple[float, float, float, float]


def judged(sweep: Sweep) -> Judged:
    """Choose and measure as a verdict does."""
    evidence = sweep.evidence
    choice = chosen(evidence)
    first = choice.cells[0]
    column, point = choice.networks[first], Measured(evidence, choice).point(first)
    operating = evidence.trials[column].operating
    truth = sweep.world.truth(sweep.handed_over[column], operating.threshold)
    own = sweep.labels == 1
    groups = int(own.sum()) if sweep.groups is None else len(np.unique(sweep.groups[own]))
    both = [
        (point[name].value, point[name].low, point[name].high, of)
        for name, of in zip(("recall", "precision"), truth, strict=True)
    ]
    return Judged(operating.feasible, groups, *both)


def told(world: World, sweeps: list[Judged]) -> tuple[str, bool]:
    """The row of a world, and whether it meets every bar that applies to it."""
    certified = np.array([of.certified for of in sweeps])
    recall, precision = np.array([of.recall for of in sweeps]), np.array([of.precision for of in sweeps])
    groups = float(np.mean([of.groups for of in sweeps]))
    name = f"{world.positives} | {world.share:g} | {world.group} | {groups:.0f} | {world.configurations}"
    held = [_held(of) for of in (recall, precision)]
    row = f"{name} | {100 * certified.mean():.0f}"
    if not certified.any():
        return f"{row} | | | | | {100 * held[0].mean():.1f} | {100 * held[1].mean():.1f} |", True
    number, own, other = int(certified.sum()), recall[certified], precision[certified]
    kept = float(np.mean(other[:, 3] >= LIMIT))
    shares = [float(of[certified].mean()) for of in held]
    bias = float(np.mean(own[:, 0] - own[:, 3]))
    error = 2 * np.sqrt(0.05 * 0.95 / number)
    missed = []
    if groups >= 20 if world.group > 1 else world.positives >= 50:
        missed += ["kept"] * bool(kept < 0.95 - error)
        spread = 2 * np.sqrt(0.05 * 0.95 / number)
        pairs = zip(("recall's interval", "precision's interval"), shares, strict=True)
        missed += [what for what, of in pairs if not 0.93 - spread <= of <= 0.97 + spread]
        most = 0.02 if world.positives >= 100 else 0.04
        missed += ["bias"] * bool(world.positives >= 50 and abs(bias) > most)
    row += f" | {100 * kept:.1f} | {100 * shares[0]:.1f} | {100 * shares[1]:.1f} | {bias:+.3f}"
    row += f" | {100 * held[0].mean():.1f} | {100 * held[1].mean():.1f}"
    return f"{row} | {', '.join(missed)}", not missed


def _held(of: np.ndarray) -> np.ndarray:
    return (of[:, 1] <= of[:, 3]) & (of[:, 3] <= of[:, 2])


def main() -> int:
    """Print a row per world; 0 if all meet their bars."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sweeps", type=int, default=500)
    parser.add_argument("--worlds", type=int, nargs="*", default=range(len(WORLDS)), help="by their place in WORLDS")
    given = parser.parse_args()
    print(
        "| positives | share | group | groups with positives | configurations | certified | kept | recall held |"
        " precision held | bias of recall | recall held, all | precision held, all | missed |"
    )
    good = True
    for place in given.worlds:
        start, world = time.perf_counter(), WORLDS[place]
        with threadpool_limits(1):
            drawn = (Sweep.drawn(world, WISH, [number]) for number in range(given.sweeps))
            row, held = told(world, [judged(sweep) for sweep in drawn if sweep])
        good &= held
        print(f"| {row} | {time.perf_counter() - start:.0f} s", flush=True)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
