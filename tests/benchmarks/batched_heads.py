"""Heads of a grid of class weights solved one by one, as a sweep does, and as one batched program.

    python tests/benchmarks/batched_heads.py
    python tests/benchmarks/batched_heads.py --images 2000 --features 2560 --heads 12 --device cuda --repeat 5

On noise with two classes that a head tells apart in part, 1 positive in 10. Batched, all heads are one point of one
L-BFGS, which goes on until the last of them has converged. In turn in one process; medians, and how far scores are
apart. As a sweep has them, heads solved one by one also run side by side on the cores; that is not part of this.
"""

import argparse
import time
from statistics import median

import numpy as np
import torch
from torch import Tensor
from yardstick import machine

from steelyard.models.train.principal_axes import Basis, axes_of, turned
from steelyard.models.train.solver import Solution, solve


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    for name, value in (("images", 1200), ("features", 2560), ("heads", 12), ("repeat", 3), ("threads", 1)):
        parser.add_argument(f"--{name}", type=int, default=value)
    parser.add_argument("--device", default="cpu")
    asked = parser.parse_args()
    torch.set_num_threads(asked.threads)
    basis, weights = _basis(asked), torch.linspace(0.5, 0.95, asked.heads, device=asked.device)
    ways = {"one by one": lambda: [_solved(basis, weights[row : row + 1]) for row in range(asked.heads)]}
    ways |= {"batched": lambda: [_solved(basis, weights)]}
    seconds: dict[str, list[float]] = {way: [] for way in ways}
    scores: dict[str, Tensor] = {}
    for _ in range(asked.repeat):
        for way, run in ways.items():
            start = time.perf_counter()
            found = run()
            scores[way] = torch.cat([_scores(basis, each) for each in found]).cpu()
            seconds[way].append(time.perf_counter() - start)
    print(f"{machine('torch')}; {vars(asked)}")
    for way, each in seconds.items():
        print(f"{way}: {median(each):.2f} s (median of {len(each)})")
    ratio = median(seconds["batched"]) / median(seconds["one by one"])
    apart = float((scores["one by one"] - scores["batched"]).abs().max())
    print(f"batched takes {ratio:.2f} of the time; scores differ by at most {apart:.1e}")


def _basis(asked: argparse.Namespace) -> Basis:
    rng = np.random.default_rng(0)
    labels = (rng.random(asked.images) < 0.1).astype(np.int64)
    features = rng.standard_normal((asked.images, asked.features)).astype(np.float32) / np.linspace(
        1, 5, asked.features
    )
    features = (features + labels[:, None] * (rng.standard_normal(asked.features) > 1.5)).astype(np.float32)
    rows = np.arange(asked.images)
    axes = axes_of(features, rows)
    spread = torch.cat(list(turned(features, rows, axes))).to(asked.device)
    moved = type(axes)(*(each.to(asked.device) for each in axes))
    own = torch.from_numpy(labels).to(asked.device)
    return Basis(moved, spread, torch.from_numpy(rows), own, own * 0)


def _solved(basis: Basis, weights: Tensor) -> Solution:
    """Heads of so many weights of the positive class, each with a loss of its own."""

    def loss(logits: Tensor, labels: Tensor) -> Tensor:
        own = torch.where(labels == 1, weights[:, None], 1 - weights[:, None])
        surprise = torch.nn.functional.cross_entropy(logits, labels, reduction="none")
        return ((own * surprise).sum(dim=1) / own.sum(dim=1)).mean()

    everything = torch.arange(len(basis.labels), device=basis.labels.device)
    *_, last = solve(basis, loss, 2, [everything], [0.1] * len(weights))
    return last


def _scores(basis: Basis, solution: Solution) -> Tensor:
    return (basis.turned @ solution.weights + solution.biases[:, None]).softmax(dim=2)[..., 1]


if __name__ == "__main__":
    main()
