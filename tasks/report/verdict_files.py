"""The verdict and what it rests on as files, with a picture of how far scores can be believed as probabilities."""

from collections.abc import Sequence
from pathlib import Path

import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure

from steelyard.models.calibration.correction_effect import table
from steelyard.models.calibration.reliability import Reliability
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.verdict.sweep_verdict import Verdict

GREY, BLUE = "#6d7480", "#1f5fa8"


def write(verdict: Verdict, scores: pd.DataFrame | None, folder: Path) -> None:
    """Write ``verdict.json``, and of a class to find ``reliability.csv``, ``.png`` and ``corrected_scores.parquet``."""
    (folder / "verdict.json").write_text(verdict.model_dump_json(indent=2))
    if scores is None:
        return
    # Cell by cell: two weights may have the same name.
    tables = [
        table({cell.cell: cell.calibration}).assign(weight_positive=cell.weight_positive) for cell in verdict.cells
    ]
    pd.concat(tables, ignore_index=True).to_csv(folder / "reliability.csv", index=False)
    _draw_reliability(verdict, folder / "reliability.png")
    scores.to_parquet(folder / "corrected_scores.parquet", index=False)


def _draw_reliability(verdict: Verdict, file: Path) -> None:
    """Share of positives against mean score, bin by bin: of the baselines and of the best handling, a line per seed."""
    handling = [cell for cell in verdict.cells if not cell.is_baseline][:1]
    cells = [cell for cell in verdict.cells if cell.is_baseline] + handling
    width, prevalence = 0.3 + 4.6 * len(cells), cells[0].calibration[0].prevalence
    figure, inches = Figure(figsize=(width, 5.1)), 1 / width
    # In inches: a layout that is found draws everything twice.
    sides = {"left": 0.7 * inches, "right": 1 - 0.2 * inches, "bottom": 0.1, "top": 0.87, "wspace": 0.2}
    for axes, cell in zip(figure.subplots(1, len(cells), squeeze=False, gridspec_kw=sides)[0], cells, strict=True):
        before = [each.before for each in cell.calibration]
        after = [each.after for each in cell.calibration if each.after]
        _lines(axes, before, GREY, "s", "score as it comes")
        _lines(axes, after, BLUE, "o", "corrected for the prior")
        _frame(axes, cell, corrected=bool(after))
    figure.suptitle(f"Scores as probabilities on test, as if {100 * prevalence:.3g} % were positive", fontsize=11)
    figure.savefig(file, dpi=110)


def _lines(axes: Axes, seeds: Sequence[Reliability], colour: str, marker: str, label: str) -> None:
    for number, of in enumerate(seeds):
        scores, shares = [bin_.mean_score for bin_ in of.bins], [bin_.observed for bin_ in of.bins]
        bars = [bin_.observed - bin_.low for bin_ in of.bins], [bin_.high - bin_.observed for bin_ in of.bins]
        name = f"{label} (n = {len(seeds)})" if number == 0 else None
        axes.errorbar(
            scores, shares, bars, color=colour, marker=marker, ms=4, lw=1, elinewidth=0.6, alpha=0.7, label=name
        )


def _frame(axes: Axes, cell: CellVerdict, corrected: bool) -> None:
    axes.plot([0, 1], [0, 1], color="black", linewidth=0.8, linestyle=":", zorder=1)
    axes.set(xlim=(-0.02, 1.02), ylim=(-0.02, 1.02), xlabel="mean score of a bin", aspect="equal")
    axes.set_ylabel("share of positives, 95 % Wilson interval")
    axes.set_title(cell.cell if corrected else f"{cell.cell}: the closed form does not fit", fontsize=10)
    axes.spines[["top", "right"]].set_visible(False)
    axes.grid(alpha=0.25)
    axes.legend(loc="upper left", fontsize=8, frameon=False)
