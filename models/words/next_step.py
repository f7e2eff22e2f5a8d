"""What would decide a sweep or improve it: the last line of its answer."""

import math
from collections.abc import Iterator

from steelyard.models.metrics.registry import metric
from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_verdict import Feasibility
from steelyard.models.verdict.chosen import LEVEL
from steelyard.models.verdict.judge import MOST
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say

APART, MANY = 1.5, 10
"""Times the smaller quartile, up to which one number stands for both; times as many images as anybody can get."""

PREDICT = "steelyard predict best NEW/"


def next_step(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """What would decide or improve it, the most pressing first; of each the longest form first."""
    judged = verdict.cells[0].feasibility
    if verdict.bearing.grave:
        yield f"Next: steelyard images; {verdict.bearing.grave[0]}."
        yield "Next: steelyard images, for what may make these figures too good."
    elif judged and judged.status != "FEASIBLE":
        yield from _to_decide(judged, verdict, objective)
    elif judged and verdict.apart and not _within(judged, objective):
        measured = f"{say.name(judged.metric)} is {say.with_range(judged.at, judged.metric)}"
        yield f"Next: look at how test differs from val: there {measured}."
        yield f"Next: test contradicts val: {measured}."
        yield "Next: look at how test differs from val: it contradicts the badge."
    elif judged and (bound := certified(judged, objective)):
        wish = say.constraint(objective, say.of_class(objective), bound)
        yield from (f"Next: {wish} is certified too{of}." for of in (there(judged, objective), ""))
    else:
        yield from _to_improve(verdict)


def _within(judged: Feasibility, objective: Objective) -> bool:
    return judged.at.high >= judged.limit if objective.at_least else judged.at.low <= judged.limit


def certified(judged: Feasibility, objective: Objective) -> float | None:
    """The tightest limit that is certified, as people write it: two digits, rounded to the safe side.

    None where there is none, or no tighter one than the limit that was asked for and is certified.
    """
    if not judged.certified_limit:
        return None
    number, slip = judged.certified_limit * metric(judged.metric).per, 1e-6 if objective.at_least else -1e-6
    unit = 10.0 ** (math.floor(math.log10(number)) - 1)
    rounded = (math.floor if objective.at_least else math.ceil)(number / unit + slip) * unit
    bound = float(f"{rounded:.3g}")
    tighter = bound > objective.bound if objective.at_least else bound < objective.bound
    return bound if tighter or judged.status != "FEASIBLE" else None


def there(judged: Feasibility, objective: Objective) -> str:
    """`` (recall 0.44)``: what is optimised, at the tightest limit that is certified."""
    value, of = judged.certified_value, objective.at_a_point
    return "" if value is None else f" ({say.name(of)} {say.short(value, of)}{metric(of).unit})"


def _to_decide(judged: Feasibility, verdict: Verdict, objective: Objective) -> Iterator[str]:
    more, bound = needed(judged, verdict, objective), certified(judged, objective)
    wish = say.constraint(objective, say.of_class(objective), bound)
    if bound is None:
        yield from (f"Next: {more} would certify it{of}." for of in ("; no limit is certified yet", "") if more)
        yield "Next: ask for less, or train on more images; no limit is certified yet."
    elif more and judged.needed and judged.needed[0] - 1 <= MANY:
        brief = wish.removeprefix(f"{say.name(judged.metric)}{say.of_class(objective)} ")
        yield from (f"Next: {more} would certify it; {less} is certified now." for less in (wish, brief))
        yield f"Next: {more} would certify it; {brief} already is."
        yield f"Next: {more} would certify it."
    else:
        if more:
            yield f"Next: ask for {wish}, which is certified; else {more}."
        yield from (f"Next: ask for {wish}, which is certified{of}." for of in (there(judged, objective), ""))


def needed(judged: Feasibility, verdict: Verdict, objective: Objective) -> str:
    """``200 to 400 more defective images``: how many would certify the constraint; "" where that is not known."""
    if judged.needed is None:
        return ""
    low, high = judged.needed[0], judged.needed[1] if judged.needed[1] < MOST else math.inf
    if verdict.apart:  # The images that choose are not those that are counted.
        return "twice as many images in val" if high <= 2 else f"{_between(low, high)} times as many images in val"
    kind = verdict.classes.index(objective.class_name) if objective.class_name else 1
    units = verdict.groups or verdict.sizes[kind]
    number = _between((low - 1) * units, (high - 1) * units)
    if verdict.groups:
        return f"{number} more groups ({verdict.groups:,} now)"
    return f"{number} more {say.to_find(verdict, objective)} images"


def _between(low: float, high: float) -> str:
    """``300``, or ``200 to 400`` where the two are far apart; each as one significant digit."""
    if not math.isfinite(high):
        return f"at least {_one_digit(low):,}"
    if high <= APART * low:
        return f"about {_one_digit(math.sqrt(low * high)):,}"
    first, last = _one_digit(low), _one_digit(high)
    if low < 1:
        return f"up to {last:,}"
    return f"{first:,} to {last:,}" if first < last else f"about {last:,}"


def _one_digit(number: float) -> int:
    unit: int = 10 ** math.floor(math.log10(max(1.0, number)))
    return max(1, round(number / unit)) * unit


def _to_improve(verdict: Verdict) -> Iterator[str]:
    if verdict.bearing.suspects:
        yield f"Next: steelyard images ({say.counted(verdict.bearing.suspects, 'label')} may be wrong); {PREDICT}."
    elif verdict.learning and verdict.learning.gain.p_holm <= LEVEL and verdict.learning.gain.value > 0:
        yield f"Next: {PREDICT}; more images to train on would do better."
    else:
        yield f"Next: {PREDICT} lets it decide on new images."
