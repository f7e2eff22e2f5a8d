"""What was asked for, what it came to, and every trial."""

import shlex
from dataclasses import dataclass
from typing import Any, Self

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.tracking.saved_views import SHOWN

Pairs = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Facts:
    """All of it.

    Attributes:
        command: that asks for the same sweep.
        asked: options that are not the defaults.
        resolved: what every trial had in common.
        trials: best on val first, the failed ones last.
        where: they can be compared.
    """

    command: str
    asked: Pairs
    resolved: Pairs
    trials: tuple[Outcome, ...]
    where: str

    @classmethod
    def of(cls, dossier: Dossier) -> Self:
        """Of a sweep."""
        about, found, given = dossier.about, dossier.found, _asked(dossier.spec)
        held = about.partition.model_dump() | about.recipe.model_dump() | about.compute.model_dump()
        for other in about.other_recipes:
            held |= {f"{other.name} · {name}": value for name, value in other.model_dump(exclude={"name"}).items()}
        if about.embedding:
            held |= {f"features · {name}": value for name, value in about.embedding.model_dump().items()}
            held |= {"features · licence of the weights": about.licence or "not known"}
        told = {name: value for name, value in held.items() if not (value is None or value is False or value == "")}
        last = float("inf")
        return cls(
            command=" ".join(["steelyard sweep", *(_option(name, value) for name, value in given)]),
            asked=tuple((name, str(value)) for name, value in given) or (("everything", "by default"),),
            resolved=tuple((name, str(value)) for name, value in told.items()),
            trials=tuple(sorted(found.trials, key=lambda of: -of.operating.rank if of.operating else last)),
            where=_where(dossier),
        )


def _where(dossier: Dossier) -> str:
    many, command = len(dossier.found.trials), f"steelyard ui {dossier.found.sweep_run_id}"
    if many <= SHOWN:
        return f"Compare them in MLflow: {command}"
    return f"All {many} are here; MLflow's page shows the best {SHOWN} first: {command}"


def _asked(spec: Sweep) -> list[tuple[str, Any]]:
    defaults = Sweep()
    return [
        (name.replace("_", "-"), value) for name, value in spec.model_dump().items() if value != getattr(defaults, name)
    ]


def _option(name: str, value: Any) -> str:
    if isinstance(value, bool):
        return f"--{name}" if value else f"--{name}=false"
    # What begins like an option is only taken for a value behind an equals sign.
    return f"--{name}{'=' if str(value).startswith('-') else ' '}{shlex.quote(str(value))}"
