"""The comparison of a sweep: its cells, every trial, and the verdict."""

from typing import Self

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.comparison.tables import cell_table
from steelyard.models.objective import Objective
from steelyard.models.spec.trial import Frozen
from steelyard.models.verdict.sweep_verdict import Verdict

Row = dict[str, float | int | str | None]


class Comparison(Frozen):
    """What a sweep found; also the content of ``--json``.

    Attributes:
        sweep_run_id: the parent run, in the experiment of that id and the store of that URI.
        image_set: content hash.
        best: trial_id of the highest rank in the cell to use; "" if no trial finished.
        cells: a row per cell, as of ``tables.cell_table``.
        trials: in the order they were planned.
        pooled: those of all folds of a cell and a seed as one, in the same order; none where there is one split.
        final_run: run of the mean of its folds' networks, where folds took turns; else "".
        verdict: what it showed, in numbers with intervals and in words; None if no trial finished.
        registered: what was registered of it, and whether that is the champion, a line each; none where nobody asked.
    """

    experiment_id: str
    sweep_run_id: str
    tracking_uri: str
    image_set: str
    objective: str
    best: str
    cells: tuple[Row, ...]
    trials: tuple[Outcome, ...]
    pooled: tuple[Outcome, ...] = ()
    final_run: str = ""
    verdict: Verdict | None = None
    registered: tuple[str, ...] = ()

    @property
    def every_class(self) -> bool:
        """Whether every class counts, and none is the one to find."""
        return any(trial.every_class for trial in self.trials)

    @property
    def judged(self) -> tuple[Outcome, ...]:
        """What cells are made of: the trials, or, where there are folds, those of all folds as one."""
        return self.pooled or self.trials

    @property
    def best_run(self) -> str:
        """Run with the model to use: of that trial, or of its folds' mean; "" if there is none."""
        if self.pooled:
            return self.final_run
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
        pooled: tuple[Outcome, ...] = (),
        final_run: str = "",
    ) -> Self:
        """Rank the cells; what reports is carried along and never sorted by."""
        cells = cell_table(judged := pooled or trials, verdict)
        first = str(cells["cell"].iloc[0]), float(cells["weight_positive"].iloc[0])
        finished = {of.trial_id: of.operating.rank for of in judged if of.key == first and of.operating}
        return cls(
            experiment_id=experiment_id,
            sweep_run_id=sweep_run_id,
            tracking_uri=tracking_uri,
            image_set=image_set,
            objective=str(objective),
            best=max(finished, key=lambda of: finished[of], default=""),
            cells=tuple(cells.astype(object).where(cells.notna(), None).to_dict("records")),
            trials=trials,
            pooled=pooled,
            final_run=final_run,
            verdict=verdict,
        )
