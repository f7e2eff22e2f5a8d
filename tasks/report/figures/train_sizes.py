"""The ROC area of the baseline by how much of train its network learned from."""

from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import figures
from steelyard.tasks.report.figures import palette
from steelyard.tasks.report.figures.canvas import Canvas
from steelyard.tasks.report.figures.figure import Plot
from steelyard.tasks.report.figures.frame import Scale, frame, number
from steelyard.tasks.report.figures.marks import estimate, line


def plots(dossier: Dossier) -> tuple[Plot, ...]:
    """One, with intervals."""
    learning = dossier.verdict.learning
    assert learning is not None
    cell = next((cell for cell in dossier.cells if cell.cell == learning.cell), dossier.best)
    colour = palette.colours(dossier.cells)[cell.key]
    shares, areas = [100 * share for share in learning.shares], learning.areas
    told = [f"{share:.0f} % of train: {figures(area)}" for share, area in zip(shares, areas, strict=True)]
    low, high = min(area.low for area in areas), max(area.high for area in areas)
    room = max(0.01, 0.08 * (high - low))

    def draw(canvas: Canvas) -> None:
        across = Scale(0, 106, "share of train, %", {share: number(share) for share in shares})
        frame(canvas, across, Scale(low - room, min(1, high) + room, "ROC area on test"))
        line(canvas, shares, [area.value for area in areas], colour, linewidth=1.6)
        for share, area, said in zip(shares, areas, told, strict=True):
            estimate(canvas, area, share, colour, "D", said, upright=True)

    return (Plot("", f"ROC area on test by share of train: {'; '.join(told)}", draw, height=280),)
