"""The one picture of a sweep: the ROC plane with the recommended network, its threshold and where the wish holds."""

import re
import threading
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from markupsafe import Markup

from steelyard.models.metrics.registry import OF_CLASS
from steelyard.models.names import cut
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.other_thresholds import GRID, RocCurve, chosen, has_curve, roc_curve
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.words.phrases import called, constraint, figures, quoted
from steelyard.tasks.report.figures import palette

# Matplotlib takes a second to import, which a page that draws nothing need not wait for.
if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

PIXELS, TEXT, LINE = 72, 12, 19
"""To an inch, so that one of Matplotlib's points is a CSS pixel; CSS pixels of a text, and of a line of it."""

WIDTHS = {"wide": 560, "narrow": 344}
"""CSS pixels that the picture is drawn on; the page shows one of them, by the room that there is."""

HEIGHT, SHARP = 252, 2
"""CSS pixels of the plane, and pixels of a PNG to one of them."""

LONGEST = {"wide": 24, "narrow": 22}
"""Characters of a name."""

ENDS = (0.02, 0.05, 0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0)
"""Of the axis of false alarms, the first that holds all that is to be seen."""

FINE = np.linspace(0, 1, 401)

RULES = {
    "axes.edgecolor": palette.LINE,
    "axes.labelcolor": palette.SOFT,
    "font.family": ["sans-serif"],
    "font.size": TEXT,
    "svg.fonttype": "none",
    "svg.hashsalt": "steelyard",
    "text.color": palette.INK,
    "text.parse_math": False,
    "text.usetex": False,
    "xtick.color": palette.LINE,
    "xtick.labelcolor": palette.INK,
    "ytick.color": palette.LINE,
    "ytick.labelcolor": palette.INK,
}
"""Matplotlib's settings of the drawing, whatever a notebook has made of them."""

_one_at_a_time = threading.RLock()
"""The settings are those of the whole process."""

LEFT_OUT = re.compile(r"<metadata>.*?</metadata>|<style.*?</style>| (?:width|height)=\"[\d.]+pt\"", re.DOTALL)
FONT, IDS = re.compile(r"font: ([\d.]+px)[^;\"]*"), re.compile(r"(\bid=\"|href=\"#|url\(#)")


@dataclass(frozen=True)
class Picture:
    """The picture of a sweep, before it is drawn.

    Attributes:
        curve: of the recommended network.
        point: what it does at its threshold, recall and false-positive rate.
        beside: the same of the unweighted network at a threshold of 0.5; None where that is not known.
    """

    dossier: Dossier
    curve: RocCurve
    point: tuple[Estimate, Estimate]
    beside: tuple[Estimate, Estimate] | None

    @property
    def wish(self) -> str:
        """``precision ≥ 0.7``; "" without a constraint."""
        return constraint(self.dossier.objective).replace(">=", "≥").replace("<=", "≤")

    @property
    def threshold(self) -> str:
        """Where the network decides, as people read it."""
        at = chosen(self.dossier)
        return f"threshold {at:.3g}" if at >= 0 else "the highest score decides"

    @property
    def says(self) -> str:
        """The picture in words, for whoever does not see it."""
        recall, wrong = (figures(of) for of in self.point)
        words = f"ROC plane. {self._name(60)} at {self.threshold}: recall {recall}, false-positive rate {wrong}."
        if self.beside:
            recall, wrong = (figures(of) for of in self.beside)
            words += f" The unweighted network at 0.5: recall {recall}, false-positive rate {wrong}."
        return words

    @property
    def allowed(self) -> np.ndarray[Any, np.dtype[np.float64]] | None:
        """(401,) the highest false-positive rate that keeps the constraint at each recall of ``FINE``."""
        plane = self.dossier.objective.half_plane(self.dossier.verdict.prevalence)
        return None if plane is None else plane.highest_fpr(FINE)

    def svg(self, key: str) -> Markup:
        """Both widths as elements of a page, in its font and colours; ``key`` begins the ids in them."""
        drawn = (self._element(kind, f"{key}-{kind}") for kind in WIDTHS)
        return Markup("").join(drawn)

    def _element(self, kind: str, key: str) -> Markup:
        file = self._file(kind, "svg", transparent=True, metadata={"Date": None}).decode()
        text = LEFT_OUT.sub("", file[file.index("<svg") :]).replace("<svg ", f'<svg class="{kind}" ', 1)
        text = IDS.sub(rf"\g<1>{key}-", FONT.sub(r"font-size: \1", text))
        for colour, variable in palette.OF_THE_PAGE.items():
            text = text.replace(colour, variable)
        # Our own drawing, in which Matplotlib escapes every name.
        return Markup(text)  # noqa: S704

    def file(self, form: str) -> bytes:
        """The wide picture on white, as ``png`` or ``svg``; the same each time."""
        how = {"dpi": SHARP * PIXELS} if form == "png" else {"metadata": {"Date": None}}
        return self._file("wide", form, facecolor=palette.PAPER, **how)

    def _file(self, kind: str, form: str, **how: Any) -> bytes:
        file = BytesIO()
        with _settings():
            self._drawn(kind).savefig(file, format=form, **how)
        return file.getvalue()

    def _drawn(self, kind: str) -> "Figure":
        """A Figure of its own, never pyplot: a notebook's own figures stay as they are."""
        from matplotlib.figure import Figure

        entries, columns = self._entries(kind), 2 if kind == "wide" else 1
        rows = -(-len(entries) // columns)
        width, below = WIDTHS[kind], 2 * LINE + 6 + LINE * rows
        height, above = HEIGHT + below, LINE + 10
        drawing = Figure(figsize=(width / PIXELS, height / PIXELS), dpi=PIXELS)
        axes = drawing.add_axes((34 / width, below / height, 1 - 50 / width, 1 - (below + above) / height))
        self._frame(axes, kind)
        self._content(axes)
        drawing.text(
            2 / width, 1 - 14 / height, f"recall: share of {self._classes(kind)[1]} that is found", color=palette.SOFT
        )
        drawing.legend(
            list(entries.values()), list(entries), loc="lower left", bbox_to_anchor=(0, 0), ncols=columns,
            frameon=False, borderpad=0, borderaxespad=0.2, handlelength=1.8, labelspacing=0.45, columnspacing=1.4,
        )  # fmt: skip
        return drawing

    def _frame(self, axes: "Axes", kind: str) -> None:
        from matplotlib.ticker import FuncFormatter, MaxNLocator

        end = self._end
        axes.set(xlim=(-0.012 * end, end), ylim=(-0.02, 1.02))
        axes.set_xlabel(f"false-positive rate: share of {self._classes(kind)[0]} with an alarm", labelpad=3)
        axes.grid(color=palette.GRID, linewidth=1)
        axes.set_axisbelow(True)
        axes.spines[["top", "right"]].set_visible(False)
        axes.tick_params(length=0, pad=6)
        axes.xaxis.set_major_locator(MaxNLocator(6 if kind == "wide" else 4, steps=[1, 2, 5, 10]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{round(at, 9):g}"))
        axes.yaxis.set_major_formatter(FuncFormatter(lambda at, _: f"{round(at, 9):g}"))

    def _content(self, axes: "Axes") -> None:
        from matplotlib.patches import Rectangle

        curve, (recall, wrong) = self.curve, self.point
        if (most := self.allowed) is not None:
            inside = ~np.isnan(most)
            axes.fill_betweenx(FINE[inside], 0, most[inside], color=palette.GREEN, alpha=0.13, linewidth=0)
            axes.plot(most[inside], FINE[inside], color=palette.GREEN, linewidth=1.4, linestyle=(0, (2, 2)))
        axes.fill_between(GRID, curve.low, curve.high, color=palette.BLUE, alpha=0.16, linewidth=0)
        axes.plot(curve.false_positive_rate, curve.recall, color=palette.BLUE, linewidth=2.6, solid_joinstyle="round")
        size = wrong.high - wrong.low, recall.high - recall.low
        axes.add_patch(Rectangle((wrong.low, recall.low), *size, facecolor=palette.INK, alpha=0.07, linewidth=0))
        bars: dict[str, Any] = {"color": palette.INK, "linewidth": 1.5, "zorder": 4}
        axes.plot([wrong.low, wrong.high], [recall.value] * 2, **bars)
        axes.plot([wrong.value] * 2, [recall.low, recall.high], **bars)
        for at, style in ((self.beside, BESIDE), (self.point, CHOSEN)):
            if at:
                axes.plot(at[1].value, at[0].value, clip_on=False, zorder=5, **style)

    def _entries(self, kind: str) -> Mapping[str, Any]:
        from matplotlib.lines import Line2D
        from matplotlib.patches import Patch

        longest = LONGEST[kind]
        entries: dict[str, Any] = {
            f"recommended: {self._name(longest)}": (
                Patch(color=palette.BLUE, alpha=0.16),
                Line2D([], [], color=palette.BLUE, linewidth=2.6),
            ),
            f"its {self.threshold}" if "threshold " in self.threshold else self.threshold: Line2D([], [], **CHOSEN),
        }
        if self.wish:
            entries[f"{self.wish} holds"] = Patch(facecolor=palette.GREEN, alpha=0.22)
        if self.beside:
            entries["unweighted at 0.5"] = Line2D([], [], **BESIDE)
        return entries

    @property
    def _end(self) -> float:
        """Where the axis of false alarms ends."""
        most = [self.point[1].high, self.beside[1].value if self.beside else 0.0]
        if self.allowed is not None:
            # Of a constraint that nearly all of the plane keeps, not all is to be seen.
            most.append(min(float(np.nan_to_num(self.allowed).max()), 3 * max(*most, 0.05)))
        return next(end for end in ENDS if end >= min(1.0, 1.1 * max(most)))

    def _classes(self, kind: str) -> list[str]:
        subject, asked = self.dossier.about.subject, self.dossier.objective.class_name
        names = ("others", asked) if asked else subject.read
        return [cut(quoted(name), LONGEST[kind] - 9) for name in names]

    def _name(self, longest: int) -> str:
        cell = self.dossier.best
        return "unweighted" if cell.is_baseline else cut(called(cell.cell), longest)


CHOSEN: dict[str, Any] = {
    "marker": "D", "markersize": 9, "color": palette.BLUE, "markeredgecolor": palette.INK, "linestyle": "none",
}  # fmt: skip
BESIDE: dict[str, Any] = CHOSEN | {"marker": "o", "color": palette.GREY}


def picture(dossier: Dossier) -> Picture | None:
    """Return the picture of a sweep; None where no class has a threshold."""
    if not has_curve(dossier):
        return None
    prefix, base = OF_CLASS * dossier.every_class, dossier.baseline
    point = dossier.best.point[f"{prefix}recall"], dossier.best.point[f"{prefix}false_positive_rate"]
    beside = (base.argmax["recall"], base.argmax["false_positive_rate"]) if base and not prefix else None
    return Picture(dossier, roc_curve(dossier), point, beside)


def write_picture(dossier: Dossier, folder: Path) -> None:
    """Write ``roc_plane.png`` and ``roc_plane.svg`` into a folder; nothing where no class has a threshold."""
    if found := picture(dossier):
        for form in ("png", "svg"):
            (folder / f"roc_plane.{form}").write_bytes(found.file(form))


@contextmanager
def _settings() -> Iterator[None]:
    import matplotlib

    with _one_at_a_time, matplotlib.rc_context(cast(Any, RULES)), warnings.catch_warnings():
        # A page has letters that Matplotlib's font lacks.
        warnings.filterwarnings("ignore", "Glyph .* missing from")
        yield
