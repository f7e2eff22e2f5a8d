"""How often the model to use keeps to its constraint, with the default margin and at the edge, on real images.

    PYTHONPATH=tests/support python tests/benchmarks/margin.py elpv,defective,0.7 digits,8,0.9 folder:PATH,dog,0.7

Again and again some images, groups whole, are swept in folds, as ``steelyard sweep`` does with frozen features: a head
per fold, a threshold from all scores of val, a head on all of these images. All others are the population in which its
precision should keep to the limit, as nearly as they tell.
"""

import argparse
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import torch
from folded import FOLDS, scored, together
from heads import Features, basis_of
from yardstick import machine

from steelyard.flows.__main__ import run
from steelyard.models.data.carve import carve
from steelyard.models.data.partition import take_turns
from steelyard.models.handlings.parse import resolve
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Partition
from steelyard.models.train import trainer
from steelyard.models.train.head import Head, choose, solved
from steelyard.tasks import planning
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import extraction, image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

MARGINS = (0.9, 0.5)
NONE = resolve("none", (1, 1))

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Images:
    """Of a source: features (N, D), labels (N,) with 1 for the positive, and a table as ``take_turns`` takes it."""

    features: Features
    labels: Rows
    table: pd.DataFrame


def main() -> None:
    """Print a row per source."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("asked", nargs="+", metavar="DATA,POSITIVE,PRECISION")
    parser.add_argument("--images", type=int, default=600, help="of each sweep")
    parser.add_argument("--splits", type=int, default=40)
    parser.add_argument("--folder", type=Path, default=Path("margin"), help="for the cache and a store")
    given = parser.parse_args()
    print(machine("torch", "timm"), flush=True)
    print("| source | wish | splits | margin | feasible | kept to it, of these | precision, median | recall, median |")
    for data, positive, least in (asked.rsplit(",", 2) for asked in given.asked):
        images, wish = read(data, positive, given.folder), f"recall @ precision >= {least}"
        found = [swept for seed in range(given.splits) if (swept := sweep(images, wish, given.images, seed))]
        for place, margin in enumerate(MARGINS):
            points = np.array([of[place] for of in found])
            feasible = points[points[:, 0] > 0]
            kept, (precision, recall) = np.mean(feasible[:, 1] >= float(least)), np.median(feasible[:, 1:], axis=0)
            rates = f"{len(feasible)} | {100 * kept:.0f} % | {precision:.2f} | {recall:.2f}"
            print(f"| {data} | {wish} | {len(found)} | {margin} | {rates} |", flush=True)


def read(data: str, positive: str, folder: Path) -> Images:
    """Embed a source by a small sweep of it, and find its features again."""
    settings = Settings(cache=folder / "cache", tracking_uri=f"sqlite:///{folder}/mlflow.db")
    folder.mkdir(exist_ok=True)
    given = {
        "data": data,
        "positive": positive,
        "weights": "0.8",
        "imbalance": "0",
        "tracking-uri": settings.tracking_uri,
    }
    options = [f"--{name}={value}" for name, value in given.items()]
    assert run(["sweep", *options, f"--cache={settings.cache}"]) == 0
    path = extraction.extract_images(open_source(data, settings.cache), 32, settings.cache, False)
    spec = planning.settled(Sweep(data=data, positive=positive, imbalance=0), path, settings)
    images = image_sets.load(path)
    labels = (images.table["label"] == images.class_names.index(positive)).to_numpy(np.int64)
    table = images.table.assign(label=labels, split="")
    return Images(feature_sets.load(planning.embedding(path, spec, settings).place.folder), labels, table)


def sweep(images: Images, wish: str, size: int, seed: int) -> list[tuple[float, float, float]] | None:
    """By margin: whether val has a threshold that clears it, and the model's precision and recall in the population."""
    rng, groups = np.random.default_rng(seed), images.table["group"].to_numpy()
    rest, own = carve(np.arange(len(groups)), images.labels, groups, size / len(groups), rng)
    table, names = images.table.iloc[own].reset_index(drop=True), images.table.iloc[own]["group"]
    ids = [f"{row:05}" for row in range(len(own))]
    by_id = pd.Series(names.to_numpy(), index=ids)
    turns = take_turns(table, ("rest", "positive"), Partition(positive="positive", folds=FOLDS, split_seed=seed))
    of_turn = {turn: head(images, own, parts.train, groups) for turn, parts in turns.items()}
    final, found = head(images, own, np.arange(len(own)), groups, on=rest), []
    for margin in MARGINS:
        objective = Objective.parse(wish, margin)
        trials = [scored(parts, turn, of_turn[turn], objective, groups=by_id) for turn, parts in turns.items()]
        (outcome,), _ = together(trials, objective, by_id)
        assert outcome.operating is not None
        called, positive = final >= outcome.operating.threshold, images.labels[rest] == 1
        hits = float(np.sum(called & positive))
        found.append((float(outcome.operating.feasible), hits / max(1, called.sum()), hits / positive.sum()))
    return found


def head(images: Images, own: Rows, train: Rows, groups: npt.NDArray[np.object_], on: Rows | None = None) -> Features:
    """Scores of the sweep's images, or of others, by a head that is solved on some of the sweep's."""
    basis = basis_of(images.features, own[train], images.labels, groups)
    network = Head(basis, 2, choose(basis, NONE))
    list(solved(network, NONE))
    rows = torch.from_numpy(own if on is None else on)
    score = partial(trainer.score, network, torch.from_numpy(np.asarray(images.features)))
    return trainer.probabilities(score(rows))[:, 1]


if __name__ == "__main__":
    main()
