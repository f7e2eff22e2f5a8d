"""Verdicts that older versions kept, in the form of today."""

from collections.abc import Mapping
from typing import Any

from steelyard.models.metrics.lexicon import OF_CLASS
from steelyard.models.objective import Objective
from steelyard.models.objective.operating_point import TWO

Json = dict[str, Any]


def as_now(found: Any) -> Any:
    """A comparison as JSON, with one verdict in the form of today, whichever of two it was kept in.

    Until November 2026 a sweep that looks for one class had ``verdict`` and one in which every class counts had
    ``classes``, with names of their own for sizes, slices and thresholds.
    """
    if not isinstance(found, Mapping):
        return found
    told = dict(found)
    several, verdict = told.pop("classes", None), told.get("verdict")
    if isinstance(several, Mapping):
        name = Objective.parse(several["objective"]).class_name
        cells = [_of_classes(cell, name) for cell in several["cells"]]
        told["verdict"] = {"prevalence": 0.0, **several, "cells": cells}
    elif isinstance(verdict, Mapping) and "positives" in verdict:
        told["verdict"] = _of_one_class(dict(verdict))
    return told


def _of_one_class(verdict: Json) -> Json:
    sizes = [verdict.pop("negatives"), verdict.pop("positives")]
    cells = [
        {**cell, "slices": [_slice(each, "positives", "recall") for each in cell.get("slices", ())]}
        for cell in verdict["cells"]
    ]
    return {**verdict, "classes": TWO, "sizes": sizes, "cells": cells}


def _of_classes(cell: Mapping[str, Any], name: str) -> Json:
    now = {name: value for name, value in cell.items() if name != "handling"}
    now["slices"] = [_slice(each, "images", "accuracy") for each in cell.get("slices", ())]
    now["thresholds"] = [
        {"seed": each["seed"], "value": each["threshold"], "feasible": each["feasible"]} for each in cell["thresholds"]
    ]
    own: Json = next((of for of in cell["classes"] if of["name"] == name), {})
    now["point"] = cell["point"] | {f"{OF_CLASS}{key}": own[key] for key in ("recall", "precision", "f1") if own}
    return now


def _slice(found: Mapping[str, Any], images: str, metric: str) -> Json:
    named = {name: found[name] for name in ("column", "value")}
    return {**named, "images": found[images], "metric": metric, "at": found[metric]}
