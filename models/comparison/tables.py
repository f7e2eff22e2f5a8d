"""The tables of a sweep: a row per trial, a row per cell behind the one to use, and a row per estimate."""

from collections.abc import Iterator, Mapping, Sequence

import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.handlings.registry import METHODS
from steelyard.models.metrics.registry import LOGGED, METRICS, OF_CLASS, ONE_CLASS, counted_in
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import BASELINE
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import Verdict

KEY = ["cell", "weight_positive"]
"""Columns that tell a cell from the others."""

DIGITS, SOMETIMES = 12, ("precision_at_prevalence", "balanced_accuracy")
"""That ranks are told apart by; metrics of a point that only some sweeps have."""


def trial_table(trials: tuple[Outcome, ...]) -> pd.DataFrame:
    """A row per trial, with the metrics under their MLflow names."""
    rows = []
    for trial in trials:
        row = trial.model_dump(exclude={"train", "val", "test", "operating", "every_class", "classes"})
        row["flags"] = "; ".join(trial.flags)
        places = {part: getattr(trial, part) for part in ("train", "val", "test")}
        places |= {f"operating/class/{name}": of for name, of in trial.classes.items()}
        row |= {f"{place}/{name}": value for place, of in places.items() for name, value in of.items()}
        rows.append(row | (trial.operating.flat() if trial.operating else {}))
    return pd.DataFrame(rows)


def cell_table(trials: tuple[Outcome, ...], verdict: Verdict | None = None) -> pd.DataFrame:
    """A row per cell: the one that a verdict recommends first, then by the rank of its best seed.

    Of equals the simpler comes first; cells without a finished trial come last.

    Returns:
        Columns ``cell``, ``handling``, ``weight_positive``, ``recipe``, ``baseline`` (0 or 1), ``seeded`` (0 where one
        trial stands for every seed), numbers of seeds: ``n`` finished, ``failed``, ``flagged`` by the collapse guard
        and ``feasible``, whose constraint is certified; ``<metric>/mean`` and ``/deviation`` (empty for one seed) of
        ``operating/rank``, threshold and objective, of ``test`` at argmax and of both parts at the operating point;
        where there is a verdict ``operating/test/<metric>/low`` and ``/high``, ``shape`` and ``status``. Where a
        prevalence is stated, precision is there as ``precision_at_prevalence`` too; where every class counts, metrics
        are macro, beside those of each class as ``operating/class/<name>/<metric>``.
    """
    table = trial_table(trials)
    done, keys = table["status"] == "FINISHED", [table[name] for name in KEY]
    certified = table["operating/feasible"].eq(True) if "operating/feasible" in table else done & False
    counts = {"n": done, "failed": ~done, "flagged": done & (table["flags"] != ""), "feasible": done & certified}
    first = {"baseline": (table["handling"] == BASELINE).astype(int), "seeded": table["seeded"].astype(int)}
    metrics = list(_metrics(table))
    numbers = table.reindex(columns=metrics).astype(float).where(done).groupby(keys, sort=False)
    both = [numbers.mean().add_suffix("/mean"), numbers.std(ddof=1).add_suffix("/deviation")]
    cells = pd.concat(
        [
            table[["handling", "recipe"]].assign(**first).groupby(keys, sort=False).first(),
            pd.DataFrame(counts).groupby(keys, sort=False).sum(),
            pd.concat(both, axis=1)[[f"{of}/{what}" for of in metrics for what in ("mean", "deviation")]],
        ],
        axis=1,
    )
    judged = {cell.key: _judged(table, cell) for cell in verdict.cells} if verdict else {}
    order = sorted(ranked(trials), key=lambda cell: cell != next(iter(judged), None))
    found = pd.DataFrame([judged.get(cell, {}) for cell in order], index=pd.MultiIndex.from_tuples(order, names=KEY))
    cells = pd.concat([cells.loc[order], found], axis=1).reset_index()
    named = ["cell", "handling", "weight_positive", "recipe"]
    return cells[[*named, *(column for column in cells if column not in named)]]


def ranked(trials: Sequence[Outcome]) -> list[Cell]:
    """The cells by the rank of their best seed, the simpler of equals first; those without a finished trial last."""
    best, simple = dict[Cell, float](), dict[Cell, tuple[int, float]]()
    for of in trials:
        rank = round(of.operating.rank, DIGITS) if of.status == "FINISHED" and of.operating else -2.0
        best[of.key], simple[of.key] = max(rank, best.get(of.key, -2.0)), _simplicity(of)
    return sorted(best, key=lambda cell: (-best[cell], simple[cell]))


def _simplicity(trial: Outcome) -> tuple[int, float]:
    """Lowest first: nothing, then weights, the more even the simpler, then methods as the registry has them."""
    if trial.is_baseline:
        return -1, 0.0
    place = 1 + list(METHODS).index(trial.handling) if trial.handling in METHODS else 0
    return place, abs(trial.weight_positive - 0.5)


def estimate_table(verdict: Verdict) -> pd.DataFrame:
    """A row per estimate of a verdict, the tidy form of all that it measured.

    Returns:
        Columns ``configuration``, ``metric``, ``estimate``, ``low`` and ``high`` (of the 95 % interval) and ``n``
        (images behind it). Metrics are areas, those at the operating point, ``argmax/<metric>``,
        ``difference/<metric>`` to the unweighted network, and where every class counts ``class/<name>/<metric>``.
    """
    columns = ["configuration", "metric", "estimate", "low", "high", "n"]
    told = ((cell.cell, *of) for cell in verdict.cells for of in _told(cell, verdict))
    rows = [(name, key, of.value, of.low, of.high, n) for name, key, of, n in told]
    return pd.DataFrame(rows, columns=columns)


def _told(cell: CellVerdict, verdict: Verdict) -> Iterator[tuple[str, Estimate, int]]:
    images = sum(verdict.sizes)
    yield from ((key, of, images) for key, of in cell.areas.items())
    for place, at in (("", cell.point), ("argmax/", cell.argmax)):
        yield from ((f"{place}{key}", of, _images_of(key, at, verdict)) for key, of in at.items())
    yield from ((f"difference/{key}", of, images) for key, of in cell.differences.items())
    for name, own in ((of.name, of) for of in cell.classes):
        yield from ((f"class/{name}/{key}", getattr(own, key), own.images) for key in ("recall", "precision", "f1"))


def _images_of(key: str, at: Mapping[str, Estimate], verdict: Verdict) -> int:
    """How many images a metric at a point is a share of; all where it is of no kind alone."""
    share_of, prefix = METRICS[key.removeprefix(OF_CLASS)].share_of, OF_CLASS * key.startswith(OF_CLASS)
    images = sum(verdict.sizes)
    if not share_of or bool(prefix) != verdict.every_class:
        return images
    name = Objective.parse(verdict.objective).class_name
    positives = verdict.sizes[verdict.classes.index(name)] if prefix else verdict.positives
    rates = at[f"{prefix}recall"].value, at[f"{prefix}false_positive_rate"].value
    calls = round(rates[0] * positives + rates[1] * (images - positives))
    return int(counted_in(positives, images - positives, calls)[share_of])


def _metrics(table: pd.DataFrame) -> Iterator[str]:
    yield from ("operating/rank", "operating/objective", "operating/threshold", "test/roc_auc")
    for place in ("test", "operating/val", "operating/test"):
        yield from (f"{place}/{metric}" for metric in LOGGED)
        yield from (f"{place}/{metric}" for metric in SOMETIMES if f"{place}/{metric}" in table)
    yield from (str(column) for column in table if str(column).startswith("operating/class/"))


def _judged(table: pd.DataFrame, found: CellVerdict) -> dict[str, object]:
    row: dict[str, object] = {}
    for name in (name for name in ONE_CLASS if name in found.point):
        # A verdict gives precision for the objective's prevalence, where it states one.
        stated = f"operating/test/{name}_at_prevalence"
        place = stated if stated in table else f"operating/test/{name}"
        row |= {f"{place}/low": found.point[name].low, f"{place}/high": found.point[name].high}
    return row | {"shape": found.shape, "status": found.feasibility.status if found.feasibility else None}
