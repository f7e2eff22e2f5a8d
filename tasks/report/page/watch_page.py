"""The page of a look at new images: what changed, how scores lie before and now, and what to label next."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from importlib.metadata import version
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from steelyard.models.drift.drift import Change
from steelyard.models.words import drift_words as say
from steelyard.tasks.report.page.error_gallery import Shot
from steelyard.tasks.report.page.own_files import own_file
from steelyard.tasks.report.page.render import environment

BINS = 40
WIDTH, HEIGHT = 640, 170
"""Of the drawing, in its own units."""

END = float(np.log(0.9995 / 0.0005))
"""Log odds at either end; scores beyond stand there."""

TICKS = (0.001, 0.01, 0.1, 0.5, 0.9, 0.99, 0.999)


class Tile(NamedTuple):
    """A picture, its path and what is said of it."""

    shot: Shot
    path: str
    lines: tuple[str, ...]


@dataclass(frozen=True)
class Gallery:
    """New images of one kind that are worth a label, each with the known image nearest to it or alone.

    Attributes:
        title: of the kind.
        line: on it.
        groups: tiles that belong together.
    """

    title: str
    line: str
    groups: list[list[Tile]]


@dataclass(frozen=True)
class Histogram:
    """How scores lie, along log odds.

    Attributes:
        area: of test's, as the path of a filled shape.
        outline: of the new ones, as the path of a line.
        threshold: where it stands; None where the highest score decides.
        ticks: (place, words).
    """

    area: str
    outline: str
    threshold: float | None
    ticks: list[tuple[float, str]]

    @classmethod
    def of(cls, before: npt.NDArray[np.floating], now: npt.NDArray[np.floating], threshold: float) -> "Histogram":
        """Of (n,) and (m,) scores in [0, 1]."""
        shares = [np.histogram(_log_odds(of), BINS, (-END, END))[0] / len(of) for of in (before, now)]
        most = max(float(of.max()) for of in shares)
        edges = np.linspace(0, WIDTH, BINS + 1)
        area, outline = (_steps(edges, HEIGHT * (1 - of / most)) for of in shares)
        ticks = [(_place(tick), f"{tick:g}") for tick in TICKS]
        return cls(f"{area} Z", outline, None if threshold < 0 else _place(threshold), ticks)


def _log_odds(scores: npt.ArrayLike) -> npt.NDArray[np.float64]:
    inside = np.clip(np.asarray(scores, np.float64), 1e-9, 1 - 1e-9)
    odds: npt.NDArray[np.float64] = np.clip(np.log(inside / (1 - inside)), -END, END)
    return odds


def _place(score: float) -> float:
    return round(float((_log_odds(score) + END) / (2 * END) * WIDTH), 1)


def _steps(edges: npt.NDArray[np.float64], tops: npt.NDArray[np.float64]) -> str:
    across, up = np.repeat(edges, 2), np.concatenate([[HEIGHT], np.repeat(tops, 2), [HEIGHT]])
    return "M" + " L".join(f"{x:.1f} {y:.1f}" for x, y in zip(across.tolist(), up.tolist(), strict=True))


def watch_page(
    title: str,
    at: datetime,
    made_of: str,
    changes: Sequence[Change],
    apart: str,
    alarms: Sequence[str],
    exact: bool,
    histogram: Histogram,
    galleries: Sequence[Gallery],
) -> str:
    """The page, complete in itself.

    Args:
        title: the model and its version.
        at: time of the look.
        made_of: what was compared.
        changes: what was found.
        apart: which parts of the images were not compared, and why; "" for none.
        alarms: names of the classes that count as an alarm.
        exact: as of ``models.drift.drift.changes``.
        histogram: of scores.
        galleries: of each kind of image to label next.
    """
    shown = [of for of in changes if of.told or not of.part]
    # Opened it takes the place of the short table.
    folded = changes if any(of.part for of in changes) else ()
    return (
        environment()
        .get_template("watch.html.jinja")
        .render(
            title=f"{title}: new images · Steelyard",
            heading=f"{title} · new images, {at:%Y-%m-%d %H:%M}",
            headline=say.headline(changes),
            made_of=made_of,
            rows=[_row(of, alarms) for of in shown],
            folded=[_row(of, alarms) for of in folded],
            apart=apart,
            how=say.HOW if exact else f"{say.HOW} {say.APPROXIMATE}",
            histogram=histogram,
            width=WIDTH,
            height=HEIGHT,
            galleries=galleries,
            version=version("steelyard"),
            style=own_file("style.css"),
            script=own_file("page.js"),
        )
    )


def _row(change: Change, alarms: Sequence[str]) -> tuple[str | bool, ...]:
    """Cells of the table, and whether the change is told."""
    return (
        say.named(change, alarms),
        say.value(change, change.before),
        say.value(change, change.now),
        f"{change.effect:.2f}",
        say.short_p(change.p if change.p_holm is None else change.p_holm),
        "approximate, not counted" if change.p_holm is None else "changed" if change.told else "no change",
        change.told,
    )
