"""The verdict's wall time: a bootstrap of 30 trials, all that ``judge`` says, and a plain loop over scikit-learn.

    python tests/benchmarks/verdict.py

10 cells of 3 seeds on 2,000 images of test and of val, 1 in 6 positive, B = 2,000. The loop takes the two areas alone,
of 20 samples, and is scaled up to B. About 1 minute on 2 cores.
"""

import os
import platform
import sys
import time
from collections.abc import Callable
from importlib.metadata import version
from statistics import median

import numpy as np
import pandas as pd
import torch
from sklearn.metrics import average_precision_score, roc_auc_score

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.spec.trial import Compute, Handling, Partition, Recipe, Trial
from steelyard.models.statistics.bootstrap import SAMPLES
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.words.verdict_sentences import worded

CELLS, SEEDS, IMAGES, SHARE = 10, 3, 2000, 1 / 6
OBJECTIVE, BAR = "recall @ precision >= 0.7", 10.0
REPEATS, LOOPED = 5, 20


def main() -> int:
    """Measure and print; 0 if the bootstrap takes less than 10 s."""
    trials = _sweep(np.random.default_rng(0))
    print(_machine(), flush=True)
    bootstrap = [_seconds(lambda: _fresh(trials).sampled) for _ in range(REPEATS)]
    whole = [_seconds(lambda: _judged(trials)) for _ in range(REPEATS)]
    loop = [_seconds(lambda: _plain(_fresh(trials))) * SAMPLES / LOOPED for _ in range(REPEATS)]
    for name, seconds in (("bootstrap", bootstrap), ("bootstrap and judge", whole), ("plain loop, scaled up", loop)):
        print(f"{name}: median {median(seconds):.1f} s ({min(seconds):.1f} to {max(seconds):.1f}), n = {REPEATS}")
    print(f"plain loop / bootstrap: {median(loop) / median(bootstrap):.0f}")
    print(f"bar {BAR:.0f} s for the bootstrap: {'holds' if median(bootstrap) < BAR else 'MISSED'}")
    return 0 if median(bootstrap) < BAR else 1


def _sweep(rng: np.random.Generator) -> list[ScoredTrial]:
    labels = np.tile((np.arange(IMAGES) < SHARE * IMAGES).astype(np.int64), 2)
    hard = rng.standard_normal(len(labels))
    table = pd.DataFrame({"split": np.repeat(["val", "test"], IMAGES), "id": np.arange(len(labels)), "label": labels})
    trials = []
    for place in range(CELLS * SEEDS):
        logits = 0.8 * hard + 0.6 * rng.standard_normal(len(labels)) + 1.5 * labels - 1.5
        scores = table.assign(score=(1 / (1 + np.exp(-logits))).astype(np.float32))
        trials.append(_scored_trial(*divmod(place, SEEDS), scores))
    return trials


def _scored_trial(cell: int, seed: int, scores: pd.DataFrame) -> ScoredTrial:
    trial = Trial(
        image_set="0" * 16,
        partition=Partition(positive="positive"),
        handling=Handling(name=f"handling-{cell}" if cell else "none"),
        seed=seed,
        recipe=Recipe(),
        compute=Compute(device="cpu", threads=1, precision="float32"),
    )
    operating = Operating.choose(scores, Objective.parse(OBJECTIVE))
    outcome = Outcome.of(trial, f"{cell}/{seed}", run_id="", status="FINISHED", operating=operating)
    return ScoredTrial(trial, outcome, scores, learned=0.5)


def _fresh(trials: list[ScoredTrial]) -> Evidence:
    """Evidence that has not computed anything yet."""
    return Evidence(trials, Objective.parse(OBJECTIVE))


def _judged(trials: list[ScoredTrial]) -> None:
    evidence = _fresh(trials)
    worded(judge(evidence, list(evidence.cells)))


def _plain(evidence: Evidence) -> None:
    """Both areas of every trial on a few samples, one at a time."""
    rng, test = np.random.default_rng(0), evidence.test
    classes = [np.flatnonzero(test.labels == label) for label in (0, 1)]
    for _ in range(LOOPED):
        drawn = np.concatenate([rng.choice(rows, len(rows)) for rows in classes])
        for scores in test.scores:
            roc_auc_score(test.labels[drawn], scores[drawn])
            average_precision_score(test.labels[drawn], scores[drawn])


def _seconds(work: Callable[[], object]) -> float:
    start = time.perf_counter()
    work()
    return time.perf_counter() - start


def _machine() -> str:
    versions = ", ".join(f"{name} {version(name)}" for name in ("numpy", "scipy", "scikit-learn"))
    sizes = f"{CELLS * SEEDS} trials, {IMAGES:,} test and {IMAGES:,} val images, B = {SAMPLES:,}"
    name = torch.cpu.get_capabilities().get("cpu_name", platform.processor())
    return f"{name}, {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f}; {versions}; {sizes}"


if __name__ == "__main__":
    sys.exit(main())
