"""What is wanted where every class counts: balanced accuracy, or one class found at a precision."""

import re
from dataclasses import dataclass, replace
from typing import Self

import numpy as np
import numpy.typing as npt

from steelyard.models.classes.tally import Labels, Scores, Tally, argmax
from steelyard.models.errors import BadInput
from steelyard.models.objective import Choice, Objective
from steelyard.models.objective.grammar import NUMBERS, read_number, write_number
from steelyard.models.objective.threshold import UPPER_END

BY_ARGMAX = -1.0
"""A threshold below every score: no class has one, and the highest score decides."""

DEFAULT = "balanced_accuracy"
GRAMMAR = f"{DEFAULT}, or recall of CLASS @ precision >= 0.7"

FORM = re.compile(r"\s*recall\s+of\s+(?P<name>\S.*?)\s*@\s*precision\s*>=\s*(?P<bound>\S+)\s*")

BEGINS = re.compile(r"\s*recall\s+of\b")


@dataclass(frozen=True)
class ClassesObjective:
    """A metric over all classes, or the recall of one under a bound on its precision.

    Attributes:
        class_name: class whose threshold is chosen; "" for balanced accuracy, where argmax decides.
        bound: on its precision, in (0, 1); 0 for balanced accuracy.
    """

    class_name: str = ""
    bound: float = 0.0

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read an objective as people write it; ``str`` of it reads back as an equal one.

        Raises:
            BadInput: ``text`` is of no form, or its bound is out of range.
        """
        if text.strip() == DEFAULT:
            return cls()
        match = FORM.fullmatch(text)
        if match is None:
            raise BadInput(f"objective must, where every class counts, be {GRAMMAR}; got {text!r}")
        return cls(match["name"], read_number(match["bound"], NUMBERS["precision"], text))

    @classmethod
    def reads(cls, text: str) -> bool:
        """Whether a text has, or begins like, one of the forms; balanced accuracy is also one of two classes."""
        return text.strip() == DEFAULT or BEGINS.match(text) is not None

    def __str__(self) -> str:
        if not self.class_name:
            return DEFAULT
        return f"recall of {self.class_name} @ precision >= {write_number(self.bound)}"

    def choose(self, labels: Labels, scores: Scores, class_names: tuple[str, ...]) -> Choice:
        """The operating point on one part: ``BY_ARGMAX``, or the class's best threshold.

        Args:
            labels: (n,) int in [0, K).
            scores: (n, K) float, probability of each class.
            class_names: K names.

        Raises:
            ValueError: the part lacks the class, or holds nothing else.
        """
        tally = Tally.of(labels, argmax(scores), len(class_names))
        if not self.class_name:
            value = float(tally.macro()["balanced_accuracy"])
            return Choice(BY_ARGMAX, True, value, value)
        place = class_names.index(self.class_name)
        wanted = Objective("recall", "precision", self.bound)
        choice = wanted.choose((labels == place).astype(np.int64), scores[:, place], fallback=UPPER_END)
        if choice.feasible:
            return choice
        return replace(choice, threshold=BY_ARGMAX, value=float(tally.per_class()["recall"][place]))

    def decide(self, scores: Scores, threshold: float, class_names: tuple[str, ...]) -> npt.NDArray[np.int64]:
        """The class each image is called.

        An image is called the objective's class where its score reaches the threshold, and otherwise the class of the
        highest score among the others.

        Args:
            scores: (n, K) float.
            threshold: as chosen; ``BY_ARGMAX`` where the highest score decides.
            class_names: K names.

        Returns:
            (n,) int64 in [0, K).
        """
        if threshold == BY_ARGMAX:
            return argmax(scores)
        place = class_names.index(self.class_name)
        own, others = scores[:, place].astype(np.float64), scores.astype(np.float64)
        others[:, place] = -np.inf
        return np.where(own >= threshold, place, argmax(others))
