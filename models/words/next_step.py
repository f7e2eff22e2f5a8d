"""What would decide a sweep or improve it: the last line of its answer."""

import math
from collections.abc import Iterator, Sequence

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.metrics.lexicon import metric
from steelyard.models.objective import Objective
from steelyard.models.objective.objective import EDGE, STRICT
from steelyard.models.verdict.cell_verdict import Feasibility, Threshold
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.short_figures import to_find, with_range
from steelyard.models.words.verdict_of_cell import more_units, units

SOME = 0.005
"""Of recall, below which a point is no point to ask for."""

MANY = 10
"""Times as many images as there are."""


def next_step(found: Comparison, verdict: Verdict, objective: Objective) -> Iterator[str]:
    """What would decide or improve it, the most pressing first."""
    judged = verdict.cells[0].feasibility
    if verdict.optimistic:
        yield "Next: let val choose, not test, which makes this too good: --validate-on val."
    elif verdict.bearing.grave:
        yield f"Next: steelyard images; {verdict.bearing.grave[0]}."
        yield "Next: steelyard images, for what may make these figures too good."
    elif verdict.unlike:
        yield "Next: look at where val and test come from: their images are not alike."
    elif judged and judged.status != "FEASIBLE":
        yield from _to_decide(judged, verdict, objective)
    else:
        yield from _to_improve(verdict)


def _to_decide(judged: Feasibility, verdict: Verdict, objective: Objective) -> Iterator[str]:
    more, holds = _more(judged, verdict, objective), _holds(judged, objective)
    if _has_a_safer(verdict.cells[0].thresholds):
        yield from _with_a_safer(judged, more, holds, verdict, objective)
    elif more:
        if holds and _are_many(judged, verdict, objective):
            yield from (f"Next: ask for less ({holds}); {what} would decide." for what in more)
        yield from (f"Next: {what} would decide{f'; {holds} already' if holds else ''}." for what in more)
        yield f"Next: {more[0]} would decide."
    elif verdict.cells[0].lacks_margin:
        yield f"Next: label more images, or ask for less: another limit, or --margin {EDGE:g}."
    elif judged.nearest and judged.nearest.optimised.value >= SOME:
        near = judged.nearest
        at = f"{say.name(judged.metric)} {with_range(near.constrained, judged.metric)}"
        beside = f"{say.name(objective.metric)} {say.short(near.optimised.value, objective.metric)}"
        yield f"Next: ask for less or train on more images; nearest is {at}, {beside}."
        yield f"Next: ask for less; the nearest is {at}, {beside}."
        yield f"Next: ask for less; the nearest is {at}."
    else:
        yield f"Next: ask for less, or train on more images{f'; {holds} already' if holds else ''}."


def _has_a_safer(thresholds: Sequence[Threshold]) -> bool:
    """Whether val has another threshold in each seed that keeps to the constraint with a larger margin."""
    return all(of.stricter is not None for of in thresholds) and any(of.stricter != of.value for of in thresholds)


def _with_a_safer(
    judged: Feasibility, more: Sequence[str], holds: str, verdict: Verdict, objective: Objective
) -> Iterator[str]:
    safer = f"a safer threshold (--margin {STRICT:g})"
    if not _are_many(judged, verdict, objective):
        yield from (f"Next: try {safer}, or {what} would decide." for what in more)
        yield from (f"Next: try {safer} or {what}." for what in more)
    yield f"Next: try {safer}{f'; {holds} already' if holds else ''}."
    yield f"Next: try {safer}."


def _more(judged: Feasibility, verdict: Verdict, objective: Objective) -> tuple[str, ...]:
    """What would decide, the longest form first; none where nothing more of it would."""
    if judged.decided_by == "images":
        return _more_images(more_units(judged, verdict, objective), verdict, objective)
    seeds = f"more seeds (--seeds {2 * max(1, judged.at.seeds)})"
    return {"seeds": (seeds,), "both": (f"more images and {seeds}",)}.get(judged.decided_by or "", ())


def _more_images(number: int, verdict: Verdict, objective: Objective) -> tuple[str, ...]:
    """``310 more dog images``, or ``580 more groups of images (39 now)`` where they come in groups."""
    if verdict.groups:
        groups, now = say.counted(number, "more group"), f"({verdict.groups:,} now)"
        return f"about {groups} of images {now}", f"{groups} of images {now}", f"{groups} {now}"
    images = say.counted(number, f"more {to_find(verdict, objective)} image")
    return f"about {images}", images


def _are_many(judged: Feasibility, verdict: Verdict, objective: Objective) -> bool:
    """Whether hardly anybody can get so many more images as would decide."""
    return judged.decided_by == "images" and more_units(judged, verdict, objective) > MANY * units(verdict, objective)


def _holds(judged: Feasibility, objective: Objective) -> str:
    """``>= 0.378 holds``: the limit that the interval keeps to, rounded away from the one that was asked for."""
    told, edge = metric(judged.metric), judged.at.low if objective.at_least else judged.at.high
    if judged.out_of_reach_on_val or not SOME < edge < (1 if told.bounded else math.inf):
        return ""
    rounded = (math.floor if objective.at_least else math.ceil)(edge * told.per * 1000) / 1000
    return f"{'>=' if objective.at_least else '<='} {rounded:.3g} holds"


def _to_improve(verdict: Verdict) -> Iterator[str]:
    if verdict.bearing.suspects:
        labels = say.counted(verdict.bearing.suspects, "label")
        yield f"Next: steelyard images ({labels} may be wrong); steelyard predict best NEW/."
        yield f"Next: steelyard images shows {labels} that may be wrong."
    elif verdict.learning and verdict.learning.gain.p <= LEVEL and verdict.learning.gain.value > 0:
        yield "Next: steelyard predict best NEW/; more images to train on would do better."
    else:
        yield "Next: steelyard predict best NEW/ lets it decide on new images."
