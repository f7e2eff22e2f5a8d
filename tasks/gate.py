"""The gate that a newly registered model passes to become the champion, or does not pass, and why."""

from dataclasses import dataclass
from typing import Any

from steelyard.models.errors import BadInput
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.gate import Gate
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words import gate_words as say
from steelyard.tasks import scratch, unseen
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import champions, decider
from steelyard.tasks.tracking.champions import Overtaken
from steelyard.tasks.unseen import Refused

ATTEMPTS = 3
"""Champions that a model is compared with, where others are promoted meanwhile."""


@dataclass(frozen=True)
class Challenger:
    """A version that is registered already.

    Attributes:
        dossier: of the sweep that it comes from.
        cell: whose network it is.
        run_id: of the trial that trained it.
    """

    name: str
    version: str
    dossier: Dossier
    cell: CellVerdict
    run_id: str

    @property
    def status(self) -> str | None:
        """Whether the objective's constraint holds; None where there is none."""
        return self.cell.feasibility.status if self.cell.feasibility else None


@dataclass(frozen=True)
class Passed:
    """Whether a challenger is the champion now, and why, in a line."""

    champion: bool
    line: str


def check(gate: Gate, objective: str, has_constraint: bool) -> None:
    """Refuse a gate that nothing could pass.

    Raises:
        BadInput: it is for a constraint, and the objective has none.
    """
    if gate == "feasible" and not has_constraint:
        raise BadInput(f"gate must be not-worse or always for {objective}, which has no constraint, got feasible")


def enter(client: Any, challenger: Challenger, gate: Gate, margin: float) -> Passed:
    """Make a challenger the champion if it may be.

    Args:
        client: of the store.
        challenger: as it was registered.
        gate: what lets it in.
        margin: what the objective's metric may lose against the champion.

    Raises:
        OSError: the disk or the store failed.
    """
    name, version = challenger.name, challenger.version
    for _ in range(ATTEMPTS):
        now = ""
        try:
            standing = champions.read(client, name)
            now = standing.now
            why = "" if gate == "always" else _why(client, challenger, now, gate, margin)
            champions.promote(client, standing, version)
        except Refused as reason:
            return Passed(False, say.refused(name, version, now, str(reason)))
        except Overtaken:
            continue
        return Passed(True, say.promoted(name, version, now, why))
    return Passed(False, say.refused(name, version, "", "others were promoted meanwhile; register it again"))


def _why(client: Any, challenger: Challenger, champion: str, gate: Gate, margin: float) -> str:
    """Why a challenger may be the champion; raises ``Refused`` where it may not."""
    if challenger.status == "INFEASIBLE" or (gate == "feasible" and challenger.status != "FEASIBLE"):
        raise Refused(say.of_status(challenger.dossier.found.objective, str(challenger.status)))
    if not champion:
        return ""
    with scratch.folder() as folder:
        try:
            network = decider.find(client, f"{challenger.name}/{champion}", default_cache(), folder)
        except BadInput as error:
            raise Refused(f"it cannot be asked: {error}") from error
        found = unseen.compared(network, challenger.dossier, challenger.run_id, margin)
    if not found.not_worse:
        raise Refused(say.compared(found))
    return say.compared(found)
