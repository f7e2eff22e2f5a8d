"""What the page shows of the recipes of a sweep that has several."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from steelyard.models.classes.verdict import ClassesVerdict
from steelyard.models.report.dossier import Cell, Kept
from steelyard.models.verdict.curve import LEVEL
from steelyard.models.verdict.verdict import Estimate, Network, Verdict, Versus

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

    rows: Sequence[tuple[Network, Cell | None]]
    versus: Sequence[Versus]
    metrics: Mapping[str, str]
    level: float = LEVEL

    @classmethod
    def of_sweep(cls, dossier: Kept, verdict: Verdict | ClassesVerdict) -> Self:
        """Of a sweep of either kind; without rows where it has one recipe."""
        cells: dict[str, Cell] = {cell.cell: cell for cell in dossier.cells if cell.is_baseline}
        metrics = EVERY_CLASS if isinstance(verdict, ClassesVerdict) else ONE_TO_FIND
        return cls([(network, cells.get(network.cell)) for network in verdict.networks], verdict.versus, metrics)

    @property
    def once(self) -> bool:
        """Whether anything was done once for all trials of a recipe."""
        return any(network.once for network, _ in self.rows)

    def of(self, cell: Cell, metric: str) -> Estimate:
        """A metric of a baseline on test."""
        return cell.areas[metric] if metric in cell.areas else cell.point[metric]
