"""A picture of what a trial calls the images of test: a field for each pair of classes, drawn in a few milliseconds."""

from collections.abc import Sequence
from functools import cache
from pathlib import Path

import matplotlib
import numpy as np
import pandas as pd
from PIL import Image, ImageDraw, ImageFont

from steelyard.models.names import cut, printable
from steelyard.models.objective.operating_point import matrix
from steelyard.models.objective.threshold_choice import decide

SIDES, LEAST = {2: 150, 6: 84, 20: 46}, 12
"""Pixels of a field's side for up to so many classes, each of which is named; of more classes the least."""

BESIDE, TOP, TEXT, LONGEST = 190, 46, 14, 18
"""Pixels left of the fields and below them for names, and above; of a text; and characters of a name."""

BLUES = ((0.0, 0.5, 1.0), ((247, 251, 255), (107, 174, 214), (8, 48, 107)))
"""Shares of a class and their colours; between them in proportion."""


def draw(test: pd.DataFrame, threshold: float, place: int | None, class_names: Sequence[str], file: Path) -> None:
    """Draw how many images of each class are called each class.

    Args:
        test: rows of test, with label and scores.
        threshold: at which images are decided.
        place: of the class with the threshold; None where none has one.
        class_names: K names.
        file: PNG to write.
    """
    classes, labels = len(class_names), test["label"].to_numpy(np.int64)
    called = decide(matrix(test), threshold, place)
    counts = np.bincount(classes * labels + called, minlength=classes**2).reshape(classes, classes)
    shares = counts / np.maximum(counts.sum(axis=1, keepdims=True), 1)
    side = next((side for most, side in SIDES.items() if classes <= most), LEAST)
    picture = Image.new("RGB", (BESIDE + side * classes + 30, TOP + side * classes + BESIDE), "white")
    pen = ImageDraw.Draw(picture)
    pen.text((12, 14), f"{len(test):,} test images: what they are, and what they are called", "black", _font())
    for (row, column), share in np.ndenumerate(shares):
        x, y = BESIDE + column * side, TOP + row * side
        pen.rectangle((x, y, x + side - 1, y + side - 1), _blue(float(share)))
        if side > LEAST and counts[row, column]:
            told = f"{counts[row, column]:,}" + f"\n{share:.0%}" * (side > SIDES[20])
            colour = "white" if share > 0.5 else "black"
            pen.text((x + side / 2, y + side / 2), told, colour, _font(), "mm", align="center")
    for number, name in enumerate(class_names if side > LEAST else ()):
        middle, short = (number + 0.5) * side, cut(printable(name), LONGEST)
        pen.text((BESIDE - 8, TOP + middle), short, "black", _font(), "rm")
        line = Image.new("L", (BESIDE - 8, TEXT + 8))
        ImageDraw.Draw(line).text((BESIDE - 8, (TEXT + 8) / 2), short, 255, _font(), "rm")
        turned = line.rotate(90, expand=True)
        picture.paste("black", (round(BESIDE + middle - turned.width / 2), TOP + classes * side + 8), turned)
    picture.save(file)


def _blue(share: float) -> tuple[int, int, int]:
    shares, colours = BLUES
    red, green, blue = (round(float(np.interp(share, shares, part))) for part in zip(*colours, strict=True))
    return red, green, blue


@cache
def _font() -> ImageFont.FreeTypeFont:
    # Comes with Matplotlib, and has letters of more scripts than Pillow's own.
    return ImageFont.truetype(Path(matplotlib.get_data_path(), "fonts", "ttf", "DejaVuSans.ttf"), TEXT)
