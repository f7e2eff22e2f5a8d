"""What a handling did to the baseline's curve: lifted it, moved along it, or nothing that these images show."""

from collections.abc import Iterable, Mapping, Sequence

from steelyard.models.statistics.bootstrap import AREAS, RATES, Sampled
from steelyard.models.statistics.multiplicity import holm
from steelyard.models.statistics.spread import Spread
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.point import estimate
from steelyard.models.verdict.tried import Cell, Columns, kind, rivals
from steelyard.models.verdict.verdict import Difference, Shape

LEVEL = 0.05
"""Of a family of comparisons: the chance to claim any difference where there is none."""

Both = tuple[Cell, Cell]

AT_ARGMAX = {f"argmax/{name}": name for name in (*RATES, "alarms")}


def differences(evidence: Evidence) -> dict[Cell, dict[str, Difference]]:
    """Each handling's metrics minus its baseline's, by metric; as ``of_rivals`` has them."""
    found = of_rivals(evidence).items()
    return {cell: of for (cell, base), of in found if not is_of_networks(evidence, cell, base)}


def of_rivals(evidence: Evidence, order: Iterable[Cell] | None = None) -> dict[Both, dict[str, Difference]]:
    """A cell and its rival -> the one's metrics minus the other's, by metric; those that share no seed are left out.

    Every handling has its recipe's baseline as its rival: ``roc_auc`` and ``average_precision``; the objective's own
    metric and its constraint's at the operating point; ``argmax/recall``, ``argmax/false_positive_rate`` and
    ``argmax/alarms``. The baselines of two recipes are rivals too, in recall and precision at both places besides.
    Holm's correction is over all of them, within each metric.

    Args:
        evidence: of the sweep.
        order: of the cells, by which one baseline is put beside another; as they were planned where it is None.
    """
    cells = evidence.cells if order is None else order
    both = rivals(evidence.tried, cells, evidence.cells)
    pairs = {names: partners for names in both if (partners := evidence.shared(*names))}
    networks = [names for names in pairs if is_of_networks(evidence, *names)]
    own, found = compared(evidence), {names: dict[str, Difference]() for names in pairs}
    for name, metric in {**own, **_of_networks(evidence)}.items():
        told = [names for names in pairs if name in own or names in networks]
        of_metric = _compared(name, evidence, metric, [pairs[names] for names in told])
        for names, difference in zip(told, of_metric, strict=True):
            found[names][name] = difference
    return found


def is_of_networks(evidence: Evidence, cell: Cell, other: Cell) -> bool:
    """Whether two cells differ in their recipes."""
    return evidence.outcome(cell).recipe != evidence.outcome(other).recipe


def _of_networks(evidence: Evidence) -> Mapping[str, Sampled]:
    """What recipes are compared in beside the metrics of handlings."""
    operating, argmax = evidence.at("operating"), evidence.at("argmax")
    shown = ("recall", "precision")
    return {name: operating[name] for name in shown} | {f"argmax/{name}": argmax[name] for name in shown}


def compared(evidence: Evidence) -> Mapping[str, Sampled]:
    """The metrics that handlings are compared in, of every trial."""
    operating, argmax = evidence.at("operating"), evidence.at("argmax")
    objective = evidence.objective
    wanted = [name for name in (objective.metric, objective.constraint) if name in operating]
    return (
        {name: evidence.sampled[name] for name in AREAS}
        | {name: operating[name] for name in wanted}
        | {place: argmax[name] for place, name in AT_ARGMAX.items()}
    )


def shape(found: Mapping[str, Difference]) -> Shape:
    """What the differences say of the curve.

    *Lifted* or *lowered* where the ROC area differs after Holm's correction. *Moved along* where that is not shown, but
    the share of images called positive at argmax differs after Holm's correction, and recall and false-positive rate
    went the same way: what another threshold does.
    """
    area, alarms = found["roc_auc"], found["argmax/alarms"]
    if area.p_holm <= LEVEL:
        return "lifted the curve" if area.value > 0 else "lowered the curve"
    together = found["argmax/recall"].value * found["argmax/false_positive_rate"].value > 0
    return "moved along the curve" if alarms.p_holm <= LEVEL and together else "no difference shown"


def _compared(
    name: str, evidence: Evidence, metric: Sampled, pairs: Sequence[tuple[Columns, Columns]]
) -> list[Difference]:
    kinds = [kind(evidence.tried, *columns) for columns in pairs]
    found = evidence.spreads([metric.of(mine) - metric.of(other) for mine, other in pairs], kinds=kinds)
    corrected = holm([spread.p for spread in found])
    return [_difference(name, spread, p_holm, len(found)) for spread, p_holm in zip(found, corrected, strict=True)]


def _difference(metric: str, spread: Spread, p_holm: float, comparisons: int) -> Difference:
    low, high = spread.interval()
    bounds = (low, high) if metric == "cost" else (max(-1.0, low), min(1.0, high))
    estimated = estimate(spread, bounds).model_dump()
    return Difference(**estimated, p=spread.p, p_holm=p_holm, detectable=spread.detectable(comparisons))
