"""A sweep from what was asked for to its result: tables, words, and a card for notebooks."""

from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any, TypeVar

import pandas as pd
from prefect import State

from steelyard.flows.sweep import sweep as sweep_flow
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.tables import cell_table, trial_table
from steelyard.models.errors import BadInput, SweepFailed
from steelyard.models.spec.sweep import Sweep
from steelyard.models.words import phrases as say
from steelyard.models.words.answer import answer
from steelyard.tasks import preflight
from steelyard.tasks.prefect_view import flow_runs, server
from steelyard.tasks.report import reports
from steelyard.tasks.report.page import notebook_card
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import store

T = TypeVar("T")

NONE, NOT_WHOLE = "No trial finished", "No cell finished in all of its folds"


def run_sweep(spec: Sweep, settings: Settings, config: Path | None = None) -> Comparison:
    """Run a sweep, whether or not trials fail.

    Raises:
        BadInput: something that was asked for cannot be used.
        SweepFailed: whatever else left the sweep without a comparison.
    """
    server.check_named()
    preflight.check(spec, settings, config)
    return result_of(flow_runs.run(sweep_flow, settings.cache, spec, settings), Comparison, "sweep")


def result_of(state: State[Any], kind: type[T], flow: str) -> T:
    """What a flow that has ended gave; raises as ``run_sweep`` where that is not of the kind it should be."""
    # Where an event loop runs, as in a notebook, Prefect would give something to await.
    result: object = state.result(raise_on_failure=False, _sync=True)  # type: ignore[call-overload]
    if isinstance(result, kind):
        return result
    if isinstance(result, BadInput):
        raise result
    raise SweepFailed(f"the {flow} failed: {result or state.message}")


class Found:
    """What a sweep found; all of it is kept in MLflow too.

    Attributes:
        comparison: all of it, as the command line's ``--json`` has it.
    """

    def __init__(self, comparison: Comparison) -> None:
        self.comparison = comparison

    @property
    def sweep_run_id(self) -> str:
        """The sweep's run in MLflow."""
        return self.comparison.sweep_run_id

    @property
    def tracking_uri(self) -> str:
        """MLflow's store, absolute."""
        return self.comparison.tracking_uri

    @property
    def answer(self) -> str:
        """What the sweep says to whoever reads nothing else: four lines of 80 columns; why there is none."""
        said = answer(self.comparison)
        return "\n".join(said.lines) if said else self._why_none

    @property
    def verdict(self) -> str:
        """What the sweep showed, a sentence a line."""
        judged = self.comparison.verdict
        return "\n".join(judged.words) if judged else self._why_none

    @property
    def best(self) -> "pd.Series[Any]":
        """The row of ``cells`` that is recommended.

        Raises:
            LookupError: no trial finished.
        """
        if not self.comparison.best:
            raise LookupError(self._why_none)
        return self.cells.iloc[0]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """A row per cell, the one to use, then by rank: means, deviations and intervals, as in ``cells.csv``."""
        return _typed(cell_table(self.comparison.judged, self.comparison.verdict))

    @cached_property
    def trials(self) -> pd.DataFrame:
        """A row per trial in the order planned, failed ones with their ``reason``; named as in ``trials.csv``."""
        return _typed(trial_table(self.comparison.trials))

    def report(self, path: str | PathLike[str] = "report.html") -> Path:
        """Write the report, one page that opens anywhere.

        Args:
            path: file to write; a report that is there is replaced.

        Raises:
            BadInput: no trial finished, or the file cannot be written.
            OSError: the disk or the store failed.
        """
        with store.told(self.tracking_uri):
            reports.report([self.sweep_run_id], self.tracking_uri, Path(path))
        return Path(path)

    def __repr__(self) -> str:
        found, cells = self.comparison, say.counted(len(self.comparison.cells), "cell")
        failed = f", {len(found.failed)} failed" if found.failed else ""
        trials = f"{say.counted(len(found.trials), 'trial')}{failed}"
        return f"{self.answer}\n{cells}, {trials}; sweep {found.sweep_run_id}"

    def _repr_html_(self) -> str:
        return self._card

    @cached_property
    def _card(self) -> str:
        if not self.comparison.best:
            return notebook_card.of_words([self._why_none])
        try:
            with store.told(self.tracking_uri):
                return notebook_card.of(reports.fetch(self.tracking_uri, self.sweep_run_id))
        except (BadInput, OSError) as error:
            # What it is made of is gone from the store; the words are still here.
            return notebook_card.of_words([*self.verdict.split("\n"), str(error)])

    @property
    def _why_none(self) -> str:
        reason = next((of.reason for of in self.comparison.judged if of.reason), "")
        return f"{NOT_WHOLE if self.comparison.pooled else NONE}: {reason}"


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """The same with numbers as numbers where some are missing: they would be of no type."""
    measured = [column for column in table if "/" in str(column)]
    return table.astype(dict.fromkeys(measured, float))
