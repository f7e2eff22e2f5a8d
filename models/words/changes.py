"""What changed between two sweeps in words: what the best cell of each gives, whether that differs, and why it may."""

from steelyard.models.changes.changes import Changes, changes
from steelyard.models.changes.differences import Change
from steelyard.models.changes.pairing import BALANCED, Pairing
from steelyard.models.metrics.lexicon import DEPENDENT
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.images import of_images
from steelyard.models.words.phrases import at, called, counted, listed, moves, name, of_class, own_key, wanted
from steelyard.models.words.told import things


def worded(pairing: Pairing) -> Changes:
    """What changed, with its sentences."""
    found = changes(pairing)
    answer = _result(pairing, found.best), things(pairing, found.spec, found.versions)
    return found.model_copy(update={"answer": answer, "data": tuple(of_images(pairing))})


def _result(pairing: Pairing, found: dict[str, Change]) -> str:
    """What the best cell of each gives on test, and whether that differs by more than images and seeds explain."""
    if not found:
        said = _apart(pairing)
    elif pairing.same_objective:
        said = f"{_same_wish(pairing)}: {_judged(pairing, found)}"
    else:
        said = f"{_other_wish(pairing, found)}; {_each(pairing, found)}"
    return f"{said}.{_share(pairing, found)}{_optimistic(pairing)}"


def _apart(pairing: Pairing) -> str:
    before, now = pairing.sweeps
    return (
        f"The two are about different things, {before.about.subject.title} before and {now.about.subject.title} now, "
        f"so their results are not compared: best on val for {_wish(before)} was {_best(before)}, and best for "
        f"{_wish(now)} is {_best(now)} now, on test"
    )


def _same_wish(pairing: Pairing) -> str:
    before, now = pairing.sweeps
    if before.best.key != now.best.key:
        best = f"was {_best(before)}, and is {_best(now)} now"
    elif _at(before) == _at(now):
        best = f"is {_cell(now)} in both, with {_at(now)} before and now"
    else:
        best = f"is {_cell(now)} in both, with {_at(before)} before and {_at(now)} now"
    return f"Best on val for {_wish(now)} {best}, on test"


def _other_wish(pairing: Pairing, found: dict[str, Change]) -> str:
    before, now = map(_wish, pairing.sweeps)
    if before == now:
        before, now = (f"{before} where {_percent(share)} are positive" for share in pairing.shares)
    compared = f"{listed([name(metric) for metric in found])} {'are' if len(found) > 1 else 'is'}"
    return (
        f"The results are for different objectives, {before} before and {now} now, so only "
        f"{compared} compared, each at its own operating point: best on val was {_best(pairing.earlier)}, and is "
        f"{_best(pairing.later)} now, on test"
    )


def _wish(sweep: Dossier) -> str:
    return wanted(sweep.objective, sweep.verdict)


def _best(sweep: Dossier) -> str:
    return f"{_cell(sweep)} with {_at(sweep)}"


def _cell(sweep: Dossier) -> str:
    cell = called(sweep.best.cell)
    return f"{cell}, the unweighted baseline," if sweep.best.shape == "baseline" else cell


def _at(sweep: Dossier) -> str:
    found = sweep.best.feasibility
    return at(sweep.best, sweep.objective) + (f" ({found.status})" if found else "")


def _judged(pairing: Pairing, found: dict[str, Change]) -> str:
    """Of the objective's metric, whether it differs; where every class counts, what balanced accuracy does beside."""
    own = own_key(pairing.later.objective)
    key = own if own in found else BALANCED
    said = _told(pairing, key, found[key])
    if found[key].same or not pairing.later.every_class or key == BALANCED:
        return said
    return f"{said}; {_beside(pairing, BALANCED, found[BALANCED])}"


def _told(pairing: Pairing, metric: str, found: Change) -> str:
    if found.same:
        where = " at the same thresholds" if _has_thresholds(pairing.later) else ""
        if _all_seeds(pairing, found):
            return f"they are the same networks{where}"
        return f"the {counted(found.seeds, 'network')} that both have are the same{where}; other seeds make the rest"
    alike = found.paired and _scored_alike(pairing)
    said = f"{_moved(pairing, metric, found)} {_basis(pairing, found)}{', all scored as before' * alike}"
    if not found.shown:
        return f"{said}: no difference shown{_seedless(found)}"
    noise = "images and seeds" if found.of_seeds and found.seeds else "other images"
    return f"{said}: a difference is shown, more than {noise} explain{_seedless(found)}"


def _has_thresholds(sweep: Dossier) -> bool:
    """Whether what is optimised depends on a threshold that was chosen."""
    moving = bool(sweep.objective.class_name) or not sweep.every_class
    return moving and not sweep.objective.is_of_the_curve


def _moved(pairing: Pairing, metric: str, found: Change) -> str:
    """``recall +0.35 [+0.27, +0.43]``; ``recall of fox ...`` where the objective is about one class of many."""
    of = of_class(pairing.later.objective) if "/" in metric else ""
    return f"{name(metric)}{of} {moves(found, metric)}"


def _each(pairing: Pairing, found: dict[str, Change]) -> str:
    """Several metrics, each with its interval and whether that leaves 0 out."""
    said = [_beside(pairing, metric, each) for metric, each in found.items()]
    left = [each for each in found.values() if not each.same]
    return listed(said) + (f", {_basis(pairing, left[0])}{_seedless(left[0])}" if left else "")


def _beside(pairing: Pairing, metric: str, found: Change) -> str:
    if not found.same:
        return f"{_moved(pairing, metric, found)} ({'a difference is shown' if found.shown else 'no difference shown'})"
    seeds = "" if _all_seeds(pairing, found) else f" on the {counted(found.seeds, 'seed')} that both have"
    return f"{name(metric)} as before (the same networks{seeds})"


def _basis(pairing: Pairing, found: Change) -> str:
    if found.paired:
        seeds = "seeds" if _all_seeds(pairing, found) else f"the {counted(found.seeds, 'seed')} that both have"
        return f"on the same images and {seeds}" if found.seeds else "on the same images"
    if not pairing.same_test:
        return "with the two taken as independent, since test is not the same"
    why = "images of test come in other groups" if pairing.regrouped else "the two share too few seeds"
    return f"with the two taken as independent, since {why}, which is conservative on the same test"


def _scored_alike(pairing: Pairing) -> bool:
    partners = pairing.partners(pairing.earlier.best, pairing.later.best)
    return partners is not None and pairing.scored_alike(partners)


def _all_seeds(pairing: Pairing, found: Change) -> bool:
    bests = [sweep.best for sweep in pairing.sweeps if sweep.best.seeded]
    return all(found.seeds == len(best.thresholds) for best in bests)


def _seedless(found: Change) -> str:
    return "" if found.of_seeds else "; what another seed would give is not in the interval"


def _share(pairing: Pairing, found: dict[str, Change]) -> str:
    """What to know where test holds about as many positives as it did, but not quite."""
    (before, now), wish = map(_percent, pairing.shares), pairing.later.objective
    if not found or not pairing.same_objective or not wish.needs_prevalence or before == now:
        return ""
    moved = wish.constraint if wish.constraint in DEPENDENT else wish.metric
    return f" Of test {before} were positive before and {now} are now, which alone moves {name(moved)} a little."


def _optimistic(pairing: Pairing) -> str:
    chose = [sweep.verdict.optimistic for sweep in pairing.sweeps]
    when = "in both" if all(chose) else "before" if chose[0] else "now"
    return f" Optimistic: test itself chose thresholds and order {when}." if any(chose) else ""


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
