"""What lets a registered model be the champion, and all else that is asked for where one is registered."""

from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from steelyard.models.errors import BadInput
from steelyard.models.objective import Objective

Gate = Literal["not-worse", "feasible", "always"]

MARGIN = 0.05
"""What the objective's metric may lose against the champion, unless another is asked for."""


@dataclass(frozen=True)
class Asked:
    """How a network is to be registered.

    Attributes:
        name: of the model.
        gate: what lets it be the champion.
        margin: what the objective's metric may lose against the champion, in [0, 1).
        abstain: share of wrong decisions that it is to keep to by abstaining; None where it always decides.
        notify: command of a shell that is told whether it is the champion; "" for none.
        cache: folder for backbones and downloads; None for the user's.
    """

    name: str
    gate: Gate = "not-worse"
    margin: float = MARGIN
    abstain: float | None = None
    notify: str = ""
    cache: Path | None = None


def check(gate: Gate, objective: str) -> None:
    """Refuse a gate that nothing could pass.

    Raises:
        BadInput: it is for a constraint, and the objective has none.
    """
    if gate == "feasible" and not Objective.parse(objective).constraint:
        raise BadInput(f"gate must be not-worse or always for {objective}, which has no constraint, got feasible")
