"""The gate that a newly registered model passes to become the champion, or does not pass, and why."""

from dataclasses import dataclass
from typing import Any

from steelyard.models.errors import BadInput
from steelyard.models.gate import Compared
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.gate import Asked
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words import gate_words as say
from steelyard.tasks import scratch, unseen
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import champions, decider, store
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
    """Whether a challenger is the champion now, and why, in a line; and whether images decided it."""

    champion: bool
    line: str
    compared: bool = False


def enter(client: Any, challenger: Challenger, asked: Asked) -> Passed:
    """Make a challenger the champion if it may be.

    Args:
        client: of the store.
        challenger: as it was registered.
        asked: gate, margin and cache.
    """
    name, version, now = challenger.name, challenger.version, ""
    for _ in range(ATTEMPTS):
        try:
            with store.told(client.tracking_uri):
                standing = champions.read(client, name)
                now = standing.now
                found = None if asked.gate == "always" else _judged(client, challenger, now, asked)
                if found and not found.not_worse:
                    return Passed(False, say.refused(name, version, now, say.compared(found)), compared=True)
                champions.promote(client, standing, version)
        except Refused as reason:
            return Passed(champion=False, line=say.refused(name, version, now, str(reason)))
        except Overtaken:
            continue
        except (BadInput, OSError) as error:
            return Passed(
                champion=False,
                line=f"{name} version {version} is not the champion, since it could not be judged: {error}",
            )
        why = say.compared(found) if found else ""
        return Passed(champion=True, line=say.promoted(name, version, now, why), compared=bool(found))
    others = "others were promoted meanwhile; register it again"
    return Passed(champion=False, line=say.refused(name, version, now, others))


def _judged(client: Any, challenger: Challenger, champion: str, asked: Asked) -> Compared | None:
    """A challenger beside the champion, None where there is none; raises ``Refused`` where nothing lets it in."""
    if challenger.status == "INFEASIBLE" or (asked.gate == "feasible" and challenger.status != "FEASIBLE"):
        raise Refused(f"{challenger.dossier.found.objective} is {challenger.status}")
    if not champion:
        return None
    cache = asked.cache or default_cache()
    with scratch.folder() as folder:
        network = decider.find(client, f"{challenger.name}/{champion}", cache, folder)
        return unseen.compared(network, challenger.dossier, challenger.run_id, asked.margin, cache)
