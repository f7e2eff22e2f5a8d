"""A trial's operating point: chosen on val, reported on test."""

from collections.abc import Sequence
from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd
from pydantic import Field

from steelyard.models.data.image_set import group_codes
from steelyard.models.metrics.lexicon import LOGGED, METRICS, counted_in
from steelyard.models.metrics.metrics import Labels
from steelyard.models.metrics.tally import MACRO, Tally
from steelyard.models.objective import Objective
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
        thresholds: Sequence[float] = (),
        groups: "pd.Series[str] | None" = None,
        parts: int = 1,
    ) -> Self:
        """Pick the threshold on val and apply it to test.

        Of trials of several folds together the threshold is that of all their scores on val, as if these had one scale,
        which is how the mean of the folds' networks decides; but test's images are decided by the threshold of their
        own fold, which they chose themselves.

        Args:
            scores: columns split, label and score, or ``score_<c>`` of K classes, as a trial writes them.
            objective: what the threshold is for.
            interval: of shares.
            class_names: K names; of two the second is the class to find.
            thresholds: of each fold, by its number in the column ``fold``; none where there is one split.
            groups: name of each image's group by id, "" for one that stands alone; None where all do.
            parts: of all images, val being one, whose thresholds together are to keep the margin.
        """
        tables = {
            str(part): (table["label"].to_numpy(np.int64), matrix(table)) for part, table in scores.groupby("split")
        }
        of_val = group_codes(pd.Index(scores["id"][scores["split"] == "val"]), groups) if groups is not None else None
        choice = choose(objective, *tables["val"], class_names, of_val, parts)
        place = threshold_class(objective, class_names)
        called = {part: decide(of, choice.threshold, place) for part, (_, of) in tables.items()}
        if thresholds:
            called["test"] = decide(
                tables["test"][1], of_folds(scores["fold"][scores["split"] == "test"].to_numpy(), thresholds), place
            )
        classes = len(class_names)
        at = {part: counted(tables[part][0], called[part], classes, place, objective.prevalence) for part in called}
        return cls(
            threshold=choice.threshold,
            feasible=choice.feasible,
            objective=choice.value,
            rank=choice.rank,
            intervals=_intervals(at["test"], tables["test"][0], called["test"], interval) if classes == 2 else {},
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
    test: pd.DataFrame,
    class_names: tuple[str, ...],
    threshold: float | npt.NDArray[np.float64] = -1.0,
    place: int | None = None,
) -> PerClass:
    """Recall, precision and F1 of each class on some images.

    Args:
        test: with label and scores.
        class_names: K names.
        threshold: of a class, or (n,) of each image; by default the highest score decides.
        place: of that class.
    """
    called = decide(matrix(test), threshold, place)
    found = Tally.of(test["label"].to_numpy(np.int64), called, len(class_names)).per_class()
    return {
        name: {metric: float(values[number]) for metric, values in found.items()}
        for number, name in enumerate(class_names)
    }


def of_folds(folds: npt.NDArray[np.int64], thresholds: Sequence[float]) -> npt.NDArray[np.float64]:
    """(n,) the threshold of each image's fold, which are numbered from 1 on."""
    of_image: npt.NDArray[np.float64] = np.asarray(thresholds, np.float64)[folds - 1]
    return of_image


def counted(
    labels: Labels, called: Labels, classes: int, place: int | None = None, prevalence: float | None = None
) -> dict[str, float]:
    """What the metrics of ``LOGGED``, or of ``MACRO`` where every class counts, are of a decision.

    Args:
        labels: (n,) int in [0, K).
        called: (n,) int in [0, K).
        classes: K.
        place: of the class with a threshold.
        prevalence: for which its precision is told too; None for none.
    """
    if classes == 2:
        found = rates_of(labels, called == 1)
        at = {name: float(getattr(found, name)) for name in LOGGED}
    else:
        macro = Tally.of(labels, called, classes).macro()
        at = {name: float(macro[name]) for name in MACRO}
    if prevalence is None or place is None:
        return at
    one = rates_of((labels == place).astype(np.int64), called == place)
    return at | {"precision_at_prevalence": float(one.at(prevalence).precision)}


def _intervals(
    at: dict[str, float], labels: Labels, called: Labels, interval: IntervalName
) -> dict[str, tuple[float, float]]:
    positives, calls = int(labels.sum()), int(called.sum())
    images = counted_in(positives, len(labels) - positives, calls)
    return {name: share_interval(at[name], images[of], interval) for name in LOGGED if (of := METRICS[name].share_of)}
