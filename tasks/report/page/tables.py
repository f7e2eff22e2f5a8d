"""The columns of the page's tables of cells and of trials, by what the sweep looks for."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.registry import EVERY_CLASS, ONE_CLASS
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import called, name, own_key


class Column(NamedTuple):
    """What is told of each row: ``of`` goes from the row to an estimate, or to text."""

    title: str
    of: Callable[[Any], Any]


def of_cells(dossier: Dossier) -> Iterator[Column]:
    """Estimates at the operating point, first those of the class that the objective is about."""
    if wanted := dossier.objective.class_name:
        place = dossier.verdict.classes.index(wanted)
        yield Column(f"recall of {called(wanted)}", lambda cell: cell.classes[place].recall)
        yield Column("its precision", lambda cell: cell.classes[place].precision)
        if dossier.objective.metric not in ("recall", "precision"):
            yield Column(f"its {name(dossier.objective.metric)}", lambda cell: cell.metric(own_key(dossier.objective)))
    keys = ("roc_auc", "recall", "precision", "false_positive_rate", dossier.objective.metric)
    yield from (
        Column(name(key), _estimate(key)) for key in dict.fromkeys(EVERY_CLASS if dossier.every_class else keys)
    )


def of_trials(dossier: Dossier) -> Iterator[Column]:
    """What each trial that finished gives on test, and where a threshold decides."""
    if dossier.place is not None:
        yield Column("threshold", _threshold)
    if wanted := dossier.objective.class_name:
        yield Column("its recall", lambda trial: f"{trial.classes[wanted]['recall']:.3f}")
    yield from (Column(name(key), _on_test(key)) for key in (EVERY_CLASS if dossier.every_class else ONE_CLASS))
    yield Column(name("roc_auc"), lambda trial: f"{trial.test['roc_auc']:.3f}")


def _estimate(key: str) -> Callable[[Any], Any]:
    return lambda cell: cell.metric(key)


def _on_test(key: str) -> Callable[[Outcome], str]:
    return lambda trial: f"{trial.operating.test[key]:.3f}" if trial.operating else ""


def _threshold(trial: Outcome) -> str:
    assert trial.operating is not None
    return f"{trial.operating.threshold:.3g}" if trial.operating.threshold >= 0 else "highest score"
