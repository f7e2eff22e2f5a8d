"""How often what is said of K classes holds for all images and seeds.

Image i of class c is hit by trial t where  sqrt(r) u_i + sqrt(1 - r) e_ti <= a_c + b_t,  u, e normal, b normal with
deviation ``between``: the difficulty u is shared by all trials. A miss is called the next class.
"""

from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd
import pytest
import synthetic_classes
from scipy.stats import norm
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]

from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Handling
from steelyard.models.statistics.class_bootstrap import bootstrap
from steelyard.models.verdict import every_class_metrics as points
from steelyard.models.verdict.differences import differences
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.published import published
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.scores_by_image import Part

pytestmark = pytest.mark.slow

SWEEPS, SAMPLES, SEEDS = 300, 100, 3
TAILED = (0.95, 0.9, 0.9, 0.85, 0.8, 0.8, 0.7, 0.6, 0.5, 0.4)
"""Recalls of ten classes, as an imbalanced train gives them."""


@pytest.fixture(autouse=True)
def one_thread_of_blas() -> Iterator[None]:
    with threadpool_limits(1):
        yield


@pytest.fixture(scope="module")
def trials() -> Sequence[ScoredTrial]:
    """Trials of four handlings, whose decisions are drawn elsewhere."""
    labels, scores, names = np.array([0, 1]), np.eye(2), ("a", "b")
    handlings = [
        Handling(name=name, options=synthetic_classes.OPTIONS.get(name, "")) for name in synthetic_classes.ORDER
    ]
    return [
        synthetic_classes.finished(handling, seed, labels, scores, Objective("balanced_accuracy"), names)
        for handling in handlings
        for seed in range(SEEDS)
    ]


def sweep(
    trials: Sequence[ScoredTrial], recalls: Sequence[float], sizes: Sequence[int], between: float, number: int
) -> Evidence:
    """What one sweep of handlings that are all alike finds; the same number finds the same."""
    rng, labels, classes = np.random.default_rng(number), np.repeat(np.arange(len(sizes)), sizes), len(sizes)
    own = rng.standard_normal((len(trials), len(labels)))
    hard = np.sqrt(0.6) * rng.standard_normal(len(labels)) + np.sqrt(0.4) * own
    cut = norm.ppf(np.asarray(recalls)) * np.sqrt(1 + between**2)
    hit = hard <= cut[labels] + between * rng.standard_normal((len(trials), 1))
    names = tuple(f"class {of}" for of in range(classes))
    found = Evidence(trials, Objective("balanced_accuracy"), samples=SAMPLES, classes=names, train=(1,) * classes)
    # The decisions are known already: a table of scores per trial would cost more time than all that is tested here.
    vars(found)["test"] = Part(pd.RangeIndex(len(labels)), labels, np.zeros(hit.shape, np.float32))
    vars(found)["_of_classes"] = _counted(labels, np.where(hit, labels, (labels + 1) % classes), classes), {}
    return found


def _counted(labels: npt.NDArray[np.int64], called: npt.NDArray[np.int64], classes: int) -> dict[str, object]:
    counted, _ = bootstrap(labels, {"argmax": called}, classes, SAMPLES)
    return counted | {"operating": counted["argmax"]}


@pytest.mark.parametrize(
    ("recalls", "sizes"),
    [
        pytest.param(TAILED, (15,) * 10, id="15 images per class"),
        pytest.param((0.98,) * 10, (15, 30) * 5, id="recalls of 0.98"),
    ],
)
def test_intervals_of_macro_recall_and_of_no_difference_cover_92_to_99_percent(
    trials: Sequence[ScoredTrial], recalls: Sequence[float], sizes: Sequence[int]
) -> None:
    held: dict[str, list[bool]] = {"recall": [], "difference": []}
    for number in range(SWEEPS):
        evidence = sweep(trials, recalls, sizes, 0.15, number)
        recall = list(points.macro(evidence, "argmax").values())[-1]["recall"]
        difference = list(differences(evidence).values())[-1]["balanced_accuracy"]
        held["recall"].append(recall.low <= np.mean(recalls) <= recall.high)
        held["difference"].append(difference.low <= 0 <= difference.high)
    for name, each in held.items():
        assert 0.92 <= np.mean(each) <= 0.99, name


@pytest.mark.parametrize(
    ("images", "classes", "seeds"),
    [
        pytest.param(20, 10, SEEDS, id="20 images of ten classes"),
        pytest.param(1, 50, 1, id="an image of 50 classes, one seed"),
        pytest.param(2, 50, 1, id="two images of 50 classes, one seed"),
    ],
)
def test_handlings_that_are_alike_are_seldom_put_in_any_order(
    trials: Sequence[ScoredTrial], images: int, classes: int, seeds: int
) -> None:
    some, between = [of for of in trials if of.outcome.seed < seeds], 0.15 if seeds > 1 else 0.0
    recalls = np.resize(TAILED, classes).tolist()
    found = [published(sweep(some, recalls, (images,) * classes, between, number)) for number in range(SWEEPS)]
    claims = [any(pair.says != "cannot tell" for pair in pairs) for pairs in found]
    assert {len(pairs) for pairs in found} == {6}
    # Within two standard errors of 5 % over so many sweeps.
    assert np.mean(claims) <= 0.075
