"""A trial's operating point: chosen on val, reported on test."""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from steelyard.models.metrics.lexicon import LOGGED, METRICS, counted_in
from steelyard.models.metrics.metrics import Labels, Scores
from steelyard.models.metrics.tally import MACRO, Tally
from steelyard.models.objective import Objective, rates
from steelyard.models.objective.threshold_choice import choose, decide, rates_of, threshold_class
from steelyard.models.spec.trial import Frozen
from steelyard.models.statistics.intervals import IntervalName, share_interval

TWO = ("rest", "positive")
"""Names of two classes where nobody asks for them."""

PREFIX = "score_"
"""Of the columns of a trial's scores over K classes, followed by the number of the class."""

PerClass = dict[str, dict[str, float]]


class Operating(Frozen):
    """An operating point: chosen on val, reported on test.

    Attributes:
        threshold: on the scale of ``scores.parquet``; -1 where the highest score decides.
        feasible: whether val meets the objective's constraint there.
        objective: value of the optimised metric on val, at the objective's prevalence where it states one; cost is per
            image, average precision that of the whole curve.
        rank: higher is better.
        val: recall, precision, accuracy, f1 at the threshold, as counted; where every class counts, means over the
            classes present, with balanced_accuracy. With precision_at_prevalence, of the class that has the threshold,
            where the objective states a prevalence.
        test: likewise.
        intervals: 95 % intervals of test's recall, precision and accuracy, over other images alone, where there is a
            class to find.
    """

    threshold: float
    feasible: bool
    objective: float
    rank: float
    val: dict[str, float]
    test: dict[str, float]
    intervals: dict[str, tuple[float, float]] = Field(default_factory=dict)

    @classmethod
    def choose(
        cls,
        scores: pd.DataFrame,
        objective: Objective,
        interval: IntervalName = "wilson",
        class_names: tuple[str, ...] = TWO,
    ) -> Self:
        """Pick the threshold on val and apply it to test.

        Args:
            scores: columns split, label and score, or ``score_<c>`` of K classes, as a trial writes them.
            objective: what the threshold is for.
            interval: of shares.
            class_names: K names; of two the second is the class to find.
        """
        parts = {
            str(part): (table["label"].to_numpy(np.int64), matrix(table)) for part, table in scores.groupby("split")
        }
        choice = choose(objective, *parts["val"], class_names)
        place, two = threshold_class(objective, class_names), len(class_names) == 2
        at = {part: _at(*parts[part], choice.threshold, place, objective.prevalence) for part in ("val", "test")}
        return cls(
            threshold=choice.threshold,
            feasible=choice.feasible,
            objective=choice.value,
            rank=choice.rank,
            intervals=_intervals(at["test"], *parts["test"], choice.threshold, interval) if two else {},
            **at,
        )

    def flat(self) -> dict[str, float]:
        """The metrics ``operating/...`` of a run."""
        named = {"threshold": self.threshold, "feasible": float(self.feasible)}
        named |= {"objective": self.objective, "rank": self.rank}
        for part, at in (("val", self.val), ("test", self.test)):
            named |= {f"{part}/{name}": value for name, value in at.items()}
        return {f"operating/{name}": value for name, value in named.items()}


def matrix(scores: pd.DataFrame) -> npt.NDArray[np.float32]:
    """(n, K) float32, the probability of each class, from the columns ``score_0``, ``score_1``, ... or ``score``."""
    if "score" in scores:
        positive = scores["score"].to_numpy(np.float32)
        return np.column_stack([1 - positive, positive])
    columns = [column for column in scores.columns if column.startswith(PREFIX)]
    return scores[[f"{PREFIX}{place}" for place in range(len(columns))]].to_numpy(np.float32)


def per_class(
    test: pd.DataFrame, class_names: tuple[str, ...], threshold: float = -1.0, place: int | None = None
) -> PerClass:
    """Recall, precision and F1 of each class on some images.

    Args:
        test: with label and scores.
        class_names: K names.
        threshold: of a class; by default the highest score decides.
        place: of that class.
    """
    called = decide(matrix(test), threshold, place)
    found = Tally.of(test["label"].to_numpy(np.int64), called, len(class_names)).per_class()
    return {
        name: {metric: float(values[number]) for metric, values in found.items()}
        for number, name in enumerate(class_names)
    }


def _at(
    labels: Labels, scores: Scores, threshold: float, place: int | None, prevalence: float | None
) -> dict[str, float]:
    called = decide(scores, threshold, place)
    if scores.shape[1] == 2:
        counted = rates(labels, scores[:, 1], np.array([threshold]))
        at = {name: float(getattr(counted, name)[0]) for name in LOGGED}
    else:
        found = Tally.of(labels, called, scores.shape[1]).macro()
        at = {name: float(found[name]) for name in MACRO}
    if prevalence is None or place is None:
        return at
    one = rates_of((labels == place).astype(np.int64), called == place)
    return at | {"precision_at_prevalence": float(one.at(prevalence).precision)}


def _intervals(
    at: dict[str, float], labels: Labels, scores: Scores, threshold: float, interval: IntervalName
) -> dict[str, tuple[float, float]]:
    positives, calls = int(labels.sum()), int((scores[:, 1].astype(np.float64) >= threshold).sum())
    images = counted_in(positives, len(labels) - positives, calls)
    return {name: share_interval(at[name], images[of], interval) for name in LOGGED if (of := METRICS[name].share_of)}
