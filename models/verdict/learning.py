"""The learning curve: what a cell's network would be worth had it learned from fewer images."""

from collections.abc import Mapping
from dataclasses import replace

import numpy as np
import pandas as pd

from steelyard.models.data.quarters import QUARTERS
from steelyard.models.statistics.bootstrap import ENOUGH
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.spread import Spread, spreads
from steelyard.models.verdict.differences import corrected
from steelyard.models.verdict.estimates import all_classes_basis, estimate, one_class_basis, within
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.verdict.sweep_verdict import Learning


def learned(evidence: Evidence, trial: ScoredTrial, smaller: pd.DataFrame) -> Learning | None:
    """ROC area on test by how much of train was learned from, and whether the second half of it added to that.

    Args:
        evidence: of the sweep.
        trial: one of it in folds, with all of their scores, that learned from all of train.
        smaller: what networks that learned from less score test: ``quarters`` of train, then as ``ScoredTrial.scores``.

    Returns:
        None where some fold could not be divided.
    """
    known = range(1, QUARTERS)
    tables = {quarters: smaller[smaller["quarters"] == quarters].drop(columns="quarters") for quarters in known}
    tables[QUARTERS] = trial.scores[trial.scores["split"] == "test"]
    tables = {quarters: of for quarters, of in tables.items() if len(of) == len(tables[QUARTERS])}
    if QUARTERS // 2 not in tables:
        return None
    areas, places = _areas(evidence, trial, tables), {quarters: at for at, quarters in enumerate(tables)}
    each = [areas.of(np.array([at])) for at in places.values()]
    gained = each[places[QUARTERS]] - each[places[QUARTERS // 2]]
    *of_parts, gain = _spreads(evidence, [*each, gained])
    return Learning(
        shares=tuple(quarters / QUARTERS for quarters in places),
        areas=tuple(estimate(spread, within(spread)) for spread in of_parts),
        gain=corrected([gain])[0],
        cell=trial.outcome.cell,
    )


def _areas(evidence: Evidence, trial: ScoredTrial, tables: Mapping[int, pd.DataFrame]) -> Sampled:
    val = trial.scores[trial.scores["split"] == "val"]
    trials = [replace(trial, scores=pd.concat([val, of], ignore_index=True)) for of in tables.values()]
    alone = replace(evidence, trials=trials, samples=min(ENOUGH, evidence.samples))
    return alone.areas["roc_auc"] if evidence.every_class else alone.resampled({})["roc_auc"]


def _spreads(evidence: Evidence, areas: list[Sampled]) -> list[Spread]:
    basis = all_classes_basis(evidence) if evidence.every_class else one_class_basis(evidence)
    return spreads(areas, *basis, kinds=[None] * len(areas))
