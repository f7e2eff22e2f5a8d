"""What a sweep found, as Python has it: tables, words, and a card for notebooks."""

import logging
from functools import cached_property
from os import PathLike
from pathlib import Path
from typing import Any

import pandas as pd

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.tables import cell_table, trial_table
from steelyard.models.errors import BadInput
from steelyard.tasks.report import reports
from steelyard.tasks.report.page import notebook_card
from steelyard.tasks.tracking import store

logger = logging.getLogger(__name__)


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
    def verdict(self) -> str:
        """What the sweep showed, a sentence a line."""
        judged = self.comparison.verdict
        return "\n".join(judged.words) if judged else self._why_none

    @property
    def best(self) -> "pd.Series[Any]":
        """The row of ``cells`` that is best on val.

        Raises:
            LookupError: no trial finished.
        """
        if not self.comparison.best:
            raise LookupError(self._why_none)
        return self.cells.iloc[0]

    @cached_property
    def cells(self) -> pd.DataFrame:
        """A row per cell, best on val first: means and deviations over seeds, named as in MLflow's ``cells.csv``."""
        return _typed(cell_table(self.comparison.trials, self.comparison.verdict))

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
        found = self.comparison
        failed = f", {len(found.failed)} failed" if found.failed else ""
        best = f"best on val: {self.best['cell']}" if found.best else "none finished"
        return (
            f"<Found {len(found.cells)} cells, {len(found.trials)} trials{failed}; {best}; "
            f"{found.objective}; sweep {found.sweep_run_id}>"
        )

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
        return f"No trial finished: {self.comparison.trials[0].reason}"


def _typed(table: pd.DataFrame) -> pd.DataFrame:
    """The same with numbers as numbers where some are missing: they would be of no type."""
    measured = [column for column in table if "/" in str(column)]
    return table.astype(dict.fromkeys(measured, float))
