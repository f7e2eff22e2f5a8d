"""A metric of one sweep minus that of another, with an interval for other images."""

from collections.abc import Sequence

import numpy as np
import pandas as pd

from steelyard.models.changes.pairing import BALANCED, Pairing
from steelyard.models.data.image_set import group_codes
from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.metrics.tally import Tally
from steelyard.models.objective.rates import Values
from steelyard.models.report.dossier import Dossier
from steelyard.models.statistics.areas import areas_of_class
from steelyard.models.statistics.resampling import Weights, draw
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.estimates import HALF, Z_95
from steelyard.models.verdict.rechosen import Rechosen

Pair = tuple[CellVerdict, CellVerdict]
Drawn = tuple[pd.Index, Weights]
"""Images by id, and (n, B) how often each is in each bootstrap sample."""


class Change(Estimate):
    """The later's metric minus the earlier's, with its 95 % interval.

    Attributes:
        paired: whether both sweeps report on some of the same images.
    """

    paired: bool

    @property
    def shown(self) -> bool:
        """Whether the interval leaves 0 out."""
        return not self.low <= 0 <= self.high

    @property
    def same(self) -> bool:
        """Whether nothing moved, on these images or on any sample of them."""
        return self.low == self.high == 0


def differences(pairing: Pairing, pairs: Sequence[Pair]) -> list[dict[str, Change]]:
    """Return the change of each of ``Pairing.metrics`` for each pair of a cell of the earlier and one of the later.

    The value is that of the later verdict minus that of the earlier. Its standard error is that of bootstrap samples of
    all images of both sweeps: an image that both have is drawn for both, and each sample chooses the thresholds again.
    Where the two are about different things nothing is compared.
    """
    if not pairs or not pairing.same_subject:
        return [{} for _ in pairs]
    drawn = _drawn(pairing)
    return [_changes(pairing, pair, drawn) for pair in pairs]


def _changes(pairing: Pairing, pair: Pair, drawn: Drawn) -> dict[str, Change]:
    before, now = (_samples(pairing, *of, drawn) for of in zip(pairing.sweeps, pair, strict=True))
    found, tested = {}, pairing.images[["part/before", "part/now"]] == "test"
    for name in pairing.metrics:
        value = pair[1].metric(name).value - pair[0].metric(name).value
        half = Z_95 * float((now[name] - before[name]).std(ddof=1))
        found[name] = Change(value=value, low=value - half, high=value + half, paired=bool(tested.all(axis=1).any()))
    return found


def _drawn(pairing: Pairing) -> Drawn:
    """Draw samples of the images that choose or report in either sweep, in the later's groups where that has them."""
    ids = pd.Index(np.union1d(*(sweep.scores["id"].astype(str) for sweep in pairing.sweeps)))
    table, objective = pairing.images.loc[ids], pairing.later.objective
    labels, groups = (table[f"{name}/now"].fillna(table[f"{name}/before"]) for name in ("label", "group"))
    stated = objective.prevalence is not None or not objective.needs_prevalence
    return ids, draw(labels.to_numpy(np.int64), group_codes(ids, groups), pairing.later.every_class or stated)


def _samples(pairing: Pairing, sweep: Dossier, cell: CellVerdict, drawn: Drawn) -> dict[str, Values]:
    """(B,) of each metric of a cell's network."""

    def weights(ids: pd.Index) -> Weights:
        own: Weights = drawn[1][drawn[0].get_indexer(ids.astype(str))]
        return own

    row, objective, found = sweep.network(cell), sweep.objective, dict[str, Values]()
    if sweep.every_class:
        table = sweep.tables(sweep.scores)[row].set_index("id")
        labels, called = (table[name].to_numpy(np.int64) for name in ("label", "called"))
        tally = Tally.weighted(labels, called, len(sweep.verdict.classes), weights(table.index))
        found[BALANCED] = tally.macro()[BALANCED]
    if sweep.place is None:
        return found
    part, prefix = sweep.test, OF_CLASS * sweep.every_class
    reporting = choosing = part, weights(part.ids)
    if sweep.verdict.apart and not sweep.every_class:  # Else no scores are kept of the images that choose apart.
        choosing = sweep.val, weights(sweep.val.ids)
    counts = Rechosen.of(objective, choosing, reporting, row).drawn
    areas = areas_of_class(part.own == 1, part.scores[row], objective.prevalence)
    found |= {f"{prefix}{name}": area + slopes @ reporting[1] for name, (area, slopes) in areas.items()}
    for key in (key for key in pairing.metrics if key not in found):
        name = key.removeprefix(prefix)
        found[key] = objective.measure(name, counts.rates(objective.share_for(name, None), HALF))
    return found
