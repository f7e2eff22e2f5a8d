"""The comparison of a sweep: its cells, ranked on val, and every trial."""

from typing import Self

import pandas as pd

from models.objective import Objective
from models.outcome import AT_A_POINT, Outcome
from models.trial import Frozen

BASELINE = "none"


class Comparison(Frozen):
    """What a sweep found; also the content of ``--json``.

    Attributes:
        experiment_id: of MLflow.
        sweep_run_id: the parent run.
        tracking_uri: of the store, absolute.
        image_set: content hash.
        objective: as it was understood.
        best: trial_id of the highest rank on val in the best cell; "" if no trial finished.
        cells: a row per cell, best mean rank on val first: mean, standard deviation and n over seeds.
        trials: in the order they were planned.
    """

    experiment_id: str
    sweep_run_id: str
    tracking_uri: str
    image_set: str
    objective: str
    best: str
    cells: tuple[dict[str, float | int | str | None], ...]
    trials: tuple[Outcome, ...]

    @property
    def failed(self) -> tuple[Outcome, ...]:
        """Trials without a result."""
        return tuple(trial for trial in self.trials if trial.status == "FAILED")

    @classmethod
    def of(
        cls,
        trials: tuple[Outcome, ...],
        experiment_id: str,
        sweep_run_id: str,
        tracking_uri: str,
        image_set: str,
        objective: Objective,
    ) -> Self:
        """Rank the cells on val; test is carried along and never sorted by."""
        cells = cell_table(trials)
        return cls(
            experiment_id=experiment_id,
            sweep_run_id=sweep_run_id,
            tracking_uri=tracking_uri,
            image_set=image_set,
            objective=str(objective),
            best=_best(trials, cells),
            cells=tuple(cells.astype(object).where(cells.notna(), None).to_dict("records")),
            trials=trials,
        )


def trial_table(trials: tuple[Outcome, ...]) -> pd.DataFrame:
    """A row per trial, with the metrics under their MLflow names."""
    return pd.DataFrame([_flat(trial) for trial in trials])


def cell_table(trials: tuple[Outcome, ...]) -> pd.DataFrame:
    """A row per cell, best mean ``operating/rank`` first.

    Returns:
        Columns ``cell``, ``handling``, ``weight_positive``, ``baseline`` (0 or 1), ``n`` (finished seeds), ``failed``,
        ``flagged`` (seeds that the collapse guard flagged), ``feasible`` (seeds whose operating point is), then
        ``<metric>/mean`` and ``<metric>/deviation`` (sample standard deviation, empty for one seed) for the rank, and
        for test at argmax and at the operating point. Cells without a finished trial come last.
    """
    table = trial_table(trials)
    rows = [_cell(of_cell) for _, of_cell in table.groupby(["cell", "weight_positive"], sort=False)]
    return pd.DataFrame(rows).sort_values("operating/rank/mean", ascending=False, kind="stable", ignore_index=True)


def _cell(table: pd.DataFrame) -> dict[str, object]:
    done = table[table["status"] == "FINISHED"]
    metrics = ["operating/rank", "operating/threshold", "test/roc_auc"]
    metrics += [f"{place}/{metric}" for place in ("test", "operating/val", "operating/test") for metric in AT_A_POINT]
    row: dict[str, object] = {
        "cell": table["cell"].iloc[0],
        "handling": table["handling"].iloc[0],
        "weight_positive": table["weight_positive"].iloc[0],
        "baseline": int(table["handling"].iloc[0] == BASELINE),
        "n": len(done),
        "failed": len(table) - len(done),
        "flagged": int((done["flags"].str.len() > 0).sum()) if len(done) else 0,
        "feasible": int(done.get("operating/feasible", pd.Series(dtype=float)).sum()),
    }
    for metric in metrics:
        values = done[metric] if metric in done else pd.Series(dtype=float)
        row |= {f"{metric}/mean": values.mean(), f"{metric}/deviation": values.std(ddof=1)}
    return row


def _flat(trial: Outcome) -> dict[str, object]:
    row: dict[str, object] = trial.model_dump(exclude={"train", "val", "test", "operating"})
    row["flags"] = "; ".join(trial.flags)
    for part, at in (("train", trial.train), ("val", trial.val), ("test", trial.test)):
        row |= {f"{part}/{name}": value for name, value in at.items()}
    return row | (dict(trial.operating.flat()) if trial.operating else {})


def _best(trials: tuple[Outcome, ...], cells: pd.DataFrame) -> str:
    best = (cells["cell"].iloc[0], cells["weight_positive"].iloc[0])
    of_best = [trial for trial in trials if (trial.cell, trial.weight_positive) == best and trial.operating]
    return max(of_best, key=lambda trial: trial.operating.rank if trial.operating else 0).trial_id if of_best else ""
