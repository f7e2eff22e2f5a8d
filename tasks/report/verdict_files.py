"""The verdict and what it rests on as files."""

from pathlib import Path

import pandas as pd

from steelyard.models.calibration.correction_effect import table
from steelyard.models.verdict.sweep_verdict import Verdict


def write(verdict: Verdict, scores: pd.DataFrame | None, folder: Path) -> None:
    """Write ``verdict.json``, and of a class to find ``reliability.csv`` and ``corrected_scores.parquet``."""
    (folder / "verdict.json").write_text(verdict.model_dump_json(indent=2))
    if scores is None:
        return
    # Cell by cell: two weights may have the same name.
    tables = [table({of.cell: of.calibration}).assign(weight_positive=of.weight_positive) for of in verdict.cells]
    pd.concat(tables, ignore_index=True).to_csv(folder / "reliability.csv", index=False)
    scores.to_parquet(folder / "corrected_scores.parquet", index=False)
