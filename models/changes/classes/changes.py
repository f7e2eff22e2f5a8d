"""What changed from one sweep to another where every class counts: images, spec, versions, balanced accuracy."""

from collections.abc import Iterator, Mapping

from steelyard.models.changes.cells import CellChange, in_order, standing
from steelyard.models.changes.changes import Changes, told
from steelyard.models.changes.classes.pairing import METRIC, ClassesPairing
from steelyard.models.changes.differences import Change, independent, kind
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.point import estimate
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.phrases import changed, counted, measured

EVEN = 0.5
"""Weight of the positive class, where there is none."""

Pair = tuple[CellVerdict, CellVerdict]
Found = Mapping[tuple[str, str], Change]


def changes(earlier: Dossier, later: Dossier) -> Changes:
    """Say what changed.

    Args:
        earlier: the sweep to compare with, of which "before" is said.
        later: the sweep of which "now" is said.
    """
    pairing = ClassesPairing(earlier, later)
    found = _differences(pairing)
    return told(pairing, _result(pairing, found), _cells(earlier, later, found))


def _differences(pairing: ClassesPairing) -> Found:
    """Of the cells that both sweeps have, and of the best of each; none where they are about different things."""
    if not pairing.same_subject:
        return {}
    before, now = (_by_name(sweep) for sweep in (pairing.earlier, pairing.later))
    pairs = {(name, name): (before[name], now[name]) for name in now if name in before}
    best = pairing.earlier.best, pairing.later.best
    pairs[best[0].cell, best[1].cell] = best
    partners = {names: found for names, pair in pairs.items() if (found := pairing.partners(*pair))}
    kinds = [kind(*pairs[names]) for names in partners]
    told = {
        names: Change(**estimate(of, of.interval()).model_dump(), paired=True, of_seeds=of.seeds != 1)
        for names, of in zip(partners, pairing.spreads(partners, kinds), strict=True)
    }
    same = {names: _nothing(of.seeds) for names, of in told.items() if _is_same(pairing, pairs[names])}
    apart = {names: _independent(*pair) for names, pair in pairs.items() if names not in told}
    return told | same | apart


def _is_same(pairing: ClassesPairing, pair: Pair) -> bool:
    """Whether both cells are the same networks, deciding alike."""
    before, now = pairing.earlier.trials(pair[0]), pairing.later.trials(pair[1])
    if [trial.trial_id for trial in before] != [trial.trial_id for trial in now]:
        return False
    partners = pairing.partners(*pair)
    return partners is not None and not pairing.difference(partners).replicates.any()


def _nothing(seeds: int) -> Change:
    return Change(value=0, low=0, high=0, deviation=None, seeds=seeds, paired=True, of_seeds=True)


def _independent(earlier: CellVerdict, later: CellVerdict) -> Change:
    before, now = earlier.point[METRIC], later.point[METRIC]
    low, high = independent(before, now)
    seeds, of_seeds = min(before.seeds, now.seeds), 1 not in (before.seeds, now.seeds)
    value = now.value - before.value
    return Change(value=value, low=low, high=high, deviation=None, seeds=seeds, paired=False, of_seeds=of_seeds)


def _result(pairing: ClassesPairing, found: Found) -> str:
    before, now = pairing.earlier, pairing.later
    change = found.get((before.best.cell, now.best.cell))
    said = f"Best on val for {before.objective} was {_best(before)}"
    if before.objective != now.objective:
        said += f", and best for {now.objective} is {_best(now)} now, on test"
    else:
        said += f", and is {_best(now)} now, on test"
    if change is None:
        return f"{said}; the two are about different things, so their results are not compared."
    if change.same:
        return f"{said}: they are the same networks."
    seeds = f" and {counted(change.seeds, 'seed')}" if change.seeds else ""
    basis = f"paired by image{seeds}" if change.paired else "as if independent"
    shown = "" if change.shown else ": no difference shown"
    return f"{said}: {changed(METRIC, change)} {basis}{shown}."


def _best(sweep: Dossier) -> str:
    return f"{sweep.best.cell} with {measured(METRIC, sweep.best.point[METRIC])}"


def _cells(earlier: Dossier, later: Dossier, found: Found) -> Iterator[CellChange]:
    before, now = (_by_name(sweep) for sweep in (earlier, later))
    for name in in_order(before, now):
        change = found.get((name, name))
        yield CellChange(
            cell=name,
            weight_positive=EVEN,
            earlier=standing(earlier.cells, name, EVEN),
            later=standing(later.cells, name, EVEN),
            changes={METRIC: change} if change else {},
        )


def _by_name(sweep: Dossier) -> dict[str, CellVerdict]:
    return {cell.cell: cell for cell in sweep.cells}
