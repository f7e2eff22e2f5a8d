"""What the tutorial's story found: a row per claim, the 2 x 2 x 2, and sentences that are computed from the numbers."""

from collections.abc import Iterable, Mapping

import numpy as np

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.spec.trial import Frozen
from steelyard.models.tutorial import switches
from steelyard.models.tutorial.chapters import BEYOND, WEIGHT
from steelyard.models.tutorial.claims import Reading, Readings, Row, seeds_of
from steelyard.models.words.phrases import lasting


class Account(Frozen):
    """The content of ``--json``.

    Attributes:
        run_id: the story's run, under which the sweeps' are nested.
        tracking_uri: absolute.
        objective: of every sweep.
        switches: a row per cell of the 2 x 2 x 2.
        sweeps: by chapter.
    """

    experiment_id: str
    run_id: str
    tracking_uri: str
    objective: str
    claims: tuple[Row, ...]
    switches: tuple[dict[str, bool | int | float | None], ...]
    sentences: tuple[str, ...]
    sweeps: dict[str, Comparison]

    @property
    def failed(self) -> int:
        """Trials without a result."""
        return sum(len(sweep.failed) for sweep in self.sweeps.values())

    def markdown(self) -> str:
        """Sentences and claims, for the run's page."""
        lines = [*(f"* {sentence}" for sentence in self.sentences), ""]
        lines += ["| run | claim | recall | precision | accuracy | verdict |", "|---|---|---|---|---|---|"]
        for row in self.claims:
            shown = " | ".join(row.figure(name) for name in ("recall", "precision", "accuracy"))
            lines.append(f"| {row.run} | {row.says} | {shown} | {row.verdict} |")
        return "\n".join(lines)


def sentences(readings: Readings, sweeps: Mapping[str, Comparison], share: float = 1.0) -> tuple[str, ...]:
    """What all chapters found, where ``share`` of the tutorial's training images was taken."""
    runs = switches.runs(readings)
    part = f"On {share:.0%} of the training images: the sizes named are the tutorial's own." if share < 1 else ""
    said = [part, switches.collapse(runs), *switches.weights(runs), _closing(readings), _size(readings)]
    said += [_beyond(sweeps[recipe], recipe) for recipe in BEYOND if recipe in sweeps]
    return tuple(filter(None, [*said, _seconds(sweeps["tutorial"])]))


def _closing(readings: Readings) -> str:
    """What the closing claim, more recall from balanced data by weights, costs."""
    before, after = (seeds_of(readings, "balanced", cell).values() for cell in ("none", WEIGHT))
    if not before or not after:
        return ""
    moves = [f"{name} {_mean(before, name):.2f} to {_mean(after, name):.2f}" for name in ("recall", "precision")]
    all_dog = sum(reading.end["recall"] > 0.99 and reading.end["accuracy"] < 0.51 for reading in after)
    said = f"On the balanced data weights (0.15, 0.85) took {' and '.join(moves)}"
    return f"{said}; {all_dog} of {len(after)} weighted runs call every image a dog."


def _size(readings: Readings) -> str:
    """Balanced, or only larger: what the control of the imbalanced set's size says."""
    cells = [seeds_of(readings, chapter, "none") for chapter in ("tutorial", "balanced, smaller", "balanced")]
    if not all(cells):
        return ""
    areas, recalls = ([_mean(cell.values(), name) for cell in cells] for name in ("roc_auc", "recall"))
    return (
        f"Balanced at the same size (3,000 : 3,000 instead of 4,800 : 1,200) the ROC area is {areas[1]:.2f} instead of "
        f"{areas[0]:.2f} and recall {recalls[1]:.2f} instead of {recalls[0]:.2f}; the 4,000 images more of the "
        f"tutorial's own control make them {areas[2]:.2f} and {recalls[2]:.2f}."
    )


def _mean(readings: Iterable[Reading], name: str) -> float:
    return float(np.mean([reading.end[name] for reading in readings]))


def _beyond(sweep: Comparison, recipe: str) -> str:
    """A recipe that is none of the tutorial's on the same images: its curve, its operating point and its time."""
    trials = [trial for trial in sweep.trials if trial.operating]
    if not trials:
        return ""
    at = [trial.operating.test for trial in trials if trial.operating]
    recall, precision = (_figure([point[name] for point in at]) for name in ("recall", "precision"))
    seconds = lasting(float(np.mean([trial.seconds for trial in trials])))
    return (
        f"Recipe {recipe} on the same images, a part of them kept to choose the threshold on: ROC area "
        f"{_figure([trial.test['roc_auc'] for trial in trials])} on test, recall {recall} at precision {precision} "
        f"(n = {len(trials)}), {seconds} a trial."
    )


def _figure(values: list[float]) -> str:
    mean = f"{np.mean(values):.3f}"
    return f"{mean} ±{np.std(values, ddof=1):.3f}" if len(values) > 1 else mean


def _seconds(tutorial: Comparison) -> str:
    """The time of the tutorial's own run, which those of other recipes compare with."""
    taken = [trial.seconds for trial in tutorial.trials if trial.handling == "none" and trial.operating]
    if not taken:
        return ""
    return (
        f"The tutorial's unweighted run took {np.mean(taken):.0f} s, without the notebook's further passes over train "
        "and validation."
    )
