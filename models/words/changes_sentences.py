"""What changed between two sweeps in words: what the best cell of each gives, whether that differs, and why it may."""

from collections.abc import Iterable

from steelyard.models.changes.metric_changes import Change
from steelyard.models.changes.pairing import BALANCED, Pairing
from steelyard.models.changes.what_changed import Changes, changes
from steelyard.models.metrics.registry import DEPENDENT
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.changes_note import new_findings, of_images, things
from steelyard.models.words.phrases import at, called, counted, listed, moves, name, of_class, own_key, wanted


def worded(pairing: Pairing) -> Changes:
    """What changed, with its sentences."""
    told = changes(pairing)
    answer = _result(pairing, told.best), things(pairing, told.spec, told.versions)
    return told.model_copy(update={"answer": answer, "data": (*new_findings(pairing), *of_images(pairing, told.spec))})


def _result(pairing: Pairing, best: dict[str, Change]) -> str:
    """What the best cell of each gives on test, and whether that differs by more than images and seeds explain."""
    if not best:
        said = _different_things(pairing)
    elif pairing.same_objective:
        said = f"{_same_wish(pairing)}: {_judged(pairing, best)}"
    else:
        said = f"{_other_wish(pairing, best)}; {_each_metric(pairing, best)}"
    return f"{said}.{_share_of_positives(pairing) if best else ''}{_optimistic(pairing)}"


def _different_things(pairing: Pairing) -> str:
    before, now = pairing.sweeps
    return (
        f"The two are about different things, {before.about.subject.title} before and {now.about.subject.title} now, "
        f"so their results are not compared: recommended for {_wish(before)} was {_best(before)}, and for "
        f"{_wish(now)} is {_best(now)} now, on test"
    )


def _same_wish(pairing: Pairing) -> str:
    before, now = pairing.sweeps
    if before.best.key != now.best.key:
        best = f"was {_best(before)}, and is {_best(now)} now"
    else:
        again = "now" if _at(before) == _at(now) else f"{_at(now)} now"
        best = f"is {_cell(now)} in both, with {_at(before)} before and {again}"
    return f"Recommended for {_wish(now)} {best}, on test"


def _other_wish(pairing: Pairing, metrics: Iterable[str]) -> str:
    before, now = map(_wish, pairing.sweeps)
    if before == now:
        before, now = (f"{before} where {_percent(share)} are positive" for share in pairing.shares)
    names = [name(metric) for metric in metrics]
    return (
        f"The results are for different objectives, {before} before and {now} now, so only "
        f"{listed(names)} {'are' if len(names) > 1 else 'is'} compared, each at its own operating point: recommended "
        f"was {_best(pairing.earlier)}, and is {_best(pairing.later)} now, on test"
    )


def _wish(sweep: Dossier) -> str:
    return wanted(sweep.objective, sweep.verdict)


def _best(sweep: Dossier) -> str:
    return f"{_cell(sweep)} with {_at(sweep)}"


def _cell(sweep: Dossier) -> str:
    cell = called(sweep.best.cell)
    return f"{cell}, the unweighted baseline," if sweep.best.shape == "baseline" else cell


def _at(sweep: Dossier) -> str:
    feasibility = sweep.best.feasibility
    return at(sweep.best, sweep.objective) + (f" ({feasibility.status})" if feasibility else "")


def _judged(pairing: Pairing, best: dict[str, Change]) -> str:
    """Of the objective's metric, whether it differs; where every class counts, what balanced accuracy does beside."""
    own = own_key(pairing.later.objective)
    key = own if own in best else BALANCED
    said = _told(pairing, key, best[key])
    if best[key].same or not pairing.later.every_class or key == BALANCED:
        return said
    return f"{said}; {_metric(pairing, BALANCED, best[BALANCED])}"


def _told(pairing: Pairing, metric: str, change: Change) -> str:
    if change.same:
        objective = pairing.later.objective
        chosen = (objective.class_name or not pairing.later.every_class) and not objective.is_of_the_curve
        where = " at the same thresholds" if chosen else ""
        if _all_seeds(pairing, change):
            return f"they are the same networks{where}"
        return f"the {counted(change.seeds, 'network')} that both have are the same{where}; other seeds make the rest"
    partners = pairing.partners(pairing.earlier.best, pairing.later.best)
    alike = change.paired and partners is not None and pairing.scored_alike(partners)
    said = f"{_moved(pairing, metric, change)} {_basis(pairing, change)}{', all scored as before' * alike}"
    if not change.shown:
        return f"{said}: no difference shown{_seedless(change)}"
    noise = "images and seeds" if change.of_seeds and change.seeds else "other images"
    return f"{said}: a difference is shown, more than {noise} explain{_seedless(change)}"


def _moved(pairing: Pairing, metric: str, change: Change) -> str:
    """``recall +0.35 [+0.27, +0.43]``; ``recall of fox ...`` where the objective is about one class of many."""
    of = of_class(pairing.later.objective) if "/" in metric else ""
    return f"{name(metric)}{of} {moves(change, metric)}"


def _each_metric(pairing: Pairing, best: dict[str, Change]) -> str:
    """Several metrics, each with its interval and whether that leaves 0 out."""
    said = [_metric(pairing, metric, change) for metric, change in best.items()]
    moved = next((change for change in best.values() if not change.same), None)
    return listed(said) + (f", {_basis(pairing, moved)}{_seedless(moved)}" if moved else "")


def _metric(pairing: Pairing, metric: str, change: Change) -> str:
    if not change.same:
        shown = "a difference is shown" if change.shown else "no difference shown"
        return f"{_moved(pairing, metric, change)} ({shown})"
    seeds = "" if _all_seeds(pairing, change) else f" on the {counted(change.seeds, 'seed')} that both have"
    return f"{name(metric)} as before (the same networks{seeds})"


def _basis(pairing: Pairing, change: Change) -> str:
    if change.paired:
        images = "the same images" if pairing.both is None else f"the {len(pairing.both):,} images that both tested"
        seeds = "seeds" if _all_seeds(pairing, change) else f"the {counted(change.seeds, 'seed')} that both have"
        return f"on {images} and {seeds}" if change.seeds else f"on {images}"
    if not pairing.same_test:
        return "with the two taken as independent, since test is not the same"
    why = "images of test come in other groups" if pairing.regrouped else "the two share too few seeds"
    why = "their folds are not alike" if pairing.refolded else why
    where = "on the same test" if pairing.both is None else "where images are shared"
    return f"with the two taken as independent, since {why}, which is conservative {where}"


def _all_seeds(pairing: Pairing, change: Change) -> bool:
    bests = [sweep.best for sweep in pairing.sweeps if sweep.best.seeded]
    return all(change.seeds == len(best.thresholds) for best in bests)


def _seedless(change: Change) -> str:
    return "" if change.of_seeds else "; what another seed would give is not in the interval"


def _share_of_positives(pairing: Pairing) -> str:
    """What to know where test holds about as many positives as it did, but not quite."""
    (before, now), wish = map(_percent, pairing.shares), pairing.later.objective
    if not pairing.same_objective or not wish.needs_prevalence or before == now or pairing.both is not None:
        return ""
    moved = wish.constraint if wish.constraint in DEPENDENT else wish.metric
    return f" Of test {before} were positive before and {now} are now, which alone moves {name(moved)} a little."


def _optimistic(pairing: Pairing) -> str:
    chose = [sweep.verdict.optimistic for sweep in pairing.sweeps]
    when = "in both" if all(chose) else "before" if chose[0] else "now"
    return f" Optimistic: test itself chose thresholds and order {when}." if any(chose) else ""


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
