"""What would decide a sweep or improve it: the last line of its answer."""

import math
from collections.abc import Iterator

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.metrics.lexicon import metric
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import Feasibility
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.short_figures import to_find, with_range
from steelyard.models.words.verdict_of_cell import more_units

SOME = 0.005
"""Of recall, below which a point is no point to ask for."""


def next_step(found: Comparison, verdict: Verdict, objective: Objective) -> Iterator[str]:
    """What would decide or improve it, the most pressing first."""
    judged = verdict.cells[0].feasibility
    if found.lacks_model:
        yield "Next: the same command again; the model could not be trained on all images."
    elif verdict.optimistic:
        yield "Next: let val choose, not test, which makes this too good: --validate-on val."
    elif verdict.bearing.grave:
        yield f"Next: steelyard images; {verdict.bearing.grave[0]}."
        yield "Next: steelyard images, for what makes these figures too good."
    elif verdict.unlike:
        yield "Next: look at where val and test come from: their images are not alike."
    elif judged and judged.status != "FEASIBLE":
        yield from _to_decide(judged, verdict, objective)
    else:
        yield from _to_improve(verdict)


def _to_decide(judged: Feasibility, verdict: Verdict, objective: Objective) -> Iterator[str]:
    seeds, images = f"--seeds {2 * max(1, judged.at.seeds)}", _more_images(judged, verdict, objective)
    decides = {
        "images": (f"about {images}", images),
        "seeds": (f"more seeds ({seeds})",),
        "both": (f"more images and more seeds ({seeds})",),
    }
    already = _holds_already(judged, objective)
    if judged.decided_by in decides:
        for what in decides[judged.decided_by]:
            yield f"Next: {what} would decide{already}."
        yield f"Next: {decides[judged.decided_by][0]} would decide."
    elif judged.nearest and judged.nearest.optimised.value >= SOME:
        near = judged.nearest
        at = f"{say.name(judged.metric)} {with_range(near.constrained, judged.metric)}"
        beside = f"{say.name(objective.metric)} {say.short(near.optimised.value, objective.metric)}"
        yield f"Next: ask for less or train on more images; nearest is {at}, {beside}."
        yield f"Next: ask for less; the nearest is {at}, {beside}."
        yield f"Next: ask for less; the nearest is {at}."
    else:
        yield f"Next: ask for less, or train on more images{already}."


def _more_images(judged: Feasibility, verdict: Verdict, objective: Objective) -> str:
    """``310 more dog images``, or ``580 more groups of images (39 now)`` where they come in groups."""
    number = more_units(judged, verdict, objective)
    if verdict.groups:
        return f"{say.counted(number, 'more group')} of images ({verdict.groups:,} now)"
    return say.counted(number, f"more {to_find(verdict, objective)} image")


def _holds_already(judged: Feasibility, objective: Objective) -> str:
    """The limit that the interval keeps to, rounded away from the one that was asked for."""
    told, edge = metric(judged.metric), judged.at.low if objective.at_least else judged.at.high
    if judged.out_of_reach_on_val or not SOME < edge < (1 if told.bounded else math.inf):
        return ""
    rounded = (math.floor if objective.at_least else math.ceil)(edge * told.per * 1000) / 1000
    return f"; {'>=' if objective.at_least else '<='} {rounded:.3g} holds already"


def _to_improve(verdict: Verdict) -> Iterator[str]:
    if verdict.bearing.suspects:
        labels = say.counted(verdict.bearing.suspects, "label")
        yield f"Next: steelyard predict best NEW/; {labels} may be wrong: steelyard images."
        yield f"Next: steelyard images shows {labels} that may be wrong."
    elif verdict.learning and verdict.learning.gain.p <= LEVEL and verdict.learning.gain.value > 0:
        yield "Next: steelyard predict best NEW/; more images to train on would do better."
    else:
        yield "Next: steelyard predict best NEW/ lets it decide on new images."
