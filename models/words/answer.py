"""The answer of a sweep, made once and shown everywhere: four lines of plain words, each of 80 columns at most."""

from collections.abc import Iterator

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.metrics.registry import DEPENDENT, OF_CLASS, metric
from steelyard.models.names import cut
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict, Status
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.next_step import next_step
from steelyard.models.words.short_figures import at_share, class_name, in_100, of_class, to_find, with_range

COLUMNS = 80
"""Of a line, and of any line that shows one whole."""

LONGEST_CELL = 24
"""Characters of a cell's name; other places have it whole."""

OUTCOMES = {
    "FEASIBLE": ("is met",),
    "INFEASIBLE": ("is missed",),
    "UNDECIDED": ("is neither proven nor ruled out", "is not proven yet", "unproven"),
}
"""What became of the constraint, the plainest words first."""

PLAIN = {"false-positive rate": "false alarms"}
"""Shorter names of metrics, where the own one leaves no room for what became of it."""


class Answer(Frozen):
    """What a sweep says to whoever reads nothing else.

    Numbers in brackets are 95 % intervals: what other images could give.

    Attributes:
        badge: whether the constraint holds on test; None where the objective has none.
        wish: what was wanted, at which share of positives, and what test measured of it, with its interval.
        use: the network and its threshold, and what the handlings did.
        network: and its threshold, in the fewest words.
        brings: per 100 positives and per 100 alarms, with intervals; or per 100 images of a class.
        next: what would decide it, or improve it.
    """

    badge: Status | None
    wish: str
    use: str
    network: str
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
        network=f"{_briefly(best)}{_which(found, verdict)}",
        brings=_fitting(*_brings(verdict, objective)),
        next=_fitting(*next_step(found, verdict, objective)),
    )


def _fitting(*forms: str, indent: int = 0) -> str:
    """The first of several forms that fits, or else the last one, cut."""
    return next((form for form in forms if len(form) <= COLUMNS - indent), cut(forms[-1], COLUMNS - indent))


def _wish(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best, feasibility = verdict.cells[0], verdict.cells[0].feasibility
    share = at_share(verdict, objective) * (objective.constraint in DEPENDENT)
    if feasibility is None:
        yield from _highest(best, verdict, objective)
        return
    own, of = say.name(objective.constraint), of_class(objective)
    asked, short = (say.constraint(objective).replace(own, f"{name}{of}", 1) for name in (own, PLAIN.get(own, own)))
    measured = with_range(feasibility.at, feasibility.metric).removesuffix(metric(feasibility.metric).unit)
    if feasibility.out_of_reach_on_val:
        missed = "lacks margin" if best.lacks_margin else "is out of reach"
        yield f"{asked} {missed} on val; on test {measured}{share}."
        yield f"{asked} {missed} on val; on test {measured}."
    for outcome in OUTCOMES[feasibility.status]:
        yield f"{asked} {outcome}: {measured}{share}."
    yield f"{short} {OUTCOMES[feasibility.status][-1]}: {measured}{share}."
    yield f"{asked}: {measured}{share}."
    yield f"{asked}: {measured}."


def _highest(best: CellVerdict, verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Where there is no limit to keep to."""
    which = "lowest" if objective.metric == "cost" else "highest"
    measured = with_range(best.metric(say.own_key(objective)), objective.metric)
    wish = f"{which} {say.name(objective.metric)}{of_class(objective)}"
    if verdict.every_class and not objective.class_name:
        wish += f" over {say.classes_tested(verdict)}"
    yield f"{wish}, no limit: {measured} on test{at_share(verdict, objective)}."
    yield f"{wish}: {measured} on test{at_share(verdict, objective)}."
    yield f"{wish}: {measured}{at_share(verdict, objective)}."
    yield f"{wish}: {measured}."


def _use(found: Comparison, verdict: Verdict) -> Iterator[str]:
    best, which = verdict.cells[0], _which(found, verdict)
    whole = say.called(best.label)
    names = ["the unweighted network"] if best.is_baseline else [f"the network with {whole}", whole, _briefly(best)]
    for why in _why(best, verdict):
        for name in names:
            yield f"Use {name}{which}: {why}."
    yield f"Use {names[-1]}{which}."


def _briefly(cell: CellVerdict) -> str:
    return "unweighted" if cell.is_baseline else cut(say.called(cell.label), LONGEST_CELL)


def _which(found: Comparison, verdict: Verdict) -> str:
    """`` of sound at threshold 0.25``: the recipe where there are several, and the threshold that decides."""
    of = f" of {verdict.cells[0].recipe}" if verdict.networks else ""
    taken = next((trial for trial in found.judged if trial.trial_id == found.best), None)
    threshold = taken.operating.threshold if taken and taken.operating else -1.0
    return f"{of} at threshold {threshold:.3g}" if threshold >= 0 else of


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
    elif compared and all(cell.shape in say.WORSE for cell in compared):
        yield "every handling does worse"
    elif any(cell.shape in say.BETTER for cell in compared):
        yield "val shows no handling to beat it, though test does"
        yield "val shows none better, though test does"
        yield "val shows none better"
    elif beaten := _beaten(best.recipe, verdict):
        yield f"it beats {' and '.join(beaten)}"
    elif not compared:
        yield "nothing else was compared"
    else:
        yield "no handling is shown to beat it"
        yield "none is shown to beat it"


def _beaten(recipe: str, verdict: Verdict) -> list[str]:
    """The other recipes whose baselines are shown to do worse."""
    better = [of.other for of in verdict.versus if of.recipe == recipe and of.shape in say.BETTER]
    return better + [of.recipe for of in verdict.versus if of.other == recipe and of.shape in say.WORSE]


def _brings(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best = verdict.cells[0]
    if verdict.every_class and not objective.class_name:
        worst = min((of for of in best.classes if of.images), key=lambda of: (of.recall.value, of.train))
        mean = f"Finds {in_100(best.point['balanced_accuracy'], 'images of a class')}"
        yield f"{mean}; of {class_name(worst.name)}, the worst, {in_100(worst.recall)}."
        yield f"{mean}."
        return
    prefix, kind = OF_CLASS * bool(objective.class_name), to_find(verdict, objective)
    recall, precision = (best.metric(f"{prefix}{key}") for key in ("recall", "precision"))
    if best.silent == len(best.thresholds):
        yield f"Finds none of 100 {kind} images: it raises no alarm."
    called = f"called {kind}" if prefix else "alarms"
    if objective.constraint and objective.constraint not in DEPENDENT:
        share = at_share(verdict, objective)
        for told in (share, share.removesuffix(f" {kind}")):
            for are in (" are", ""):
                line = f"Finds {in_100(recall, kind)}; {in_100(precision, f'{called}{are} right')}{told}."
                yield line
                yield line.replace(" to ", "–")
    for one, are in ((f"{kind} images", " are"), (kind, " are"), (kind, "")):
        yield f"Finds {in_100(recall, one)}; {in_100(precision, f'{called}{are} right')}."
    yield f"Finds {in_100(recall, 'positives')}; {in_100(precision, 'alarms are right')}."
