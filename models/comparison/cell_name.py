"""What a cell is called: its handling, behind its recipe where a sweep has several."""

from steelyard.models.spec.trial import Frozen

BASELINE = "none"

BEHIND = " · "
"""Between a recipe and a handling."""


class CellName(Frozen):
    """What tells a cell from the others of its sweep: two weights may share a name.

    Attributes:
        cell: its handling, with its weight; behind its recipe, ``features · none``, where a sweep has several.
        weight_positive: 0.5 where there are no weights, or more classes than two.
        recipe: name of the recipe; "" in what was kept when a sweep had but one.
    """

    cell: str
    weight_positive: float
    recipe: str = ""

    @property
    def key(self) -> tuple[str, float]:
        """What tells it from the others."""
        return self.cell, self.weight_positive

    @property
    def label(self) -> str:
        """What its handling is called."""
        return self.cell.removeprefix(f"{self.recipe}{BEHIND}")

    @property
    def is_baseline(self) -> bool:
        """Whether nothing is done about the imbalance."""
        return self.label == BASELINE


def named(label: str, recipe: str, several: bool) -> str:
    """The name of a cell.

    Args:
        label: of its handling.
        recipe: name of it.
        several: whether the sweep has other recipes too.
    """
    return f"{recipe}{BEHIND}{label}" if several else label
