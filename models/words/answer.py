"""The answer of a sweep, made once and shown everywhere: four lines of plain words, each of 80 columns at most."""

import math
from collections.abc import Iterator

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.metrics.lexicon import DEPENDENT, OF_CLASS, metric
from steelyard.models.names import cut
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate, Feasibility, Status
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.verdict_of_cell import more_units

COLUMNS = 80
"""Of a line, and of any line that shows one whole."""

LONGEST_CLASS, LONGEST_CELL = 16, 24
"""Characters of names in the answer; other places have them whole."""

OUTCOMES = {
    "FEASIBLE": ("is met",),
    "INFEASIBLE": ("is missed",),
    "UNDECIDED": ("is neither shown nor ruled out", "is not shown yet", "is open"),
}
"""What became of the constraint, the plainest words first."""

PLAIN = {"false-positive rate": "false alarms"}
"""Shorter names of metrics, where the own one leaves no room for what became of it."""

NARROW = 0.02
"""Of an interval, below which numbers per 100 have a decimal."""

SOME = 0.005
"""Of recall, below which a point is no point to ask for."""


class Answer(Frozen):
    """What a sweep says to whoever reads nothing else.

    Numbers in brackets are 95 % intervals: what other images could give.

    Attributes:
        badge: whether the constraint holds on test; None where the objective has none.
        wish: what was wanted, at which share of positives, and what test measured of it, with its interval.
        use: the network and its threshold, and what the handlings did.
        brings: per 100 positives and per 100 alarms, with intervals; or per 100 images of a class.
        next: what would decide it, or improve it.
    """

    badge: Status | None
    wish: str
    use: str
    brings: str
    next: str

    @property
    def lines(self) -> tuple[str, ...]:
        """All of it, the badge at its head."""
        return self.badge_line, self.use, self.brings, self.next

    @property
    def badge_line(self) -> str:
        """The first line."""
        return f"{self.badge}: {self.wish}" if self.badge else f"Wanted: {self.wish}"


def answer(found: Comparison) -> Answer | None:
    """The answer of a sweep; None where no trial finished."""
    if found.verdict is None:
        return None
    verdict, objective = found.verdict, Objective.parse(found.objective)
    best = verdict.cells[0]
    status = best.feasibility.status if best.feasibility else None
    return Answer(
        badge=status,
        wish=_fitting(*_wish(verdict, objective), indent=len(f"{status or 'Wanted'}: ")),
        use=_fitting(*_use(found, verdict)),
        brings=_fitting(*_brings(verdict, objective)),
        next=_fitting(*_next(found, verdict, objective)),
    )


def _fitting(*forms: str, indent: int = 0) -> str:
    """The first of several forms that fits, or else the last one, cut."""
    return next((form for form in forms if len(form) <= COLUMNS - indent), cut(forms[-1], COLUMNS - indent))


def _wish(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best, feasibility = verdict.cells[0], verdict.cells[0].feasibility
    share = _share(verdict, objective) * (objective.constraint in DEPENDENT)
    if feasibility is None:
        yield from _highest(best, verdict, objective)
        return
    own, of = say.name(objective.constraint), _of_class(objective)
    asked, short = (say.constraint(objective).replace(own, f"{name}{of}", 1) for name in (own, PLAIN.get(own, own)))
    measured = _range(feasibility.at, feasibility.metric).removesuffix(metric(feasibility.metric).unit)
    if feasibility.out_of_reach_on_val:
        yield f"{asked} is out of reach on val; on test {measured}{share}."
        yield f"{asked} is out of reach on val; on test {measured}."
    for outcome in OUTCOMES[feasibility.status]:
        yield f"{asked} {outcome}: {measured}{share}."
    yield f"{short} {OUTCOMES[feasibility.status][-1]}: {measured}{share}."
    yield f"{asked}: {measured}{share}."
    yield f"{asked}: {measured}."


def _highest(best: CellVerdict, verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Where there is no limit to keep to."""
    which = "lowest" if objective.metric == "cost" else "highest"
    measured = _range(best.metric(say.own_key(objective)), objective.metric)
    wish = f"{which} {say.name(objective.metric)}{_of_class(objective)}"
    if verdict.every_class and not objective.class_name:
        wish += f" over {say.classes_tested(verdict)}"
    yield f"{wish}, no limit: {measured} on test{_share(verdict, objective)}."
    yield f"{wish}: {measured} on test{_share(verdict, objective)}."
    yield f"{wish}: {measured}{_share(verdict, objective)}."
    yield f"{wish}: {measured}."


def _use(found: Comparison, verdict: Verdict) -> Iterator[str]:
    best, of = verdict.cells[0], ""
    if verdict.networks:
        of = f" of {verdict.cells[0].recipe}"
    names = [f"the unweighted network{of}"]
    if not best.is_baseline:
        whole, short = say.called(best.label), cut(say.called(best.label), LONGEST_CELL)
        names = [f"the network with {whole}{of}", f"{whole}{of}", f"{short}{of}"]
    taken = next((trial for trial in found.judged if trial.trial_id == found.best), None)
    threshold = taken.operating.threshold if taken and taken.operating else -1.0
    decides = f" at threshold {threshold:.3g}" if threshold >= 0 else ""
    for why in _why(best, verdict):
        for name in names:
            yield f"Use {name}{decides}: {why}."
    yield f"Use {names[-1]}{decides}."


def _why(best: CellVerdict, verdict: Verdict) -> Iterator[str]:
    """What the handlings did beside the unweighted network, in a few words, the longest first."""
    compared = [cell for cell in verdict.cells if cell.differences and cell.recipe == best.recipe]
    base = next((cell for cell in verdict.cells if cell.is_baseline and cell.recipe == best.recipe), None)
    if base is None:
        yield "the unweighted one did not finish"
    elif not best.is_baseline and best.shape in say.BETTER:
        yield "it beats the unweighted one"
    elif not best.is_baseline:
        yield "better than unweighted on val, not shown on test"
        yield "better on val only"
    elif not compared:
        yield "nothing else was compared"
    elif all(cell.shape in say.WORSE for cell in compared):
        yield "every handling does worse"
    elif any(cell.shape in say.BETTER for cell in compared):
        yield "val shows no handling to beat it, though test does"
        yield "val shows none better, though test does"
        yield "val shows none better"
    else:
        yield "no handling is shown to beat it"
        yield "none is shown to beat it"


def _brings(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best = verdict.cells[0]
    if verdict.every_class and not objective.class_name:
        worst = min((of for of in best.classes if of.images), key=lambda of: (of.recall.value, of.train))
        mean = f"Finds {_in_100(best.point['balanced_accuracy'], 'images of a class')}"
        yield f"{mean}; of {_short(worst.name)}, the worst, {_in_100(worst.recall)}."
        yield f"{mean}."
        return
    prefix, kind = OF_CLASS * bool(objective.class_name), _kind(verdict, objective)
    recall, precision = (best.metric(f"{prefix}{key}") for key in ("recall", "precision"))
    if best.silent == len(best.thresholds):
        yield f"Finds none of 100 {kind} images: it raises no alarm."
    called = f"called {kind}" if prefix else "alarms"
    if objective.constraint and objective.constraint not in DEPENDENT:
        share = _share(verdict, objective)
        for told in (share, share.removesuffix(f" {kind}")):
            for are in (" are", ""):
                line = f"Finds {_in_100(recall, kind)}; {_in_100(precision, f'{called}{are} right')}{told}."
                yield line
                yield line.replace(" to ", "–")
    for one, are in ((f"{kind} images", " are"), (kind, " are"), (kind, "")):
        yield f"Finds {_in_100(recall, one)}; {_in_100(precision, f'{called}{are} right')}."
    yield f"Finds {_in_100(recall, 'positives')}; {_in_100(precision, 'alarms are right')}."


def _next(found: Comparison, verdict: Verdict, objective: Objective) -> Iterator[str]:
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
        at = f"{say.name(judged.metric)} {_range(near.constrained, judged.metric)}"
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
    return say.counted(number, f"more {_kind(verdict, objective)} image")


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


def _share(verdict: Verdict, objective: Objective) -> str:
    """At which share of positives, where there is one class to find."""
    if verdict.every_class and not (objective.class_name and objective.constraint in DEPENDENT):
        return ""
    return f" at {100 * verdict.prevalence:.3g} % {_kind(verdict, objective)}"


def _kind(verdict: Verdict, objective: Objective) -> str:
    """What the class to find is called."""
    return _short(objective.class_name or verdict.classes[-1])


def _of_class(objective: Objective) -> str:
    return f" of {_short(objective.class_name)}" if objective.class_name else ""


def _short(name: str) -> str:
    return say.quoted(cut(name, LONGEST_CLASS))


def _in_100(share: Estimate, what: str = "") -> str:
    """``43 of 100 dog images (22 to 67)``; with a decimal where the interval is narrow."""
    digits = int(share.high - share.low < NARROW)
    value, low, high = (f"{100 * number:.{digits}f}" for number in (share.value, share.low, share.high))
    return f"{value}{f' of 100 {what}' if what else ''} ({low} to {high})"


def _range(estimate: Estimate, key: str) -> str:
    """``0.78 (0.39 to 0.95)``, with its unit; as many decimals as the interval is narrow."""
    told = metric(key)
    width = (estimate.high - estimate.low) * (1 if told.bounded else told.per)
    value, low, high = (_number(of, key, say.digits_of(width)) for of in (estimate.value, estimate.low, estimate.high))
    return f"{value} ({low} to {high}){told.unit}"


def _number(value: float, key: str, digits: int = 2) -> str:
    number, told = value * metric(key).per, metric(key)
    return f"{number:.3g}" if told.unit else f"{number:.{min(3, digits)}f}"
