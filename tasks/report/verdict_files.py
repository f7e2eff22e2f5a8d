"""The verdict and what it rests on, as files."""

from pathlib import Path

import pandas as pd

from steelyard.models.calibration import table
from steelyard.models.verdict.verdict import Verdict
from steelyard.tasks.report import reliability


def write(verdict: Verdict, scores: pd.DataFrame | None, folder: Path) -> None:
    """Write ``verdict.json``, and of a class to find ``reliability.csv``, ``.png`` and ``corrected_scores.parquet``.

    Args:
        verdict: with its words.
        scores: of all trials, as kept and as corrected; None where every class counts.
        folder: that exists.
    """
    (folder / "verdict.json").write_text(verdict.model_dump_json(indent=2))
    if scores is None:
        return
    # Cell by cell: two weights may have the same name.
    tables = [
        table({cell.cell: cell.calibration}).assign(weight_positive=cell.weight_positive) for cell in verdict.cells
    ]
    bins = pd.concat(tables, ignore_index=True)
    bins.to_csv(folder / "reliability.csv", index=False)
    reliability.draw(verdict, folder / "reliability.png")
    scores.to_parquet(folder / "corrected_scores.parquet", index=False)
