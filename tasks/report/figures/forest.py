"""The differences to the unweighted baseline, each with its interval: a forest plot."""

from collections.abc import Sequence

import plotly.graph_objects as go

from models.report.dossier import Dossier
from models.verdict.curve import LEVEL
from models.verdict.phrases import chance, name
from models.verdict.verdict import CellVerdict, Difference
from tasks.report.figures import palette
from tasks.report.figures.figure import Plot, figure, interval, rows, signed

MANY = 20

ROW = 26
"""CSS pixels of a cell."""


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """ROC area and average precision, then what the objective asks for at the operating point; none without a pair."""
    cells = drawn(dossier)
    if not cells:
        return ()
    objective = dossier.objective
    metrics = ["roc_auc", "average_precision"]
    metrics += [
        of for of in (objective.metric, objective.constraint) if of in cells[0].differences and of not in metrics
    ]
    return tuple(_plot(cells, metric, areas=metric in ("roc_auc", "average_precision")) for metric in metrics)


def drawn(dossier: Dossier) -> list[CellVerdict]:
    """The cells with a difference, best on val first: so many, and those beyond whose ROC area is shown to differ."""
    cells = [cell for cell in dossier.verdict.cells if cell.differences]
    return cells[:MANY] + [cell for cell in cells[MANY:] if cell.differences["roc_auc"].p_holm <= LEVEL][:MANY]


def _plot(cells: Sequence[CellVerdict], metric: str, areas: bool) -> Plot:
    where = "" if areas else ", at the operating point"
    found = [cell.differences[metric] for cell in cells]
    labels = [cell.cell for cell in cells]
    # The best on val stands on top.
    placed = [*zip(range(len(cells))[::-1], labels, found, strict=True)]
    traces = [_trace(placed, metric, shown) for shown in (True, False)]
    layout = figure(traces, "difference", "", height=80 + ROW * len(cells))
    layout.update_yaxes(**rows(labels)).update_xaxes(zeroline=True, zerolinewidth=1.5, range=_range(found))
    told = "; ".join(f"{label} {_figures(of)}" for _, label, of in placed)
    return Plot(f"{name(metric)}{where}", layout, told)


def _trace(placed: Sequence[tuple[int, str, Difference]], metric: str, shown: bool) -> go.Scatter:
    kept = [(row, label, of) for row, label, of in placed if (of.p_holm <= LEVEL) is shown]
    values, lows, highs = ([getattr(of, end) for *_, of in kept] for end in ("value", "low", "high"))
    colour = palette.BLUE if shown else palette.GREY
    return go.Scatter(
        x=values,
        y=[row for row, *_ in kept],
        mode="markers",
        name="shown after Holm's correction" if shown else "not shown",
        marker={"symbol": "diamond" if shown else "circle-open", "size": 10, "color": colour, "line": {"width": 2}},
        error_x=interval(values, lows, highs, colour),
        text=[f"{label}: {_figures(of)}, {chance(of.p_holm)} after Holm's correction" for _, label, of in kept],
        hovertemplate=f"%{{text}}<br>{name(metric)}<extra></extra>",
    )


def _figures(of: Difference) -> str:
    return f"{signed(of.value)} [{signed(of.low)}, {signed(of.high)}]"


def _range(found: Sequence[Difference]) -> list[float]:
    low, high = min(0.0, *(of.low for of in found)), max(0.0, *(of.high for of in found))
    room = max(0.02, 0.08 * (high - low))
    return [low - room, high + room]
