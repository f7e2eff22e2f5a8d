"""The recommended cell's ROC area by how much of train its network learned from."""

from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import figures
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.figure import Plot, figure, interval, marks


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """One, with intervals."""
    learning = dossier.verdict.learning
    assert learning is not None
    colour = palette.colours(dossier.cells)[dossier.best.key]
    shares, areas = [100 * share for share in learning.shares], learning.areas
    told = [f"{share:.0f} % of train: {figures(area)}" for share, area in zip(shares, areas, strict=True)]
    marker = {"symbol": "diamond", "size": 11, "color": colour, "line": {"width": 1.2, "color": palette.INK}}
    points = marks(shares, [area.value for area in areas], marker, told, error_y=interval(areas, colour))
    points.update(mode="lines+markers", line={"color": colour, "width": 1.6})
    drawn = figure([points], "share of train, %", "ROC area on test", 300)
    drawn.update_xaxes(range=[0, 106], tickvals=shares)
    return (Plot("", drawn, f"ROC area on test by share of train: {'; '.join(told)}"),)
