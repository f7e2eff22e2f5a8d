"""The columns of the page's tables: what is told of each row, by what the sweep looks for."""

from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics.registry import EVERY_CLASS, ONE_CLASS
from steelyard.models.report.dossier import Dossier, Effect
from steelyard.models.verdict.cell_verdict import CellVerdict, Estimate
from steelyard.models.words.phrases import called, found_class, name, own_key


class Column(NamedTuple):
    """What is told of each row.

    Attributes:
        title: above it.
        of: from the row to an estimate, or to text.
    """

    title: str
    of: Callable[[Any], Any]


def of_cells(dossier: Dossier) -> Iterator[Column]:
    """Estimates on test at the operating point, first those of the class that the objective is about."""
    if wanted := dossier.objective.class_name:
        yield Column(f"recall of {called(wanted)}", lambda cell: found_class(cell, wanted).recall)
        yield Column("its precision", lambda cell: found_class(cell, wanted).precision)
        if dossier.objective.metric not in ("recall", "precision"):
            yield Column(f"its {name(dossier.objective.metric)}", lambda cell: cell.metric(own_key(dossier.objective)))
    if dossier.every_class:
        yield from (Column(name(key), _at_the_point(key)) for key in EVERY_CLASS)
        return
    for key in dict.fromkeys(("roc_auc", "recall", "precision", "false_positive_rate", dossier.objective.metric)):
        yield Column(name(key), _measured(key))


def of_networks(dossier: Dossier) -> dict[str, str]:
    """Metrics of the recipes' baselines, of the curve or at the operating point, and what they are called."""
    keys = EVERY_CLASS if dossier.every_class else ("roc_auc", "average_precision", "recall", "precision")
    return {key: name(key) for key in keys}


def of_trials(dossier: Dossier) -> Iterator[Column]:
    """What each trial that finished gives on test, and where a threshold decides."""
    wanted = dossier.objective.class_name
    if wanted or not dossier.every_class:
        yield Column("threshold", _threshold)
    if wanted:
        yield Column("its recall", lambda trial: f"{trial.classes[wanted]['recall']:.3f}")
    for key in EVERY_CLASS if dossier.every_class else ONE_CLASS:
        yield Column(name(key), _on_test(key))
    yield Column(name("roc_auc"), lambda trial: f"{trial.test['roc_auc']:.3f}")


def of_effects(dossier: Dossier) -> Iterator[Column]:
    """What each handling makes of both classes, or of the most frequent and the rarest one."""
    subject = dossier.about.subject
    if dossier.every_class:
        first, last = dossier.order[0], dossier.order[-1]
        for place in (first, last):
            yield Column(f"{called(subject.classes[place])}, draws per epoch", _draws(place))
        yield Column("images ever drawn", _ever_drawn)
        yield Column("the loss sees of the first", lambda effect: _percent(effect.prior[first]))
        yield Column("of the last", lambda effect: _percent(effect.prior[last]))
    else:
        negative, positive = subject.read
        yield Column(f"{negative} drawn", _draws(0))
        yield Column(f"{positive} drawn", _draws(1))
        yield Column(f"each {positive}", lambda effect: f"{effect.after[1] / effect.before[1]:.2f} times")
        yield Column("ever seen", _ever_drawn)
        yield Column("the loss sees", lambda effect: f"{_percent(effect.effective_prior)} {positive}")


def _measured(key: str) -> Callable[[CellVerdict], Estimate]:
    """Of the class to find: of the curve, or at the operating point."""
    return lambda cell: cell.metric(key)


def _at_the_point(key: str) -> Callable[[CellVerdict], Estimate]:
    return lambda cell: cell.point[key]


def _on_test(key: str) -> Callable[[Outcome], str]:
    return lambda trial: f"{trial.operating.test[key]:.3f}" if trial.operating else ""


def _threshold(trial: Outcome) -> str:
    assert trial.operating is not None
    return f"{trial.operating.threshold:.3g}" if trial.operating.threshold >= 0 else "argmax"


def _draws(place: int) -> Callable[[Effect], str]:
    """Of one class per epoch."""
    return lambda effect: f"{round(effect.after[place]):,}"


def _ever_drawn(effect: Effect) -> str:
    return f"{sum(effect.distinct):,} of {sum(effect.before):,}"


def _percent(share: float) -> str:
    return f"{100 * share:.3g} %"
