"""A picture of what a trial gets right and wrong on test: of a class to find, or of K classes."""

from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import numpy.typing as npt
import pandas as pd
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from matplotlib.text import Text
from PIL import Image, ImageDraw, ImageFont

from steelyard.models.metrics.metrics import ARGMAX
from steelyard.models.names import cut, printable
from steelyard.models.objective.operating_point import Operating, matrix
from steelyard.models.objective.threshold_choice import decide
from steelyard.models.spec.sweep_plan import Subject

WIDTH, HEIGHT, TOP, FIELD = 792, 418, 72, 160
LEFT = (48, 444)
"""Pixels: of the picture, above the matrices, of a side of a field, and left of each matrix."""

BLUES = ((0.0, 0.5, 1.0), ((247, 251, 255), (107, 174, 214), (8, 48, 107)))
"""Shares and their colours; between them in proportion."""

LONGEST, BESIDE = 16, 18
"""Characters of a class that fit a field, and a name beside the picture of K classes."""

NUMBERED = 20
"""Up to so many classes each field tells its share, and each class its name."""

Counts = npt.NDArray[np.int64]


def draw(test: pd.DataFrame, operating: Operating, subject: Subject, file: Path) -> None:
    """Two confusion matrices of test side by side: at argmax, and at the operating point.

    Drawn pixel by pixel in 10 ms: Matplotlib takes 140 ms for the same, more than a small trial trains.
    """
    picture = Image.new("RGB", (WIDTH, HEIGHT), "white")
    pen = ImageDraw.Draw(picture)
    names = [cut(printable(name), LONGEST) for name in subject.read]
    scores, labels = test["score"].to_numpy(np.float64), test["label"].to_numpy(np.int64)
    pen.text((WIDTH / 2, 12), f"{len(test):,} test images", "black", _font(16), anchor="mm")
    points = (("argmax", ARGMAX), ("operating point", operating.threshold))
    for left, (title, threshold) in zip(LEFT, points, strict=True):
        pen.text((left + FIELD, 48), f"{title}\nscore ≥ {threshold:.3g}", "black", _font(15), "mm", align="center")
        _matrix(pen, left, _counts(labels, scores >= threshold, 2), names)
        for row, name in enumerate(names):
            _upright(picture, (left - 14, TOP + round((row + 0.5) * FIELD)), f"is {name}")
    picture.save(file)


def _counts(labels: Counts, called: npt.NDArray[np.integer | np.bool_], classes: int) -> Counts:
    """(K, K): what images are, and what they are called."""
    return np.bincount(classes * labels + called, minlength=classes**2).reshape(classes, classes)


def _shares(counts: Counts) -> npt.NDArray[np.float64]:
    """Of each class, by row; 0 for one without an image."""
    shares: npt.NDArray[np.float64] = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    return shares


def _matrix(pen: ImageDraw.ImageDraw, left: int, counts: Counts, names: list[str]) -> None:
    for (row, column), share in np.ndenumerate(_shares(counts)):
        x, y = left + column * FIELD, TOP + row * FIELD
        pen.rectangle((x, y, x + FIELD - 1, y + FIELD - 1), _blue(share))
        told, colour = f"{counts[row, column]:,}\n{share:.0%} of {names[row]}", "white" if share > 0.5 else "black"
        pen.text((x + FIELD / 2, y + FIELD / 2), told, colour, _font(15), "mm", align="center")
    for column, name in enumerate(names):
        at = (left + (column + 0.5) * FIELD, TOP + 2 * FIELD + 13)
        pen.text(at, f"called {name}", "black", _font(14), anchor="mm")
    pen.rectangle((left, TOP, left + 2 * FIELD, TOP + 2 * FIELD), outline="black")


def _upright(picture: Image.Image, centre: tuple[int, int], words: str) -> None:
    line = Image.new("L", (FIELD, 22))
    ImageDraw.Draw(line).text((FIELD / 2, 11), words, 255, _font(14), anchor="mm")
    turned = line.rotate(90, expand=True)
    picture.paste("black", (centre[0] - turned.width // 2, centre[1] - turned.height // 2), turned)


def _blue(share: float) -> tuple[int, int, int]:
    shares, colours = BLUES
    red, green, blue = (round(float(np.interp(share, shares, part))) for part in zip(*colours, strict=True))
    return red, green, blue


@cache
def _font(size: int) -> ImageFont.FreeTypeFont:
    # Comes with Matplotlib, and has letters of more scripts than Pillow's own.
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), size)


def draw_classes(
    test: pd.DataFrame, threshold: float, place: int | None, class_names: tuple[str, ...], file: Path
) -> None:
    """The confusion matrix of K classes at the operating point, as shares of each class.

    Args:
        test: rows of test, with label and ``score_<c>``.
        threshold: at which images are decided.
        place: of the class with the threshold; None where none has one.
        class_names: K names.
        file: PNG to write.
    """
    classes = len(class_names)
    counts = _counts(test["label"].to_numpy(np.int64), decide(matrix(test), threshold, place), classes)
    shares = _shares(counts)
    side = min(12.0, 3.0 + 0.45 * classes)
    # A Figure of its own, never pyplot: trials are drawn from several threads.
    figure = Figure(figsize=(side, side), layout="constrained")
    axes = figure.subplots()
    axes.imshow(shares, cmap="Blues", vmin=0, vmax=1)
    if classes <= NUMBERED:
        _number(axes, counts, shares, [cut(printable(name), BESIDE) for name in class_names])
    axes.tick_params(length=0)
    axes.set(xlabel="called", ylabel="is (images)")
    axes.set_title(f"{len(test):,} test images, % of each class", fontsize=10)
    plain(figure)
    figure.savefig(file, dpi=110)


def plain(figure: Figure) -> None:
    """Let names be text in a picture that has all of its texts, even with a dollar sign in them."""
    for text in figure.findobj(Text):
        assert isinstance(text, Text)
        text.set_parse_math(False)


def _number(axes: Axes, counts: Counts, shares: npt.NDArray[np.float64], names: list[str]) -> None:
    """Names along both sides, and the share in each field."""
    sizes = [f"{name} ({size:,})" for name, size in zip(names, counts.sum(axis=1), strict=True)]
    axes.set_xticks(range(len(names)), names, rotation=90)
    axes.set_yticks(range(len(names)), sizes)
    for (row, column), share in np.ndenumerate(shares):
        if counts[row, column]:
            colour = "white" if share > 0.5 else "black"
            axes.text(column, row, f"{100 * share:.0f}", ha="center", va="center", color=colour, fontsize=8)
