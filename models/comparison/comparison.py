"""The comparison of a sweep: its cells, ranked on val, every trial, and the verdict."""

from typing import Self

import pandas as pd
from pydantic import model_validator

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.comparison.tables import cell_table
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.older import as_now
from steelyard.models.verdict.sweep_verdict import Verdict

Row = dict[str, float | int | str | None]


class Comparison(Frozen):
    """What a sweep found; also the content of ``--json``.

    Attributes:
        experiment_id: of MLflow.
        sweep_run_id: the parent run.
        tracking_uri: of the store, absolute.
        image_set: content hash.
        objective: as it was understood.
        best: trial_id of the highest rank on val in the best cell; "" if no trial finished.
        cells: a row per cell, best on val first: mean, standard deviation and n over seeds.
        trials: in the order they were planned.
        verdict: what it showed, in numbers with intervals and in words; None if no trial finished.
    """

    experiment_id: str
    sweep_run_id: str
    tracking_uri: str
    image_set: str
    objective: str
    best: str
    cells: tuple[Row, ...]
    trials: tuple[Outcome, ...]
    verdict: Verdict | None = None

    _older = model_validator(mode="before")(as_now)

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        # A sweep of before does not say it of a trial that failed.
        return any(trial.every_class or trial.classes for trial in self.trials)

    @property
    def best_run(self) -> str:
        """Run of the best trial; "" if no trial finished."""
        return next((trial.run_id for trial in self.trials if trial.trial_id == self.best), "")

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
        verdict: Verdict | None = None,
    ) -> Self:
        """Rank the cells on val; test is carried along and never sorted by."""
        cells = cell_table(trials, verdict)
        return cls(
            experiment_id=experiment_id,
            sweep_run_id=sweep_run_id,
            tracking_uri=tracking_uri,
            image_set=image_set,
            objective=str(objective),
            best=_best(trials, cells),
            cells=tuple(cells.astype(object).where(cells.notna(), None).to_dict("records")),
            trials=trials,
            verdict=verdict,
        )


def _best(trials: tuple[Outcome, ...], cells: pd.DataFrame) -> str:
    best = (cells["cell"].iloc[0], cells["weight_positive"].iloc[0])
    of_best = [trial for trial in trials if (trial.cell, trial.weight_positive) == best and trial.operating]
    return max(of_best, key=lambda trial: trial.operating.rank if trial.operating else 0).trial_id if of_best else ""
