"""The sound recipe's bar, and its wall time beside the tutorial's own loop, on copies of CIFAR-10's cats and dogs.

    python tests/benchmarks/sound_recipe.py folder:PATH

Per seed, in turn on the whole machine: one trial of the sound recipe, and the tutorial's ten epochs as its notebook
runs them, with a second pass over train and two over validation after each. About 6 minutes on 2 cores.
"""

import platform
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from importlib.metadata import version
from pathlib import Path

import numpy as np
import pandas as pd
import torch
from torch import Tensor, nn

from models import trainer
from models.handlings.stream import draw
from models.inputs import presented
from models.learner import Data
from models.networks import classifier, initialise
from models.objective import Objective
from models.outcome import Operating
from models.partition import Parts
from models.spec import Sweep
from models.trial import Trial
from models.tutorial.story import OBJECTIVE, Story
from tasks import planning
from tasks.images import store
from tasks.settings import Settings
from tasks.sources import open_source

SEEDS, EPOCHS, BATCH = (1, 2, 3), 10, 64
AREA, RECALL, PRECISION = 0.89, 0.90, 0.68


def main(data: str) -> int:
    """Measure and print; 0 if the bar holds."""
    settings = Settings(workers=1)
    spec = Story(data=data, seeds=",".join(map(str, SEEDS))).chapters()["sound"]
    image_set = store.extract_images(open_source(data, settings.cache), spec.size, settings.cache, False)
    images = torch.from_numpy(store.load(image_set).images)
    plan, parts = planning.plan_sweep(image_set, spec, settings, settings.cache)
    torch.set_num_threads(plan.trials[0].compute.threads)
    _, whole = planning.plan_sweep(image_set, _as_the_tutorial(spec), settings, settings.cache)
    print(_machine(plan.trials[0]), flush=True)
    rows = []
    for trial in plan.trials:
        rows.append(_sound(trial, parts, images) | {"tutorial": _tutorial(whole, images, trial.seed)})
        print({key: round(value, 3) for key, value in rows[-1].items()}, flush=True)
    return _judge(pd.DataFrame(rows))


def _as_the_tutorial(spec: Sweep) -> Sweep:
    return spec.model_copy(update={"recipe": "tutorial"})


def _sound(trial: Trial, parts: Parts, images: Tensor) -> dict[str, float]:
    labels, val, test = (torch.from_numpy(part) for part in (parts.labels, parts.val, parts.test))
    plan = torch.from_numpy(parts.train[draw(parts.labels[parts.train], trial.handling, trial.seed, trial.recipe)])
    data = Data(images, labels, plan, val)
    network = trainer.build(trial, data)
    with _timed() as seconds:
        for _ in trainer.fit(network, data, trial):
            pass
        logits = {part: trainer.score(network, images, rows) for part, rows in (("val", val), ("test", test))}
    scores = pd.concat(
        pd.DataFrame({"split": part, "label": parts.labels[rows], "score": trainer.probability(logits[part])})
        for part, rows in (("val", parts.val), ("test", parts.test))
    )
    at = Operating.choose(scores, Objective.parse(OBJECTIVE)).test
    area = trainer.summary("test", logits["test"], labels[test])["test/roc_auc"]
    return {"roc_auc": area, "recall": at["recall"], "precision": at["precision"], "seconds": seconds[0]}


def _tutorial(parts: Parts, images: Tensor, seed: int) -> float:
    """Seconds of the tutorial's procedure, its bookkeeping passes included."""
    torch.manual_seed(seed)
    order = torch.from_numpy(np.random.default_rng(seed).permutation(parts.train))
    labels, test = torch.from_numpy(parts.labels), torch.from_numpy(parts.test)
    network = classifier("tutorial", images.shape[3], softmax=True, fixed_pool=True)
    initialise(network, torch.Generator().manual_seed(seed), xavier=True)
    optimiser, loss = torch.optim.Adam(network.parameters(), lr=1e-3), nn.CrossEntropyLoss()
    with _timed() as seconds:
        for _ in range(EPOCHS):
            for rows in torch.split(order, BATCH):
                optimiser.zero_grad()
                loss(network(presented(images[rows])), labels[rows]).backward()
                optimiser.step()
            network.eval()
            for part in (order, test, test):
                _pass(network, images, part)
    return seconds[0]


def _pass(network: nn.Module, images: Tensor, part: Tensor) -> None:
    with torch.no_grad():
        for rows in torch.split(part, BATCH):
            network(presented(images[rows])).argmax(1)


@contextmanager
def _timed() -> Iterator[list[float]]:
    seconds: list[float] = []
    start = time.perf_counter()
    yield seconds
    seconds.append(time.perf_counter() - start)


def _machine(trial: Trial) -> str:
    compute, name = trial.compute, torch.cpu.get_capabilities().get("cpu_name", platform.processor())
    return (
        f"{name}, {compute.threads} threads, sound in {compute.precision}, torch {version('torch')}, n = {len(SEEDS)}"
    )


def _judge(rows: pd.DataFrame) -> int:
    mean, deviation = rows.mean(), rows.std(ddof=1)
    ratio = float((rows["seconds"] / rows["tutorial"]).median())
    for name, bar in (("roc_auc", AREA), ("recall", RECALL), ("precision", PRECISION)):
        print(
            f"{name} {mean[name]:.3f} ±{deviation[name]:.3f}, bar {bar}: {'holds' if mean[name] >= bar else 'MISSED'}"
        )
    print(f"seconds {rows['seconds'].median():.0f}, tutorial's loop {rows['tutorial'].median():.0f}: {ratio:.2f} of it")
    bars = mean["roc_auc"] >= AREA, mean["recall"] >= RECALL, mean["precision"] >= PRECISION, ratio <= 1
    return 0 if all(bars) else 1


if __name__ == "__main__":
    if len(sys.argv) != 2 or not Path(sys.argv[1].removeprefix("folder:")).is_dir():
        sys.exit("data must be folder:PATH with train/cat, train/dog, test/cat and test/dog; give it as the argument")
    sys.exit(main(sys.argv[1]))
