"""Under which name a sweep's network is registered, and what lets it be the champion."""

from typing import Literal

from pydantic import Field, field_validator

from steelyard.models.names import check_model_name
from steelyard.models.spec.trial import Frozen

Gate = Literal["not-worse", "feasible", "always"]

MARGIN = 0.05


class HandOver(Frozen):
    """A name in MLflow's registry, and a gate before its champion."""

    name: str = Field(description="Name of the registered model, such as parts-inspector.")
    gate: Gate = Field(
        default="not-worse",
        description="What lets it be the champion: no worse than the one before and not INFEASIBLE; no worse and "
        "FEASIBLE; or always.",
    )
    margin: float = Field(
        default=MARGIN,
        ge=0,
        lt=1,
        description="What the objective's metric may lose against the champion at most, with 95 % certainty; of a cost "
        "that share of it.",
    )

    @field_validator("name")
    @classmethod
    def _fit_to_ask_for(cls, name: str) -> str:
        check_model_name(name, "register")
        return name
