"""The metrics of every cell's network, on the images that report and on bootstrap samples of them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property, lru_cache, partial

import numpy as np

from steelyard.models.metrics.metrics import ARGMAX, argmax
from steelyard.models.metrics.registry import AT_A_POINT, METRICS, OF_CLASS
from steelyard.models.metrics.tally import MACRO, Tally
from steelyard.models.objective.rates import Values
from steelyard.models.statistics.areas import Area, areas_of_class, mean_areas
from steelyard.models.verdict.cell_verdict import Estimate, OfClass
from steelyard.models.verdict.chosen import Chosen, Columns
from steelyard.models.verdict.estimates import estimate, fixed
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.rechosen import Counts, Metric
from steelyard.models.verdict.scored_trials import Cell

KEPT = 8
"""Networks whose counts of all classes are kept for another look."""


@dataclass(frozen=True)
class Measured:
    """All of a sweep."""

    evidence: Evidence
    chosen: Chosen

    def _metric(self, name: str) -> Metric:
        """A metric of one class at a point, at the prevalence of the rates."""
        return partial(self.evidence.objective.measure, name)

    def point(self, cell: Cell) -> dict[str, Estimate]:
        """The metrics of a cell at its operating point: of the class with a threshold, and over all classes."""
        found: dict[str, Estimate] = {}
        objective = self.evidence.objective
        if self.evidence.every_class:
            found |= self._macro(cell)
        if self.evidence.place is not None:
            prefix, own = OF_CLASS * self.evidence.every_class, (objective.at_a_point, objective.constraint)
            found |= {f"{prefix}{name}": self._of_class(cell, name) for name in (*AT_A_POINT, *own) if name}
        return found

    def _of_class(self, cell: Cell, name: str) -> Estimate:
        own, objective = self.evidence.rechosen(self.chosen.networks[cell]), self.evidence.objective
        drawn, whole = self._of_samples(self.chosen.again[cell])
        share, constrained = objective.share_for(name, None), name == objective.constraint
        return estimate(self._metric(name), own.found, drawn, whole, share, METRICS[name].bounded, constrained)

    def _of_samples(self, columns: Columns) -> tuple[Counts, Counts]:
        """(B,) counts of the network that each sample chooses: of its images, and of all."""
        samples = np.arange(len(columns))
        used, places = np.unique(columns, return_inverse=True)
        each = [self.evidence.rechosen(int(column)) for column in used]
        drawn, whole = ([getattr(of, name) for of in each] for name in ("drawn", "whole"))
        return _joined(drawn, places, samples), _joined(whole, places, samples)

    def argmax(self, cell: Cell) -> dict[str, Estimate]:
        """The metrics of a cell where the highest score decides."""
        if self.evidence.every_class:
            return self._macro(cell, at_argmax=True)
        test, column = self.evidence.test, self.chosen.networks[cell]
        scores, at = test.scores[column].astype(np.float64), np.array([ARGMAX])
        once = Counts.above(test, scores, at, np.ones((len(scores), 1), np.float32)).each(lambda of: of[0, 0])
        drawn = Counts.above(test, scores, at, self.evidence.weights).each(lambda of: of[0])
        whole = once.each(lambda of: np.broadcast_to(of, drawn.hits.shape))
        share_for = self.evidence.objective.share_for
        return {name: estimate(self._metric(name), once, drawn, whole, share_for(name, None)) for name in AT_A_POINT}

    def areas(self, cell: Cell) -> dict[str, Estimate]:
        """The areas of a cell: of the class to find, or means over classes beside those of the objective's class."""
        found, images = self._areas[cell], float(self.evidence.sizes.sum())
        return {name: fixed(value, errors, images) for name, (value, errors) in found.items()}

    @cached_property
    def _areas(self) -> Mapping[Cell, Mapping[str, Area]]:
        """The areas of each cell, and (B,) their errors on samples, to first order."""
        each = {cell: self._slopes(cell) for cell in self.chosen.cells}
        slopes = np.stack([slopes for of in each.values() for _, slopes in of.values()]).astype(np.float32)
        errors = iter((slopes @ self.evidence.weights).astype(np.float64))
        return {cell: {name: (value, next(errors)) for name, (value, _) in of.items()} for cell, of in each.items()}

    def _slopes(self, cell: Cell) -> Mapping[str, Area]:
        evidence, column = self.evidence, self.chosen.networks[cell]
        test, share = evidence.test, evidence.objective.prevalence
        one = {} if evidence.place is None else areas_of_class(test.own == 1, test.scores[column], share)
        if not evidence.every_class:
            return one
        own = one if evidence.objective.is_of_the_curve else {}
        return mean_areas(test.labels, evidence.scores(column)) | {f"{OF_CLASS}{name}": of for name, of in own.items()}

    @property
    def compared(self) -> list[str]:
        """The metrics that cells are compared in."""
        objective, main = self.evidence.objective, ["balanced_accuracy"] * self.evidence.every_class
        prefix = OF_CLASS * self.evidence.every_class
        own = [] if self.evidence.place is None else [f"{prefix}{objective.metric}"]
        return [*dict.fromkeys([*main, *own, "roc_auc"])]

    def differing(self, metric: str, cell: Cell, base: Cell) -> tuple[float, Values]:
        """A cell's metric minus the baseline's, and (B,) errors of that on samples."""
        (mine, errors), (other, others) = (self._errors(metric, of) for of in (cell, base))
        return mine - other, errors - others

    def _errors(self, metric: str, cell: Cell) -> tuple[float, Values]:
        areas = self._areas[cell]
        if metric in areas:
            return areas[metric]
        if self.evidence.every_class and not metric.startswith(OF_CLASS):
            once, drawn = self._tallies(self.chosen.networks[cell])
            return float(once.macro()[metric]), drawn.macro()[metric] - once.macro()[metric]
        name = metric.removeprefix(OF_CLASS)
        of, share = self._metric(name), self.evidence.objective.share_for(name, None)
        value = float(of(self.evidence.rechosen(self.chosen.networks[cell]).found.rates(share)))
        return value, of(self._of_samples(self.chosen.own[cell])[0].rates(share)) - value

    def _macro(self, cell: Cell, at_argmax: bool = False) -> dict[str, Estimate]:
        once, drawn = self._tallies(self.chosen.networks[cell], at_argmax)
        whole, sampled = once.macro(), drawn.macro()
        return {name: fixed(float(whole[name]), sampled[name], float(self.evidence.sizes.sum())) for name in MACRO}

    @cached_property
    def _tallies(self) -> Callable[..., tuple[Tally, Tally]]:
        """Counts of all classes of a network, and on samples; of a thousand classes each takes megabytes."""
        return lru_cache(KEPT)(self._counted)

    def _counted(self, column: int, at_argmax: bool = False) -> tuple[Tally, Tally]:
        evidence, labels, classes = self.evidence, self.evidence.test.labels, len(self.evidence.classes)
        called = argmax(evidence.scores(column)) if at_argmax else evidence.called(column)
        return Tally.of(labels, called, classes), Tally.weighted(labels, called, classes, evidence.weights)

    def classes(self, cell: Cell) -> tuple[OfClass, ...]:
        """Every class of a cell at its operating point."""
        once, drawn = self._tallies(self.chosen.networks[cell])
        shares, sampled = once.per_class(), drawn.per_class()
        images = {"recall": once.sizes, "precision": once.calls, "f1": once.sizes + once.calls}
        return tuple(
            OfClass(
                name=name,
                images=int(once.sizes[place]),
                train=self.evidence.train[place],
                **{
                    metric: fixed(float(shares[metric][place]), sampled[metric][:, place], float(of[place]))
                    for metric, of in images.items()
                },
            )
            for place, name in enumerate(self.evidence.classes)
        )

    def confusion(self, cell: Cell) -> tuple[tuple[float, ...], ...]:
        """(K, K): images of the row's class that are called the column's at the operating point."""
        size, called = len(self.evidence.classes), self.evidence.called(self.chosen.networks[cell])
        counts = np.bincount(self.evidence.test.labels * size + called, minlength=size**2).reshape(size, size)
        return tuple(tuple(map(float, row)) for row in counts)


def _joined(each: list[Counts], places: Columns, samples: Columns) -> Counts:
    parts = (np.stack([getattr(of, name) for of in each])[places, samples] for name in Counts.__dataclass_fields__)
    return Counts(*parts)
