"""What is said of test images that were asked more than once."""

from collections.abc import Iterator

from steelyard.models.objective import Objective
from steelyard.models.verdict.looks import Looks, optimism
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say


def looked(verdict: Verdict, looks: Looks) -> Iterator[str]:
    """How often, and what the best figure of so many owes to luck at most; nothing of images that are asked once."""
    if looks.all < 2:
        return
    key = say.own_key(Objective.parse(verdict.objective))
    by = say.counted(looks.sweeps, "different sweep") + (
        f" and {say.counted(looks.gates, 'gate')}" if looks.gates else ""
    )
    best = verdict.cells[0].metric(key)
    yield (
        f"These images were tested by {by} of this store, this one included: whoever takes the best of so many by its "
        f"test takes luck with it, about {optimism(best, looks.all):.2g} of {say.name(key)} if they err independently."
    )
