"""The tables of a sweep: a row per trial, and a row per cell, ranked on val behind the one to use."""

from collections.abc import Iterator, Sequence
from math import nan
from statistics import fmean

import pandas as pd

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.handlings.registry import METHODS
from steelyard.models.metrics.registry import LOGGED, ONE_CLASS
from steelyard.models.spec.trial import BASELINE
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.scored_trials import Cell
from steelyard.models.verdict.sweep_verdict import Verdict

KEY = ("cell", "weight_positive")
TOLD = (*KEY, "handling", "recipe", "seeded", "status", "flags", "operating/feasible")
"""Columns of a trial's row that name its cell, and that a cell's row is told from."""

DIGITS = 12
"""That ranks are told apart by."""

SOMETIMES = ("precision_at_prevalence", "balanced_accuracy")
"""Metrics of a point that only some sweeps have."""


def trial_table(trials: tuple[Outcome, ...]) -> pd.DataFrame:
    """A row per trial, with the metrics under their MLflow names, and ``/low`` and ``/high`` of their intervals."""
    return pd.DataFrame([_flat(trial) for trial in trials])


def cell_table(trials: tuple[Outcome, ...], verdict: Verdict | None = None) -> pd.DataFrame:
    """A row per cell: by the share of seeds that meet the constraint on val, then by the objective there.

    Where there is a verdict, the cell that it recommends comes first of all.

    Returns:
        Columns ``cell``, ``handling``, ``weight_positive``, ``recipe``, ``baseline`` (0 or 1), ``seeded`` (0 where one
        trial stands for every seed, else 1), ``n`` (finished seeds), ``failed``, ``flagged`` (seeds that the collapse
        guard flagged), ``feasible`` (seeds whose operating point is), then ``<metric>/mean`` and ``<metric>/deviation``
        (sample standard deviation, empty for one seed) for the rank, the threshold, the objective and test at argmax
        and val and test at the operating point; then, where there is a verdict, ``operating/test/<metric>/low`` and
        ``/high``, ``shape`` and ``status``. Where the objective states a prevalence, precision is there as
        ``precision_at_prevalence`` too; where every class counts, metrics are macro, and those of each class are there
        as ``operating/class/<name>/<metric>``. Of equals the simpler comes first; cells without a finished trial come
        last.
    """
    table = trial_table(trials)
    cells: tuple[CellVerdict, ...] = verdict.cells if verdict else ()
    judged = {(cell.cell, cell.weight_positive): cell for cell in cells}
    measured, told = _measured(table), dict(iter(table.reindex(columns=list(TOLD)).groupby(list(KEY), sort=False)))
    first = next(iter(judged), None)
    order = sorted(ranked(trials), key=lambda cell: cell != first)
    rows = [_cell(told[cell]) | measured[cell] | _judged(table, judged.get(cell)) for cell in order]
    return pd.DataFrame(rows)


def ranked(trials: Sequence[Outcome]) -> list[Cell]:
    """The cells, best on val first, the simpler of equals before the others; those without a finished trial last."""
    orders, simple = _orders(trials), {(of.cell, of.weight_positive): _simplicity(of) for of in trials}
    return sorted(orders, key=lambda cell: (orders[cell], simple[cell]))


def _simplicity(trial: Outcome) -> tuple[int, float]:
    """Lowest first: nothing, then weights, the more even the simpler, then methods as the registry has them."""
    if trial.is_baseline:
        return -1, 0.0
    methods = list(METHODS)
    return (1 + methods.index(trial.handling) if trial.handling in methods else 0), abs(trial.weight_positive - 0.5)


def _orders(trials: Sequence[Outcome]) -> dict[Cell, tuple[float, ...]]:
    of_cell: dict[Cell, list[Outcome]] = {}
    for trial in trials:
        of_cell.setdefault((trial.cell, trial.weight_positive), []).append(trial)
    return {cell: _order(of) for cell, of in of_cell.items()}


def _order(trials: Sequence[Outcome]) -> tuple[float, ...]:
    """Lowest first: infeasible seeds, then the objective of those that are feasible, then the violation of the others.

    The rank is the objective's where it is 0 or more, and minus the violation below. Where a bound cannot be cleared
    with so few images, whatever the network, all miss it alike, and the objective tells; under a constraint more of it
    is better.
    """
    points = [trial.operating for trial in trials if trial.status == "FINISHED" and trial.operating]
    if not points:
        return (2.0,)
    feasible, others = ([point.rank for point in points if point.feasible == met] for met in (True, False))
    order = len(others) / len(points), *(-fmean(ranks) if ranks else 0.0 for ranks in (feasible, others))
    beyond = [point.objective for point in points if not point.feasible]
    return *(round(of, DIGITS) for of in order), -fmean(beyond) if beyond else 0.0


def _cell(table: pd.DataFrame) -> dict[str, object]:
    done = table[table["status"] == "FINISHED"]
    named = {name: table[name].iloc[0] for name in ("cell", "handling", "weight_positive", "recipe")}
    return named | {
        "baseline": int(table["handling"].iloc[0] == BASELINE),
        "seeded": int(table["seeded"].iloc[0]),
        "n": len(done),
        "failed": len(table) - len(done),
        "flagged": int((done["flags"].str.len() > 0).sum()) if len(done) else 0,
        "feasible": int(done["operating/feasible"].sum()),
    }


def _measured(table: pd.DataFrame) -> dict[Cell, dict[str, object]]:
    """Mean and deviation of each metric over the finished trials of each cell; NaN where there are none."""
    metrics = list(_metrics(table))
    numbers = table.reindex(columns=metrics).astype(float)
    numbers[table["status"] != "FINISHED"] = nan
    groups = numbers.groupby([table[name] for name in KEY], sort=False)
    found = {"mean": groups.mean().to_dict("index"), "deviation": groups.std(ddof=1).to_dict("index")}
    return {
        cell: {f"{metric}/{what}": of[cell][metric] for metric in metrics for what, of in found.items()}
        for cell in zip(*(table[name] for name in KEY), strict=True)
    }


def _metrics(table: pd.DataFrame) -> Iterator[str]:
    yield from ("operating/rank", "operating/objective", "operating/threshold", "test/roc_auc")
    for place in ("test", "operating/val", "operating/test"):
        yield from (f"{place}/{metric}" for metric in LOGGED)
        yield from (f"{place}/{metric}" for metric in SOMETIMES if f"{place}/{metric}" in table)
    yield from (str(column) for column in table if str(column).startswith("operating/class/"))


def _judged(table: pd.DataFrame, found: CellVerdict | None) -> dict[str, object]:
    if found is None:
        return {}
    row: dict[str, object] = {}
    for name in (name for name in ONE_CLASS if name in found.point):
        at, stated = found.point[name], f"{name}_at_prevalence"
        # A verdict gives precision for the objective's prevalence, where it states one.
        told = stated if f"operating/test/{stated}" in table else name
        row |= {f"operating/test/{told}/low": at.low, f"operating/test/{told}/high": at.high}
        if f"test/{told}" not in table:
            argmax = found.argmax[name]
            row |= {f"test/{told}/mean": argmax.value}
    return row | {"shape": found.shape, "status": found.feasibility.status if found.feasibility else None}


def _flat(trial: Outcome) -> dict[str, object]:
    row: dict[str, object] = trial.model_dump(exclude={"train", "val", "test", "operating", "every_class", "classes"})
    row["flags"] = "; ".join(trial.flags)
    for part, at in (("train", trial.train), ("val", trial.val), ("test", trial.test)):
        row |= {f"{part}/{name}": value for name, value in at.items()}
    classes = trial.classes.items()
    row |= {f"operating/class/{name}/{metric}": value for name, of in classes for metric, value in of.items()}
    if trial.operating:
        row |= trial.operating.flat()
    return row
