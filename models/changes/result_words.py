"""The results of two sweeps in words: what the best cell of each gives, and whether that differs."""

from collections.abc import Mapping

from steelyard.models.changes.differences import Change
from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.thing_words import listed
from steelyard.models.objective.objective import DEPENDENT
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import at, changed, counted, name

Found = Mapping[str, Change]


def result(pairing: Pairing, found: Found) -> str:
    """What the best cell of each sweep gives on test, and whether that differs by more than images and seeds explain.

    Args:
        pairing: of the sweeps.
        found: metric -> change from the best cell of the earlier to that of the later; empty where they are not
            compared.
    """
    if not found:
        said = _apart(pairing)
    elif pairing.same_objective:
        said = f"{_same_wish(pairing)}: {_judged(pairing, found[pairing.later.objective.metric])}"
    else:
        said = f"{_other_wish(pairing)}; {_each(pairing, found)}"
    return f"{said}.{_share(pairing, found)}{_optimistic(pairing)}"


def _apart(pairing: Pairing) -> str:
    (before, now), (wanted, wants) = (
        [sweep.about.subject for sweep in (pairing.earlier, pairing.later)],
        [sweep.objective for sweep in (pairing.earlier, pairing.later)],
    )
    return (
        f"The two are about different things, {before.title} before and {now.title} now, so their results are not "
        f"compared: best on val for {wanted} was {_best(pairing.earlier)}, and best for {wants} is "
        f"{_best(pairing.later)} now, on test"
    )


def _same_wish(pairing: Pairing) -> str:
    before, now = pairing.earlier.best, pairing.later.best
    if (before.cell, before.weight_positive) == (now.cell, now.weight_positive):
        found = list(dict.fromkeys([_at(pairing.earlier), _at(pairing.later)]))
        told = f"{found[0]} before and {found[1]} now" if len(found) > 1 else f"{found[0]} before and now"
        best = f"is {_cell(pairing.later)} in both, with {told}"
    else:
        best = f"was {_best(pairing.earlier)}, and is {_best(pairing.later)} now"
    return f"Best on val for {pairing.later.objective} {best}, on test"


def _other_wish(pairing: Pairing) -> str:
    before, now = (str(sweep.objective) for sweep in (pairing.earlier, pairing.later))
    if before == now:
        before, now = (
            f"{wish} where {_percent(of)} are positive" for wish, of in zip((before, now), pairing.shares, strict=True)
        )
    compared = "ROC area, recall and precision" if pairing.alike else "ROC area and recall"
    return (
        f"The results are for different objectives, {before} before and {now} now, so only "
        f"{compared} are compared, each at its own operating point: best on val was {_best(pairing.earlier)}, and is "
        f"{_best(pairing.later)} now, on test"
    )


def _best(sweep: Dossier) -> str:
    return f"{_cell(sweep)} with {_at(sweep)}"


def _cell(sweep: Dossier) -> str:
    return f"{sweep.best.cell}, the unweighted baseline," if sweep.best.shape == "baseline" else sweep.best.cell


def _at(sweep: Dossier) -> str:
    found = sweep.best.feasibility
    return at(sweep.best, sweep.objective) + (f" ({found.status})" if found else "")


def _judged(pairing: Pairing, found: Change) -> str:
    metric = pairing.later.objective.metric
    if found.same:
        where = "" if pairing.later.objective.is_of_the_curve else " at the same thresholds"
        if _all_seeds(pairing, found):
            return f"they are the same networks{where}"
        return f"the {counted(found.seeds, 'network')} that both have are the same{where}; other seeds make the rest"
    alike = found.paired and _scored_alike(pairing)
    said = f"{changed(metric, found)} {_basis(pairing, found)}{', all scored as before' * alike}"
    if not found.shown:
        return f"{said}: no difference shown{_seedless(found)}"
    noise = "images and seeds" if found.of_seeds and found.seeds else "other images"
    return f"{said}: a difference is shown, more than {noise} explain{_seedless(found)}"


def _each(pairing: Pairing, found: Found) -> str:
    """Several metrics, each with its interval and whether that leaves 0 out."""
    said = [_beside(pairing, metric, each) for metric, each in found.items()]
    left = [each for each in found.values() if not each.same]
    return listed(said) + (f", {_basis(pairing, left[0])}{_seedless(left[0])}" if left else "")


def _beside(pairing: Pairing, metric: str, found: Change) -> str:
    if not found.same:
        return f"{changed(metric, found)} ({'a difference is shown' if found.shown else 'no difference shown'})"
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
    seeds = [len(best.thresholds) for best in (pairing.earlier.best, pairing.later.best) if best.seeded]
    return all(found.seeds == number for number in seeds)


def _seedless(found: Change) -> str:
    return "" if found.of_seeds else "; what another seed would give is not in the interval"


def _share(pairing: Pairing, found: Found) -> str:
    """What to know where test holds about as many positives as it did, but not quite."""
    (before, now), wish = map(_percent, pairing.shares), pairing.later.objective
    if not found or not pairing.same_objective or not wish.needs_prevalence or before == now:
        return ""
    moved = wish.constraint if wish.constraint in DEPENDENT else wish.metric
    return f" Of test {before} were positive before and {now} are now, which alone moves {name(moved)} a little."


def _optimistic(pairing: Pairing) -> str:
    chose = [sweep.verdict.optimistic for sweep in (pairing.earlier, pairing.later)]
    when = "in both" if all(chose) else "before" if chose[0] else "now"
    return f" Optimistic: test itself chose thresholds and order {when}." if any(chose) else ""


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
