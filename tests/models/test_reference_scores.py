"""The scores of test that are kept beside a registered model: of its own network where there is one split."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from steelyard.models.report.dossier import Dossier
from steelyard.models.report.reference_scores import reference_scores

TWO = {"labels": ["cat", "dog"], "place": 1, "threshold": 0.3}


def test_they_are_those_of_the_network_and_alarms_are_at_its_threshold(judged: Callable[..., Dossier]) -> None:
    found = judged("f1")
    trial = found.finished[found.rows(found.best)[0]]
    kept = reference_scores(found, found.best, trial.run_id, TWO)
    own = found.test.scores[found.finished.index(trial)]
    assert kept.exact and kept.alarms == ("dog",)
    np.testing.assert_array_equal(kept.table["score"], own)
    np.testing.assert_array_equal(kept.table["alarm"], own.astype(np.float64) >= 0.3)
    assert list(kept.table.columns) == ["id", "label", "score", "alarm"]


def test_scores_of_the_networks_of_folds_are_approximately_those_of_their_mean(judged: Callable[..., Dossier]) -> None:
    found = judged("f1")
    assert not reference_scores(found, found.best, "run of the mean of the folds' networks", TWO).exact


@pytest.mark.parametrize(
    ("decision", "alarms"),
    [({"place": 2, "threshold": 0.4}, ("c",)), ({"place": None, "threshold": -1.0}, ("b", "c"))],
    ids=["a class with a threshold", "the highest score decides"],
)
def test_of_several_classes_the_one_with_a_threshold_is_an_alarm_or_all_but_the_usual(
    decision: dict[str, Any], alarms: tuple[str, ...], judged: Callable[..., Dossier]
) -> None:
    found = judged("f1")
    rows = {"id": ["1", "2", "3"], "label": [0, 1, 2], "called": [0, 0, 2], "score": np.float32([0.9, 0.8, 0.6])}
    table = found.scores.head(3).assign(**rows, own=np.float32([0.05, 0.1, 0.6]))
    several = SimpleNamespace(
        found=found.found, finished=found.finished, verdict=found.verdict, every_class=True, scores=None,
        tables=lambda _: [table] * len(found.finished), network=found.network,
    )  # fmt: skip
    run_id = found.finished[0].run_id
    kept = reference_scores(several, found.best, run_id, decision | {"labels": ["a", "b", "c"]})  # type: ignore[arg-type]
    assert kept.alarms == alarms
    assert kept.table["alarm"].tolist() == [False, False, True]
    expected = table["own"] if decision["place"] is not None else table["score"]
    assert kept.table["score"].tolist() == expected.tolist()
