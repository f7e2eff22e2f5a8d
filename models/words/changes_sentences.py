"""What changed between two sweeps in words: what the best cell of each gives, whether that differs, and why it may."""

from steelyard.models.changes.metric_changes import Change
from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changes, changes
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.changes_note import new_findings, of_images, things
from steelyard.models.words.phrases import at, listed, moves, name, network, of_class, wanted


def worded(pairing: Pairing) -> Changes:
    """What changed, with its sentences."""
    told = changes(pairing)
    answer = _result(pairing, told.best), things(pairing, told.spec, told.versions)
    return told.model_copy(update={"answer": answer, "data": (*new_findings(pairing), *of_images(pairing))})


def _result(pairing: Pairing, best: dict[str, Change]) -> str:
    """What the best cell of each gives, and whether that differs by more than other images explain."""
    before, now = pairing.sweeps
    wish = wanted(now.objective, now.verdict)
    if not best:
        return (
            f"The two are about different things, {before.about.subject.title} before and {now.about.subject.title} "
            f"now, so their results are not compared: recommended was {_best(before)}, and is {_best(now)} now."
        )
    differs = f"{listed([_moved(pairing, key, of) for key, of in best.items()])}{_basis(pairing, best)}"
    if pairing.same_objective:
        return f"Recommended for {wish} was {_best(before)}, and is {_best(now)} now: {differs}."
    shares = (sweep.verdict.prevalence for sweep in pairing.sweeps)
    was, is_ = (f" where {100 * share:.3g} % are positive" * (share > 0) for share in shares)
    return (
        f"The results are for different objectives, {wanted(before.objective, before.verdict)}{was} before and "
        f"{wish}{is_} now, each at its own operating point: "
        f"recommended was {_best(before)}, and is {_best(now)} now; {differs}."
    )


def _best(sweep: Dossier) -> str:
    status = f" ({sweep.best.feasibility.status})" if sweep.best.feasibility else ""
    return f"{network(sweep.best, sweep.verdict)} with {at(sweep.best, sweep.objective)}{status}"


def _moved(pairing: Pairing, metric: str, change: Change) -> str:
    """``recall +0.35 [+0.27, +0.43] (a difference is shown)``."""
    called = f"{name(metric)}{of_class(pairing.later.objective) if '/' in metric else ''}"
    if change.same:
        return f"{called} as before"
    shown = "a difference is shown" if change.shown else "no difference shown"
    return f"{called} {moves(change, metric)} ({shown})"


def _basis(pairing: Pairing, best: dict[str, Change]) -> str:
    moved = [change for change in best.values() if not change.same]
    if not moved:
        return ", from the same networks"
    return ", on the images that both have" if all(of.paired for of in moved) else "; they have no image in common"
