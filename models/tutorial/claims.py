"""What the tutorial claims, run by run, and whether the numbers agree."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np

from steelyard.models.spec.trial import Frozen
from steelyard.models.tutorial.chapters import MORE, WEIGHT

Verdict = Literal["confirmed", "not confirmed", "cannot tell", ""]
Metrics = Mapping[str, float]
SHOWN = ("recall", "precision", "accuracy", "roc_auc", "train_accuracy")
MIDDLE = 5


@dataclass(frozen=True)
class Reading:
    """The metrics of ``SHOWN``, at argmax on the part that a run validates on, after ``MIDDLE`` epochs and the last."""

    middle: Metrics
    end: Metrics


Readings = Mapping[tuple[str, str], Mapping[int, Reading]]
"""(chapter, cell) -> seed -> reading."""


@dataclass(frozen=True)
class Claim:
    """A sentence of the tutorial about one cell, and what a run must show for it.

    Attributes:
        run: what the tutorial calls it.
        says: the claim in our words; "" where it describes a run and never shows it.
        holds: (metrics of the run, metrics of the cell ``beside`` with the same seed) -> whether the claim holds.
        middle: whether it is about epoch ``MIDDLE`` instead of the last.
        beside: cell of the same chapter to compare with; the cell itself if "".
    """

    run: str
    says: str
    chapter: str
    cell: str
    holds: Callable[[Metrics, Metrics], bool] = lambda run, beside: True
    middle: bool = False
    beside: str = ""


class Row(Frozen):
    """A claim beside what was measured.

    Attributes:
        run: as in ``Claim``, like ``says``, ``chapter`` and ``cell``.
        epoch: ``MIDDLE``, or 0 for the last.
        n: seeds measured.
        held: seeds in which the claim holds.
        verdict: ``confirmed`` if it holds in every one of two seeds or more, ``not confirmed`` if in none of them,
            ``cannot tell`` otherwise; "" without a claim.
        mean: of each metric of ``SHOWN`` over the seeds.
        deviation: sample standard deviation, None for one seed.
    """

    run: str
    says: str
    chapter: str
    cell: str
    epoch: int
    n: int
    held: int
    verdict: Verdict
    mean: dict[str, float]
    deviation: dict[str, float | None]

    def figure(self, name: str) -> str:
        """Mean and deviation of a metric, ``0.52 ±0.03``; a dash where nothing was measured."""
        return figure(self.mean.get(name), self.deviation.get(name))


def figure(mean: float | None, deviation: float | None) -> str:
    """``0.52 ±0.03``, or ``0.52``, or a dash."""
    if mean is None:
        return "-"
    return f"{mean:.2f}" if deviation is None else f"{mean:.2f} ±{deviation:.2f}"


def near(value: float, target: float, within: float) -> bool:
    """Whether a metric is what the tutorial read off its plot."""
    return abs(value - target) <= within + 1e-9


def is_collapse(run: Metrics) -> bool:
    """Recall of 0.05 or less at an accuracy of 0.50: everything is called a cat."""
    return run["recall"] <= 0.05 and near(run["accuracy"], 0.5, 0.02)


def _is_mock(run: Metrics, beside: Metrics) -> bool:
    return is_collapse(run) and near(run["train_accuracy"], 0.8, 0.02)


def _is_all_dog(run: Metrics, beside: Metrics) -> bool:
    halves = near(run["precision"], 0.5, 0.01) and near(run["accuracy"], 0.5, 0.01)
    return run["recall"] >= 0.99 and halves and near(run["train_accuracy"], 0.2, 0.02)


CLAIMS: tuple[Claim, ...] = (
    Claim(
        "all-cat mock model", "accuracy 0.80 on train, 0.50 on validation; recall 0", "tutorial", "constant", _is_mock
    ),
    Claim("unweighted", "the same as the mock model", "tutorial", "none", _is_mock),
    Claim(
        "weights (0, 1)",
        "accuracy 0.20 on train, 0.50 on validation; recall 1, precision 0.50",
        "tutorial",
        "weights 1",
        _is_all_dog,
    ),
    Claim(
        "weights (0.15, 0.85)",
        "accuracy a little over 0.65, recall about 0.70",
        "tutorial",
        WEIGHT,
        lambda run, beside: near(run["accuracy"], 0.67, 0.03) and near(run["recall"], 0.7, 0.05),
    ),
    *(
        claim
        for chapter, size in (("balanced", "5,000 : 5,000"), ("balanced, smaller", "3,000 : 3,000"))
        for claim in (
            Claim(
                f"balanced {size}",
                "epoch 5: accuracy over 0.70, recall under 0.50",
                chapter,
                "none",
                lambda run, beside: run["accuracy"] > 0.7 and run["recall"] < 0.5,
                middle=True,
            ),
            # False positives outnumber false negatives where more is called positive than is: recall over precision.
            Claim(
                f"balanced {size}",
                "epoch 10: more false positives than false negatives",
                chapter,
                "none",
                lambda run, beside: run["recall"] > run["precision"],
            ),
        )
    ),
    Claim(
        "balanced 5,000 : 5,000, weights (0.15, 0.85)",
        "weights squeeze more recall out even of balanced data",
        "balanced",
        WEIGHT,
        lambda run, beside: run["recall"] > beside["recall"],
        beside="none",
    ),
    Claim("downsampled to 1,200 : 1,200", "", "tutorial", "downsample"),
    Claim("upsampled to 4,800 : 4,800", "", "tutorial", "upsample"),
    Claim("features of a pretrained network, unweighted", "", "features", "none"),
)


def judge(readings: Readings) -> tuple[Row, ...]:
    """A row per claim; a claim whose runs all failed has n = 0 and cannot be told."""
    return tuple(_row(claim, readings) for claim in CLAIMS)


def _row(claim: Claim, readings: Readings) -> Row:
    runs, others = (_metrics(claim, cell, readings) for cell in (claim.cell, claim.beside or claim.cell))
    seeds = sorted(runs.keys() & others.keys())
    held = sum(claim.holds(runs[seed], others[seed]) for seed in seeds)
    values = {name: np.array([runs[seed][name] for seed in seeds]) for name in SHOWN} if seeds else {}
    return Row(
        **{name: getattr(claim, name) for name in ("run", "says", "chapter", "cell")},
        epoch=MIDDLE if claim.middle else 0,
        n=len(seeds),
        held=held,
        verdict=_verdict(claim, held, len(seeds)),
        mean={name: float(of.mean()) for name, of in values.items()},
        deviation={name: float(of.std(ddof=1)) if len(of) > 1 else None for name, of in values.items()},
    )


def _metrics(claim: Claim, cell: str, readings: Readings) -> dict[int, Metrics]:
    seeds = seeds_of(readings, claim.chapter, cell)
    return {seed: reading.middle if claim.middle else reading.end for seed, reading in seeds.items()}


def seeds_of(readings: Readings, chapter: str, cell: str) -> dict[int, Reading]:
    """The runs of a cell by seed, further seeds included."""
    return {**readings.get((chapter, cell), {}), **readings.get((chapter + MORE, cell), {})}


def _verdict(claim: Claim, held: int, n: int) -> Verdict:
    if not claim.says:
        return ""
    if n < 2 or 0 < held < n:
        return "cannot tell"
    return "confirmed" if held else "not confirmed"
