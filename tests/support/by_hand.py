"""Verdicts and comparisons of numbers that a test gives, without images or networks."""

from typing import Any

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.registry import AT_A_POINT, OF_CLASS
from steelyard.models.metrics.tally import MACRO
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import Operating
from steelyard.models.verdict.cell_verdict import CellVerdict, Difference, Estimate, Feasibility, OfClass, Threshold
from steelyard.models.verdict.sweep_verdict import Verdict

WISH, SIZES = "recall @ precision >= 0.7", (900, 100)


def about(value: float, half: float = 0.1) -> Estimate:
    """An estimate with an interval of so much to either side."""
    return Estimate(value=value, low=max(0.0, value - half), high=min(1.0, value + half))


def judged(status: str, at: float = 0.75, half: float = 0.03, **what: Any) -> Feasibility:
    """What became of the constraint ``WISH``, or of what is given."""
    given: dict[str, Any] = {"metric": "precision", "limit": 0.7, "at": about(at, half)}
    return Feasibility(status=status, **{**given, **what})


def cell(name: str = "none", shape: str | None = "baseline", **what: Any) -> CellVerdict:
    """A cell that finds 60 of 100 positives, with a precision of 0.75."""
    numbers = dict.fromkeys(AT_A_POINT, about(0.5)) | {"recall": about(0.6), "precision": about(0.75)}
    classes = what.get("classes", ())
    if classes:
        numbers = {f"{OF_CLASS}{key}": of for key, of in numbers.items()} | dict.fromkeys(MACRO, about(0.8))
    difference = Difference(value=0.05, low=0.01, high=0.09, p_holm=0.02, detectable=0.06)
    compared = ["balanced_accuracy", f"{OF_CLASS}recall", "roc_auc"] if classes else ["recall", "roc_auc"]
    given: dict[str, Any] = {
        "cell": name,
        "weight_positive": float(name.removeprefix("weights ")) if name.startswith("weights ") else 0.5,
        "recipe": "features",
        "shape": shape,
        "feasibility": None,
        "point": numbers,
        "argmax": numbers,
        "areas": {"roc_auc": about(0.9, 0.02), "average_precision": about(0.7, 0.05)},
        "differences": {} if shape in ("baseline", None) else dict.fromkeys(compared, difference),
        "thresholds": (Threshold(seed=1, value=0.62, feasible=True),),
    }
    return CellVerdict.model_validate(given | what)


def of_classes(*recalls: float, names: tuple[str, ...] = ("cat", "dog", "fox", "owl")) -> dict[str, Any]:
    """Fields of a cell where every class counts, by the recall of each."""
    of = [
        OfClass(name=name, images=50, train=200, recall=about(recall), precision=about(0.7), f1=about(0.7))
        for name, recall in zip(names, recalls, strict=False)
    ]
    return {"classes": tuple(of), "confusion": tuple((10.0,) * len(of) for _ in of)}


def verdict(*cells: CellVerdict, wish: str = WISH, **what: Any) -> Verdict:
    """Of 900 images in order and 100 that are defective, or of the classes that the first cell has."""
    names = tuple(of.name for of in cells[0].classes) or ("good", "defective")
    sizes = tuple(of.images for of in cells[0].classes) or SIZES
    share = {"prevalence": 0.0 if len(names) > 2 and not Objective.parse(wish).class_name else 0.1}
    given: dict[str, Any] = {"classes": names, "sizes": sizes, "train": sizes, "samples": 400, "groups": None, **share}
    return Verdict(objective=wish, words=(), cells=cells, **{**given, **what})


def found(of: Verdict | None, threshold: float = 0.62, wish: str = "", flags: int = 0) -> Comparison:
    """The comparison of a sweep with one trial per cell, the first ``flags`` of which are flagged."""
    cells = of.cells if of else (cell(),)
    at = {"recall": 0.6, "precision": 0.75, "accuracy": 0.9, "f1": 0.66, "precision_at_prevalence": 0.75}
    trials = tuple(
        Outcome(
            trial_id=each.cell, run_id=each.cell, cell=each.cell, weight_positive=each.weight_positive, seed=1,
            handling=each.label.partition(" ")[0], recipe=each.recipe, status="FINISHED" if of else "FAILED",
            reason="" if of else "out of memory", flags=("loss",) * (place < flags),
            operating=Operating(
                threshold=threshold, feasible=True, objective=0.6, rank=0.6 - place / 100, val=at, test=at
            ) if of else None,
        )
        for place, each in enumerate(cells)
    )  # fmt: skip
    wanted = Objective.parse(wish or (of.objective if of else WISH))
    return Comparison.of(trials, "1", "sweep", "sqlite:///x.db", "0" * 16, wanted, of)
