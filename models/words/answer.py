"""The answer of a sweep, made once and shown everywhere: four lines of plain words, each of 80 columns at most."""

from collections.abc import Iterator

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.metrics.registry import DEPENDENT, METRICS, OF_CLASS
from steelyard.models.names import cut
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.cell_verdict import CellVerdict, Status
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words import phrases as say
from steelyard.models.words.next_step import next_step

COLUMNS = 80
"""Of a line, and of any line that shows one whole."""

LONGEST_CELL = 24
"""Characters of a cell's name; other places have it whole."""

REFUTED = "is refuted at every threshold"
OUTCOMES = {
    "FEASIBLE": ("holds with 95 % confidence at {}", "holds at {} (95 %)"),
    "INFEASIBLE": (f"{REFUTED} that finds 5 % (95 % confidence)", f"{REFUTED} (95 % confidence)", "is refuted (95 %)"),
    "UNDECIDED": ("is not certified; best guess is {}", "is not certified; best guess: {}", "is not certified"),
}
"""What became of the constraint, the longest words first."""


class Answer(Frozen):
    """What a sweep says to whoever reads nothing else; numbers in brackets are 95 % intervals, for other images.

    Attributes:
        badge: whether the constraint is certified; None where the objective has none.
        wish: what was wanted, what became of it and at which threshold, for which share of positives.
        use: the network, and how it compares with the unweighted one.
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
        return f"{self.badge or 'Wanted'}: {self.wish}"


def answer(found: Comparison) -> Answer | None:
    """The answer of a sweep; None where no trial finished."""
    if found.verdict is None:
        return None
    verdict, objective, best = found.verdict, Objective.parse(found.objective), found.verdict.cells[0]
    badge, of = best.feasibility.status if best.feasibility else None, f" of {best.recipe}" * verdict.several
    taken = next((trial.operating for trial in found.judged if trial.trial_id == found.best), None)
    point = f"threshold {taken.threshold:.3g}" if taken and taken.threshold >= 0 else ""
    at = f"{of}{f' at {point}' * bool(point)}"
    wish = _wish(badge, point, verdict, objective) if badge else _highest(verdict, objective)
    return Answer(
        badge=badge,
        wish=_fitting(*wish, indent=len(f"{badge or 'Wanted'}: ")),
        use=_fitting(*_use(verdict, at if badge in (None, "INFEASIBLE") else of)),
        network=f"{_briefly(best)}{at}",
        brings=_fitting(*_brings(verdict, objective)),
        next=_fitting(*next_step(verdict, objective)),
    )


def _fitting(*forms: str, indent: int = 0) -> str:
    """The first of several forms that fits, or else the last one, cut."""
    return next((form for form in forms if len(form) <= COLUMNS - indent), cut(forms[-1], COLUMNS - indent))


def _wish(badge: Status, point: str, verdict: Verdict, objective: Objective) -> Iterator[str]:
    share = say.at_share(verdict, objective) if objective.constraint in DEPENDENT and badge != "INFEASIBLE" else ""
    asked = say.constraint(objective, say.of_class(objective))
    if badge == "FEASIBLE" and share and objective.prevalence is not None:
        yield f"{asked} {OUTCOMES[badge][0].format(point)} ({share})."
        yield f"{asked} at {point}, 95 % confidence ({share})."
    for outcome in OUTCOMES[badge]:
        told = f"{asked} {outcome.format(point)}"
        yield from (f"{told} ({share}).", f"{told}.") if share else (f"{told}.",)


def _highest(verdict: Verdict, objective: Objective) -> Iterator[str]:
    """Where there is no limit to keep to."""
    told = say.with_range(verdict.cells[0].metric(say.own_key(objective)), objective.metric)
    wish = f"{'lowest' if objective.lower_is_better else 'highest'} {say.name(objective.metric)}"
    wish += say.of_class(objective)
    if METRICS[objective.metric].needs_prevalence and (share := say.at_share(verdict, objective)):
        yield f"{wish}, no limit: {told} {say.where(verdict)} at {share}."
        yield f"{wish}: {told} at {share}."
    yield f"{wish}, no limit: {told} {say.where(verdict)}."
    yield f"{wish}: {told}."


def _use(verdict: Verdict, which: str) -> Iterator[str]:
    best = verdict.cells[0]
    whole, brief = say.called(best.label), _briefly(best)
    names = ["the unweighted network"] if best.is_baseline else [f"the network with {whole}", whole, brief]
    for why in _why(verdict):
        yield from (f"Use {name}{which}: {why}." for name in names)
    yield f"Use {names[-1]}{which}."


def _briefly(cell: CellVerdict) -> str:
    return "unweighted" if cell.is_baseline else cut(say.called(cell.label), LONGEST_CELL)


def _why(verdict: Verdict) -> tuple[str, ...]:
    """How the cells compare with the unweighted network, in a few words, the longest first."""
    best, base = verdict.cells[0], verdict.baseline
    if base is None:
        return ("the unweighted one did not finish",)
    if best is not base:
        beside = {"better": "better than", "same curve": "on the same curve as"}.get(str(best.shape), "it ranks before")
        return f"{beside} {say.called(base.cell) if verdict.several else 'the unweighted one'}", f"{beside} others"
    others = {cell.shape for cell in verdict.cells[1:]}
    if not others:
        return ("nothing else was compared",)
    alike = {"worse": "every other is worse", "same curve": "no other is better; all have the same curve"}
    return alike.get(str(*others) if len(others) == 1 else "", "no other is shown to be better"), "no other is better"


def _brings(verdict: Verdict, objective: Objective) -> Iterator[str]:
    best, prefix = verdict.cells[0], OF_CLASS * bool(objective.class_name)
    if verdict.every_class and not prefix:
        worst, mean = say.rising(best)[0], f"Finds {say.in_100(best.point['balanced_accuracy'], 'images of a class')}"
        yield f"{mean}; of {say.class_name(worst.name)}, the worst, {say.in_100(worst.recall)}."
        yield f"{mean}."
        return
    kind = say.to_find(verdict, objective)
    recall, precision = (best.metric(f"{prefix}{key}") for key in ("recall", "precision"))
    if best.silent:
        yield f"Finds none of 100 {kind} images: it raises no alarm."
    alarms = f"called {kind}" if prefix else "alarms"
    for one, are in ((f"{kind} images", " are"), (kind, " are"), (kind, "")):
        yield f"Finds {say.in_100(recall, one)}; {say.in_100(precision, f'{alarms}{are} right')}."
    yield f"Finds {say.in_100(recall, 'positives')}; {say.in_100(precision, 'alarms are right')}."
