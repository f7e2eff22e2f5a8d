"""A trial's operating point: chosen on val, reported on test."""

from typing import Self

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.image_set import group_codes
from steelyard.models.metrics.metrics import Labels
from steelyard.models.metrics.registry import LOGGED, METRICS
from steelyard.models.metrics.tally import MACRO, Tally
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import choose, decide, rates_of, threshold_class
from steelyard.models.spec.trial import Frozen

TWO = ("rest", "positive")
"""Names of two classes where nobody asks for them."""

PREFIX = "score_"
"""Of the columns of a trial's scores over K classes, followed by the number of the class."""

PerClass = dict[str, dict[str, float]]


class Operating(Frozen):
    """An operating point: chosen on val, reported on test.

    Attributes:
        threshold: on the scale of ``scores.parquet``; -1 where the highest score decides.
        feasible: whether the objective's constraint is certified there, on val.
        objective: value of the optimised metric on val, at the objective's prevalence where it states one; cost is per
            image, average precision that of the whole curve.
        rank: higher is better.
        val: recall, precision, accuracy, f1 at the threshold, as counted; where every class counts, means over the
            classes present, with balanced_accuracy. With precision_at_prevalence, of the class that has the threshold,
            where the objective states a prevalence.
        test: likewise.
    """

    threshold: float
    feasible: bool
    objective: float
    rank: float
    val: dict[str, float]
    test: dict[str, float]

    @classmethod
    def choose(
        cls,
        scores: pd.DataFrame,
        objective: Objective,
        class_names: tuple[str, ...] = TWO,
        groups: "pd.Series[str] | None" = None,
    ) -> Self:
        """Choose the threshold on val and apply it to test, which may be the same images.

        Args:
            scores: columns split, id, label and score, or ``score_<c>`` of K classes, as a trial writes them.
            objective: what the threshold is for.
            class_names: K names; of two the second is the class to find.
            groups: name of each image's group by id, "" for one that stands alone; None where all do.
        """
        tables = {
            str(part): (table["label"].to_numpy(np.int64), matrix(table)) for part, table in scores.groupby("split")
        }
        of_val = group_codes(pd.Index(scores["id"][scores["split"] == "val"]), groups) if groups is not None else None
        choice = choose(objective, *tables["val"], class_names, of_val)
        place, classes = threshold_class(objective, class_names), len(class_names)
        at = {
            part: counted(labels, decide(of, choice.threshold, place), classes, place, objective.prevalence)
            for part, (labels, of) in tables.items()
        }
        return cls(
            threshold=choice.threshold, feasible=choice.certified, objective=choice.value, rank=choice.rank, **at
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
    threshold: float = -1.0,
    place: int | None = None,
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
        at = {name: float(METRICS[name].value(found)) for name in LOGGED}
    else:
        macro = Tally.of(labels, called, classes).macro()
        at = {name: float(macro[name]) for name in MACRO}
    if prevalence is None or place is None:
        return at
    one = rates_of((labels == place).astype(np.int64), called == place)
    return at | {"precision_at_prevalence": float(one.at(prevalence).precision)}
