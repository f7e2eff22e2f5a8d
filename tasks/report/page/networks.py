"""What the page shows of the recipes of a sweep that has several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict, Estimate, Network, Verdict, Versus

ONE_TO_FIND = {
    "roc_auc": "ROC area",
    "average_precision": "average precision",
    "recall": "recall",
    "precision": "precision",
}
"""Those at argmax are told in words; so many fit the page."""

EVERY_CLASS = {"balanced_accuracy": "balanced accuracy", "precision": "precision", "f1": "F1", "accuracy": "accuracy"}


@dataclass(frozen=True)
class Networks:
    """All of it.

    Attributes:
        rows: each recipe with its baseline; None where no trial of that finished.
        versus: the baselines beside each other.
        metrics: of them at the operating point or of the curve, and what they are called.
        level: of p-values, up to which a difference is shown.
    """

    rows: Sequence[tuple[Network, CellVerdict | None]]
    versus: Sequence[Versus]
    metrics: Mapping[str, str]
    level: float = LEVEL

    @classmethod
    def of_sweep(cls, dossier: Dossier, verdict: Verdict) -> Self:
        """Of a sweep of either kind; without rows where it has one recipe."""
        cells: dict[str, CellVerdict] = {cell.cell: cell for cell in dossier.cells if cell.is_baseline}
        metrics = EVERY_CLASS if verdict.every_class else ONE_TO_FIND
        return cls([(network, cells.get(network.cell)) for network in verdict.networks], verdict.versus, metrics)

    @property
    def once(self) -> bool:
        """Whether anything was done once for all trials of a recipe."""
        return any(network.once for network, _ in self.rows)

    def of(self, cell: CellVerdict, metric: str) -> Estimate:
        """A metric of a baseline on test."""
        return cell.metric(metric)
