"""Images that do not look like the rest of their set: told by how far they are from it, and by how much."""

from collections.abc import Callable, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.findings.looks.halvings import FAR, below, robust_deviation, steps

REASONS = ("blank", "dark", "bright", "blurred", "size", "shape", "colour", "tint")
"""Why an image is odd: almost no contrast, too little or too much light, no sharp edge, other sides, another ratio of
its sides, grey among coloured ones or the reverse, and a colour over all of it."""

FEWEST = 20
"""Images below which nothing is usual."""

FAR_TINT = 6.0
"""As ``FAR``, of a tint: it has two directions to be far in, and longer tails."""

STOPS = 1.5
"""Halvings of light, at least, in which a dark or bright image differs."""

FLAT, FLATTER = 0.08, 2.0
"""A blank image: the largest contrast, and how many halvings it is below the usual one."""

BLUR = 1.0
"""Halvings, at least, of sharpness: edges are 1.4 times as wide."""

OF_ONE_SIZE, OF_ANY_SIZE = 0.1, 1.0
"""Doublings, at least, of a side or a ratio: where most images have one and the same, and where they vary."""

GREY, COLOURED = 0.006, 0.03
"""Mean saturation of what is grey at most, and of what is coloured at least."""

TINTED = 0.1
"""Least difference of the means of two channels."""

KIND = 0.1
"""Share of the images up to which others of a size, shape or colour are odd: more of them are a kind of their own."""

Values = npt.NDArray[np.float64]
Mask = npt.NDArray[np.bool_]


def odd_images(looks: pd.DataFrame) -> pd.DataFrame:
    """Images that are far from the rest of their set, a row per image and reason.

    An image is far where it is more than ``FAR`` robust standard deviations (1.4826 times the median absolute
    deviation) from the median, on a scale of halvings. It must also differ by an amount that matters, so that of a set
    of equal images none is odd. Up to half of the images may be odd before the usual itself moves.

    Args:
        looks: a row per image, as ``tasks.images.looks`` measures them.

    Returns:
        Columns ``row`` (int64, place in ``looks``, rising), ``why`` (of ``REASONS``), and ``value`` and ``usual`` (str)
        of what it is told by: this image's, and the median of all.
    """
    found = [rule(looks.astype(np.float64)) for rule in RULES] if len(looks) >= FEWEST else []
    told = pd.concat([_told(np.zeros(0, bool), "", [], ""), *found], ignore_index=True)
    return told.sort_values("row", kind="stable", ignore_index=True)


def _lighting(looks: pd.DataFrame) -> pd.DataFrame:
    """Dark by its bright parts and its mean, bright by its dark parts and its mean: black fur is no lack of light."""
    mean, bright_parts, dark_parts = (looks[name].to_numpy() for name in ("mean", "p95", "p05"))
    dark = below(bright_parts, STOPS) & below(mean, STOPS / 2, far=0)
    bright = below(1 - dark_parts, STOPS) & below(1 - mean, STOPS / 2, far=0)
    return pd.concat(
        [
            _told(dark, "dark", _shares(bright_parts), _share(bright_parts)),
            _told(bright, "bright", _shares(dark_parts), _share(dark_parts)),
        ]
    )


def _detail(looks: pd.DataFrame) -> pd.DataFrame:
    contrast, sharp = _contrast(looks), looks["sharpness"].to_numpy()
    blank = (contrast <= FLAT) & below(contrast, FLATTER)
    # What is left of a blank image is noise, or nothing.
    blurred = below(sharp, BLUR) & ~blank
    return pd.concat(
        [
            _told(blank, "blank", _shares(contrast), _share(contrast)),
            _told(blurred, "blurred", _shares(sharp), _share(sharp)),
        ]
    )


def _contrast(looks: pd.DataFrame) -> Values:
    """Deviation over mean, which dim light leaves as it is; of almost black images light is noise."""
    contrast: Values = looks["std"].to_numpy() / np.maximum(looks["mean"].to_numpy(), 0.2)
    return contrast


def _sides(looks: pd.DataFrame) -> pd.DataFrame:
    width, height = looks["width"].to_numpy(), looks["height"].to_numpy()
    longer, ratio = np.maximum(width, height), width / height
    told = [f"{wide:.0f} x {high:.0f}" for wide, high in zip(width, height, strict=True)]
    usual = f"{np.median(width):.0f} x {np.median(height):.0f}"
    return pd.concat([_told(_apart(longer), "size", told, usual), _told(_apart(ratio), "shape", told, usual)])


def _apart(values: Values) -> Mask:
    apart, spread = steps(values)
    return _few(np.abs(apart) > max(FAR * spread, OF_ANY_SIZE if spread else OF_ONE_SIZE))


def _colours(looks: pd.DataFrame) -> pd.DataFrame:
    saturation = looks["saturation"].to_numpy()
    grey, coloured, usual = saturation <= GREY, saturation >= COLOURED, float(np.median(saturation))
    other = coloured if usual <= GREY else grey if usual >= COLOURED else np.zeros(len(looks), bool)
    tints = np.stack([looks[name] - looks["green"] for name in ("red", "blue")])
    apart = tints - np.median(tints, axis=1, keepdims=True)
    spread = np.maximum(robust_deviation(apart), TINTED / FAR_TINT)
    tinted = _few(np.linalg.norm(apart / spread[:, None], axis=0) > FAR_TINT) & ~other
    return pd.concat(
        [
            _told(_few(other), "colour", _shares(saturation), _share(saturation)),
            _told(tinted, "tint", [_tint(*tint) for tint in tints.T], _tint(*np.median(tints, axis=1))),
        ]
    )


RULES: tuple[Callable[[pd.DataFrame], pd.DataFrame], ...] = (_detail, _lighting, _sides, _colours)


def _few(odd: Mask) -> Mask:
    return odd & bool(odd.mean() <= KIND)


def _told(odd: Mask, why: str, values: Sequence[str], usual: str) -> pd.DataFrame:
    rows = np.flatnonzero(odd)
    return pd.DataFrame(
        {"row": rows, "why": why, "value": [values[row] for row in rows.tolist()], "usual": usual}, copy=False
    )


def _shares(values: Values) -> list[str]:
    return [f"{value:.2f}" for value in values]


def _share(values: Values) -> str:
    return f"{np.median(values):.2f}"


def _tint(red: float, blue: float) -> str:
    return f"red {red:+.2f}, blue {blue:+.2f}"
