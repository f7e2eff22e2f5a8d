"""The plane of a figure where an objective's constraint holds."""

import numpy as np
import plotly.graph_objects as go

from steelyard.models.objective.rates import Values
from steelyard.models.report import curves
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import constraint
from steelyard.tasks.report.figures import palette

FINE = np.linspace(0, 1, 401)


def above(dossier: Dossier) -> list[go.Scatter]:
    """In the plane of recall and precision; nothing without a constraint."""
    low = curves.edge(dossier.objective, dossier.verdict.prevalence, FINE)
    # At a recall of 0 there is no precision.
    inside = ~np.isnan(low) & (FINE > 0)
    return _area(FINE[inside], low[inside], np.ones(inside.sum()), dossier)


def left_of(dossier: Dossier) -> list[go.Scatter]:
    """In the plane of false-positive rate and recall; nothing without a constraint."""
    most = curves.allowed(dossier.objective, dossier.verdict.prevalence, FINE)
    inside = ~np.isnan(most)
    return _area(most[inside], FINE[inside], FINE[inside], dossier, left=True)


def _area(x: Values, y: Values, far: Values, dossier: Dossier, left: bool = False) -> list[go.Scatter]:
    """The plane where the constraint holds, from its edge to the far side."""
    if not dossier.objective.constraint or not len(x):
        return []
    xs, ys = np.append(x, (np.zeros_like(x) if left else x)[::-1]), np.append(y, far[::-1])
    return [
        go.Scatter(
            x=xs.astype(np.float32),
            y=ys.astype(np.float32),
            fill="toself",
            mode="lines",
            line={"width": 1, "color": palette.GREY, "dash": "dot"},
            fillcolor=palette.faint(palette.GREY, 0.14),
            name=constraint(dossier.objective).replace(">=", "≥").replace("<=", "≤"),
            hoverinfo="skip",
        )
    ]
