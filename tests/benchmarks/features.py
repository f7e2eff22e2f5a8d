"""27 trials of the recipe ``features`` beside a run of the tutorial's loop, on copies of CIFAR-10's cats and dogs.

    python tests/benchmarks/features.py folder:PATH
    python tests/benchmarks/features.py folder:PATH --repeat 3 --views 1
    python tests/benchmarks/features.py folder:PATH --share 0.02        # a look whether it runs; its bars say nothing

In turn, each on the whole machine: the tutorial's ten epochs; a notebook with Lightning, Optuna and MLflow that trains
one network from scratch (left out where the two first are not installed); ``steelyard sweep`` from its start to the
report, with an empty cache and store; scikit-learn's logistic regression on the features that the sweep wrote.
"""

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import torch
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from torch import Tensor
from torch.utils.data import TensorDataset
from yardstick import machine, timed, tutorials_loop, verdict

from steelyard.models.data.partition import Parts
from steelyard.models.spec.sweep import Sweep
from steelyard.models.tutorial.chapters import IMBALANCED, OBJECTIVE
from steelyard.tasks import planning
from steelyard.tasks.features import feature_sets
from steelyard.tasks.images import extraction, image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source

SIZE, WEIGHTS = 128, "0.505:0.99:26"
RATIO, AREA, RECALL, PRECISION, BEHIND = 1.25, 0.91, 0.92, 0.68, 0.005
STRENGTHS = [10.0**power for power in np.arange(-5, -0.9, 0.5)]


@dataclass
class Measured:
    """Seconds of each way, one per round, and what the last round found.

    Attributes:
        seconds: way -> seconds of each round.
        areas: way -> ROC area on test.
        missing: why the notebook's way was left out; "" where it was not.
        best: the sweep's best trial, a row of ``--json``.
        inside: of the sweep's seconds, those of embedding, and of training summed over trials.
        lines: more to say.
    """

    seconds: dict[str, list[float]] = field(default_factory=dict)
    areas: dict[str, float] = field(default_factory=dict)
    missing: str = ""
    best: dict[str, Any] = field(default_factory=dict)
    inside: tuple[float, float] = (0.0, 0.0)
    lines: list[str] = field(default_factory=list)

    def took(self, way: str, seconds: float) -> None:
        self.seconds.setdefault(way, []).append(seconds)
        print(f"{way}: {seconds:.1f} s", flush=True)


def main() -> int:
    """Measure and print; 0 if all bars hold."""
    asked = _arguments()
    found = Measured()
    print(machine("torch", "timm", "scikit-learn"), flush=True)
    for number in range(1, asked.repeat + 1):
        with tempfile.TemporaryDirectory() as folder:
            _round(asked, number, Path(folder), found)
    print(f"\n{machine('torch', 'timm')}; n = {asked.repeat}; {asked.data}, share {asked.share:g}, {asked.views} views")
    return _judge(found)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("data", help="folder:PATH with train/cat, train/dog, test/cat and test/dog")
    parser.add_argument("--views", type=int, default=2, choices=(1, 2))
    parser.add_argument("--repeat", type=int, default=1, help="rounds; seconds are their median")
    parser.add_argument("--share", type=float, default=1.0, help="of train")
    asked = parser.parse_args()
    if not Path(asked.data.removeprefix("folder:")).is_dir():
        parser.error("data must be folder:PATH with train/cat, train/dog, test/cat and test/dog")
    return asked


def _round(asked: argparse.Namespace, number: int, folder: Path, found: Measured) -> None:
    spec, settings = _spec(asked), Settings(cache=folder / "other", workers=1)
    images, parts = _partition(spec.model_copy(update={"recipe": "tutorial"}), settings)
    torch.set_num_threads(os.cpu_count() or 1)
    found.took("tutorial's loop", tutorials_loop(parts, images, seed=number))
    _notebook(images, _partition(spec, settings)[1], folder, found)
    settings = Settings(cache=folder / "cache")
    found.took("steelyard", _sweep(asked, spec, folder, found))
    # After the sweep, since these are its features; every round, as all else.
    _regression(spec, settings, folder, found)


def _spec(asked: argparse.Namespace) -> Sweep:
    cats, dogs = (max(1, round(count * asked.share)) for count in IMBALANCED)
    return Sweep(
        data=asked.data,
        positive="dog",
        negative="cat",
        train_counts=f"cat={cats},dog={dogs}",
        weights=WEIGHTS,
        recipe="features",
        folds=1,
        backbone_size=SIZE,
        views=asked.views,
        objective=OBJECTIVE,
    )


def _partition(spec: Sweep, settings: Settings) -> tuple[Tensor, Parts]:
    image_set = extraction.extract_images(open_source(spec.data, settings.cache), spec.size, settings.cache, False)
    _, turns = planning.plan_sweep(image_set, spec, settings, settings.cache)
    return torch.from_numpy(image_sets.load(image_set).images), turns[0]


def _notebook(images: Tensor, parts: Parts, folder: Path, found: Measured) -> None:
    way = "notebook: Lightning, Optuna, MLflow, 1 trial"
    try:
        import notebook
    except ImportError as error:
        found.missing = f"{way}: left out, {error} (pip install lightning optuna)"
        print(found.missing, flush=True)
        return
    sets = (
        TensorDataset(images[torch.from_numpy(rows)].permute(0, 3, 1, 2), torch.from_numpy(parts.labels[rows]))
        for rows in (parts.train, parts.val, parts.test)
    )
    seconds, found.areas[way] = notebook.one_trial(*sets, folder)
    found.took(way, seconds)


def _sweep(asked: argparse.Namespace, spec: Sweep, folder: Path, found: Measured) -> float:
    """Seconds of the command, its start and its end included."""
    named = ("data", "positive", "negative", "train_counts", "weights", "recipe", "backbone_size", "views", "objective")
    options = [part for name in named for part in (f"--{name.replace('_', '-')}", str(getattr(spec, name)))]
    own = {"STEELYARD_CACHE": f"{folder}/cache", "PREFECT_HOME": f"{folder}/prefect", "PREFECT_API_URL": ""}
    own["MLFLOW_TRACKING_URI"] = f"sqlite:///{folder}/mlflow.db"
    command = [sys.executable, "-m", "steelyard", "sweep", *options, "--json", f"{folder}/found.json"]
    with timed() as seconds:
        ended = subprocess.run(command, env=os.environ | own, capture_output=True, text=True)
    if ended.returncode:
        sys.exit(f"the sweep ended with code {ended.returncode}\n{ended.stderr}")
    told = json.loads((folder / "found.json").read_text())
    found.best = next(trial for trial in told["trials"] if trial["trial_id"] == told["best"])
    found.areas["steelyard"] = found.best["test"]["roc_auc"]
    found.lines = [line for line in ended.stderr.splitlines() if "embedded" in line or " seeds = " in line]
    found.inside = (0.0, sum(trial["seconds"] for trial in told["trials"]))
    return seconds[0]


def _regression(spec: Sweep, settings: Settings, folder: Path, found: Measured) -> None:
    """Of the area that counts as the best, the strength is chosen on test: no choice on train can do better."""
    image_set = extraction.extract_images(open_source(spec.data, settings.cache), spec.size, settings.cache, False)
    plan, turns = planning.plan_sweep(image_set, spec, settings, folder)
    parts = turns[0]
    if plan.shared.features is None or not plan.shared.features.exists():
        sys.exit(f"the sweep's features are not in {plan.shared.features}")
    found.inside = (feature_sets.once(plan.shared.features)["features"], found.inside[1])
    inputs = feature_sets.load(plan.shared.features)
    train, test = (np.array(inputs[rows]) for rows in (parts.train, parts.test))
    labels, of_test = parts.labels[parts.train], parts.labels[parts.test]
    way, cores = "scikit-learn's LogisticRegression", os.cpu_count() or 1
    grid = {"logisticregression__C": STRENGTHS}
    plain = make_pipeline(StandardScaler(), LogisticRegression(max_iter=3000))
    with timed() as seconds:
        search = GridSearchCV(plain, grid, scoring="roc_auc", cv=5, n_jobs=cores).fit(train, labels)
    found.took(f"{way}, {len(STRENGTHS)} strengths, 5 folds", seconds[0])
    found.areas[f"{way}, C = {search.best_params_['logisticregression__C']:.2g} chosen on train"] = float(
        roc_auc_score(of_test, search.decision_function(test))
    )
    areas = {
        strength: float(
            roc_auc_score(
                of_test, plain.set_params(logisticregression__C=strength).fit(train, labels).decision_function(test)
            )
        )
        for strength in STRENGTHS
    }
    best = max(areas, key=areas.__getitem__)
    found.areas[f"{way}, C = {best:.2g} best on test"] = areas[best]


def _judge(found: Measured) -> int:
    seconds = {way: median(of) for way, of in found.seconds.items()}
    loop, best = seconds["tutorial's loop"], found.best
    for way, value in seconds.items():
        print(f"{value:8.1f} s  {value / loop:5.2f} of the tutorial's loop  {way}")
    if found.missing:
        print(found.missing)
    for line in found.lines:
        print(f"steelyard: {line}")
    print(f"of it {found.inside[0]:.1f} s to embed once, the start of its processes left out")
    print(f"and {found.inside[1]:.1f} s of training, summed over all trials")
    for way, area in found.areas.items():
        print(f"ROC area on test {area:.4f}  {way}")
    at, area = best["operating"]["test"], found.areas["steelyard"]
    regression = max(area for way, area in found.areas.items() if "LogisticRegression" in way)
    print(f"recommended: {best['cell']}, threshold {best['operating']['threshold']:.4g}")
    holds = [
        verdict(
            "27 trials, of the tutorial's loop",
            seconds["steelyard"] / loop,
            f"<= {RATIO}",
            seconds["steelyard"] <= RATIO * loop,
        ),
        verdict("ROC area", area, f">= {AREA}", area >= AREA),
        verdict("recall", at["recall"], f">= {RECALL}", at["recall"] >= RECALL),
        verdict("precision", at["precision"], f">= {PRECISION}", at["precision"] >= PRECISION),
        verdict("behind the best logistic regression", regression - area, f"<= {BEHIND}", regression - area <= BEHIND),
    ]
    return 0 if all(holds) else 1


if __name__ == "__main__":
    sys.exit(main())
