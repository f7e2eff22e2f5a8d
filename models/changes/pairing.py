"""What two sweeps have in common."""

from dataclasses import dataclass
from functools import cached_property

import pandas as pd

from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.report.dossier import Dossier

ALIKE = 1.1
"""Odds of positives up to so many times as high are taken as alike: they move precision by 2.4 points at most."""

WHEN = ("before", "now")
PARTS = ("train", "val", "test")
BALANCED = "balanced_accuracy"


@dataclass(frozen=True)
class Pairing:
    """Two sweeps of the same kind: both look for a class, or in both every class counts."""

    earlier: Dossier
    later: Dossier

    @property
    def sweeps(self) -> tuple[Dossier, Dossier]:
        """Both."""
        return self.earlier, self.later

    @property
    def same_classes(self) -> bool:
        """Whether both look for the same class among the same others, or tell the same classes apart."""
        return self.earlier.about.subject.class_names == self.later.about.subject.class_names

    @cached_property
    def same_subject(self) -> bool:
        """Whether both are about the same classes in images of the same source, or in some of the same images."""
        before, now = self.sweeps
        of_one_source = before.about.subject.image_set == now.about.subject.image_set
        return self.same_classes and (
            of_one_source or not set(before.images["digest"]).isdisjoint(now.images["digest"])
        )

    @cached_property
    def images(self) -> pd.DataFrame:
        """Part, label, digest and group of the images in use in either sweep, ``part/before``, ``part/now``, by id."""
        # Read from a file or not, columns have types that compare.
        types = {"id": str, "part": str, "label": int, "digest": str, "group": str}
        before, now = (sweep.images[list(types)].astype(types).set_index("id") for sweep in self.sweeps)
        return before.add_suffix("/before").join(now.add_suffix("/now"), how="outer")

    @cached_property
    def changed_parts(self) -> list[str]:
        """The parts that do not hold the images that they held, pixel by pixel, under the same names and labels."""
        before, now = (self.images[[f"{name}/{when}" for name in ("part", "label", "digest")]] for when in WHEN)
        changed = self.images.loc[(before.to_numpy() != now.to_numpy()).any(axis=1), ["part/before", "part/now"]]
        return [part for part in PARTS if (changed == part).any(axis=None)]

    @property
    def same_objective(self) -> bool:
        """Whether both want the same, for shares of positives that are about the same where that matters."""
        wanted = self.earlier.objective
        return wanted == self.later.objective and (not wanted.needs_prevalence or self.alike)

    @property
    def alike(self) -> bool:
        """Whether precision is for about the same share of positives in both."""
        before, now = (share / (1 - share) for share in (sweep.verdict.prevalence for sweep in self.sweeps))
        return 1 / ALIKE <= now / before <= ALIKE

    @property
    def metrics(self) -> tuple[str, ...]:
        """The metrics that say the same of both sweeps; precision does not where another share of images is positive.

        Where every class counts balanced accuracy, behind the objective's own metric of one class.
        """
        objective = self.later.objective
        if self.later.every_class:
            of_class = objective.class_name and self.same_objective
            return (f"{OF_CLASS}{objective.metric}", BALANCED) if of_class else (BALANCED,)
        own = [objective.metric] * self.same_objective
        return tuple(dict.fromkeys([*own, "recall", *["precision"] * self.alike, "roc_auc"]))
