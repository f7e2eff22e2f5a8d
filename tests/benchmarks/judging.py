"""The wall time and the memory of a verdict on 300 trials of 2,600 images, half of them in groups of two to nine.

    PYTHONPATH=tests/support python tests/benchmarks/judging.py

60 cells of 5 seeds, 3 in 10 images positive, held-out scores that choose and report. About 30 seconds on 2 cores.
"""

import os
import platform
import resource
import sys
import time
from importlib.metadata import version
from statistics import median

import numpy as np
import pandas as pd
import torch
from cpu_trial import cpu_trial
from scipy.special import expit

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import Handling
from steelyard.models.verdict.chosen import chosen
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial

CELLS, SEEDS, IMAGES, SHARE = 60, 5, 2600, 0.3
OBJECTIVE, BAR, REPEATS = Objective.parse("recall @ precision >= 0.7"), 5.0, 5


def main() -> int:
    """Measure and print; 0 if a verdict takes at most ``BAR`` seconds."""
    trials, groups = _sweep(np.random.default_rng(0))
    before, seconds, busy = _megabytes(), [], []
    for _ in range(REPEATS):
        start, at_work = time.perf_counter(), time.process_time()
        evidence = Evidence(trials, OBJECTIVE, groups=groups, train=(1, 1))
        judge(evidence, chosen(evidence))
        seconds.append(time.perf_counter() - start)
        busy.append(time.process_time() - at_work)
    print(_machine())
    spread = f"{min(seconds):.1f} to {max(seconds):.1f}, of the processor {median(busy):.1f}"
    print(f"chosen and judged: median {median(seconds):.1f} s ({spread}), n = {REPEATS}; bar {BAR:g} s")
    print(f"memory at its peak: {_megabytes():.0f} MB, before the first verdict {before:.0f} MB")
    return 0 if median(seconds) <= BAR else 1


def _sweep(rng: np.random.Generator) -> tuple[list[ScoredTrial], "pd.Series[str]"]:
    alone = IMAGES // 2
    sizes = rng.integers(2, 10, alone)
    names = [f"group {place}" for place, size in enumerate(sizes) for _ in range(size)][: IMAGES - alone]
    ids = [f"{place:05}" for place in range(IMAGES)]
    labels = (rng.random(IMAGES) < SHARE).astype(np.int64)
    hard, table = rng.standard_normal(IMAGES), pd.DataFrame({"id": ids, "label": labels})
    trials = []
    for place in range(CELLS * SEEDS):
        logits = 0.8 * hard + 0.6 * rng.standard_normal(IMAGES) + 2 * labels - 1.5
        own = table.assign(score=expit(logits).astype(np.float32))
        trials.append(_scored_trial(*divmod(place, SEEDS), pd.concat([own.assign(split=of) for of in ("val", "test")])))
    return trials, pd.Series([*names, *[""] * alone], index=ids)


def _scored_trial(cell: int, seed: int, scores: pd.DataFrame) -> ScoredTrial:
    trial = cpu_trial(handling=Handling(name=f"handling-{cell}" if cell else "none"), seed=seed)
    operating = Operating.choose(scores, OBJECTIVE)
    outcome = Outcome.of(trial, f"{cell}/{seed}", run_id="", status="FINISHED", operating=operating)
    return ScoredTrial(trial, outcome, scores, learned=0.5)


def _megabytes() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy"))
    name = torch.cpu.get_capabilities().get("cpu_name", platform.processor())
    return f"{name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions}"


if __name__ == "__main__":
    sys.exit(main())
