"""What a handling did to the baseline's curve: lifted it, moved along it, or nothing that these images show."""

from collections.abc import Mapping

from models.statistics.bootstrap import AREAS, RATES, Sampled
from models.statistics.multiplicity import holm
from models.statistics.spread import Spread
from models.verdict.evidence import Evidence
from models.verdict.point import estimate
from models.verdict.tried import Cell
from models.verdict.verdict import Difference, Shape

LEVEL = 0.05
"""Of a family of comparisons: the chance to claim any difference where there is none."""

AT_ARGMAX = {f"argmax/{name}": name for name in (*RATES, "alarms")}


def differences(evidence: Evidence) -> dict[Cell, dict[str, Difference]]:
    """Each cell's metrics minus the baseline's, by metric; cells that share no seed with it are left out.

    ``roc_auc`` and ``average_precision``; the objective's own metric and its constraint's at the operating point;
    ``argmax/recall``, ``argmax/false_positive_rate`` and ``argmax/alarms``. Holm's correction is over the cells, within
    each metric.
    """
    pairs = {cell: partners for cell in evidence.cells if (partners := evidence.partners(cell))}
    if not pairs:
        return {}
    by_metric = {
        name: _compared(name, evidence.spreads([metric.of(mine) - metric.of(base) for mine, base in pairs.values()]))
        for name, metric in compared(evidence).items()
    }
    return {cell: {name: found[number] for name, found in by_metric.items()} for number, cell in enumerate(pairs)}


def compared(evidence: Evidence) -> Mapping[str, Sampled]:
    """The metrics that cells are compared in, of every trial."""
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


def _compared(metric: str, found: list[Spread]) -> list[Difference]:
    corrected = holm([spread.p for spread in found])
    return [_difference(metric, spread, p_holm, len(found)) for spread, p_holm in zip(found, corrected, strict=True)]


def _difference(metric: str, spread: Spread, p_holm: float, comparisons: int) -> Difference:
    low, high = spread.interval()
    bounds = (low, high) if metric == "cost" else (max(-1.0, low), min(1.0, high))
    estimated = estimate(spread, bounds).model_dump()
    return Difference(**estimated, p=spread.p, p_holm=p_holm, detectable=spread.detectable(comparisons))
