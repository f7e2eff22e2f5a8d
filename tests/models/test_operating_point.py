"""The operating point: chosen on val, reported on test."""

import math

import numpy as np
import pandas as pd
import pytest
from cpu_trial import cpu_trial

from steelyard.models.comparison.outcome import Outcome
from steelyard.models.metrics import metrics
from steelyard.models.metrics.registry import LOGGED
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.objective.operating_point import TWO, Operating
from steelyard.models.objective.threshold_choice import choose
from steelyard.models.spec.trial import Handling

PRECISE = Objective.parse("recall @ precision >= 0.7")


def scores(seed: int = 0, count: int = 200) -> pd.DataFrame:
    """What a trial writes: float32 scores of val and test that know a little."""
    rng = np.random.default_rng(seed)
    labels = rng.integers(0, 2, count)
    values = 1 / (1 + np.exp(-rng.normal(2 * labels - 1, 1.5)))
    columns = {"split": np.repeat(["val", "test"], count // 2), "label": labels, "score": values.astype(np.float32)}
    return pd.DataFrame(columns)


def arrays(table: pd.DataFrame, part: str) -> tuple[np.ndarray, np.ndarray]:
    rows = table[table["split"] == part]
    return rows["label"].to_numpy(), rows["score"].to_numpy()


@pytest.mark.parametrize("text", EXAMPLES)
def test_the_threshold_is_the_objectives_choice_on_val_and_applied_to_test(text: str) -> None:
    objective, table = Objective.parse(text), scores()
    labels, values = arrays(table, "val")
    choice = choose(objective, labels, np.column_stack([1 - values, values]), TWO)
    point = Operating.choose(table, objective)
    assert (point.threshold, point.feasible, point.objective, point.rank) == (
        choice.threshold,
        choice.certified,
        choice.value,
        choice.rank,
    )
    assert point.val == metrics.at_threshold(*arrays(table, "val"), choice.threshold)
    assert point.test == metrics.at_threshold(*arrays(table, "test"), choice.threshold)


def test_test_has_no_say_in_the_threshold() -> None:
    table = scores()
    other = table.copy()
    other.loc[other["split"] == "test", "score"] = np.float32(0.5)
    first, second = Operating.choose(table, PRECISE), Operating.choose(other, PRECISE)
    assert (first.threshold, first.rank, first.val) == (second.threshold, second.rank, second.val)
    assert first.test != second.test


def test_the_order_of_the_rows_does_not_matter() -> None:
    assert Operating.choose(scores().sample(frac=1, random_state=1), PRECISE) == Operating.choose(scores(), PRECISE)


def test_an_objective_that_no_threshold_is_certified_for_has_a_threshold_all_the_same() -> None:
    point = Operating.choose(scores(), Objective.parse("recall @ precision >= 0.99"))
    assert not point.feasible and point.rank < 0
    assert 0 < point.threshold < 1 and point.val["recall"] >= 0.05


def test_images_in_groups_certify_less(count: int = 400) -> None:
    table = scores(count=count).assign(id=[f"{row:03}" for row in range(count)])
    groups = pd.Series([f"group {row // 20}" for row in range(count)], index=table["id"])
    alone, whole = (Operating.choose(table, PRECISE, groups=of) for of in (None, groups))
    assert alone.feasible and whole.rank < alone.rank


def test_the_flat_form_has_exactly_the_keys_of_the_contract_all_finite() -> None:
    flat = Operating.choose(scores(), PRECISE).flat()
    keys = ["threshold", "feasible", "objective", "rank"]
    keys += [f"{part}/{name}" for part in ("val", "test") for name in LOGGED]
    assert list(flat) == [f"operating/{key}" for key in keys]
    assert all(type(value) is float and math.isfinite(value) for value in flat.values())


@pytest.mark.parametrize("text", EXAMPLES)
def test_a_stated_prevalence_adds_the_precision_to_expect_and_leaves_what_was_counted(text: str) -> None:
    table, share = scores(), 0.05
    point = Operating.choose(table, Objective.parse(f"{text} at prevalence {share}"))
    for part, at in (("val", point.val), ("test", point.test)):
        labels, values = arrays(table, part)
        called = values.astype(float) >= point.threshold
        hits, false = share * called[labels == 1].mean(), (1 - share) * called[labels == 0].mean()
        told = at.pop("precision_at_prevalence")
        assert told == pytest.approx(hits / (hits + false) if hits + false else 0.0)
        assert at == metrics.at_threshold(labels, values, point.threshold)


def test_the_flat_form_has_the_precision_to_expect_only_where_a_prevalence_is_stated() -> None:
    plain, stated = (Operating.choose(scores(), Objective.parse(f"{PRECISE}{at}")) for at in ("", " at prevalence 0.3"))
    added = {"operating/val/precision_at_prevalence", "operating/test/precision_at_prevalence"}
    assert set(stated.flat()) - set(plain.flat()) == added
    assert set(plain.flat()) < set(stated.flat())
    assert all(type(value) is float and math.isfinite(value) for value in stated.flat().values())


def test_f1_at_a_prevalence_is_of_the_precision_to_expect() -> None:
    point = Operating.choose(scores(), Objective.parse("f1 at prevalence 0.05"))
    precision, recall = point.val["precision_at_prevalence"], point.val["recall"]
    assert point.objective == pytest.approx(2 * precision * recall / (precision + recall))
    assert point.threshold != Operating.choose(scores(), Objective.parse("f1")).threshold


def test_a_cost_is_per_image_at_the_prevalence_and_ranks_the_higher_the_lower() -> None:
    point = Operating.choose(scores(), Objective.parse("cost fn=10 fp=1 at prevalence 0.05"))
    recall, precision = point.val["recall"], point.val["precision_at_prevalence"]
    false_alarms = 0.05 * recall / precision - 0.05 * recall
    assert point.objective == pytest.approx(0.05 * (1 - recall) * 10 + false_alarms)
    assert point.rank == pytest.approx(1 / (1 + point.objective))


def test_average_precision_is_vals_and_its_point_that_of_the_best_f1() -> None:
    point, best = (Operating.choose(scores(), Objective.parse(text)) for text in ("average_precision", "f1"))
    assert (point.threshold, point.val, point.test) == (best.threshold, best.val, best.test)
    labels, values = arrays(scores(), "val")
    expected = metrics.summary(labels, np.column_stack([1 - values, values]))
    assert point.objective == point.rank == pytest.approx(expected["average_precision"])


def test_an_outcome_takes_its_names_from_the_trial() -> None:
    trial = cpu_trial(handling=Handling(name="weights", class_weights=(0.15, 0.85)), seed=3)
    row = Outcome.of(trial, "abc", run_id="run", status="FAILED", reason="killed")
    assert (row.cell, row.handling, row.weight_positive) == ("weights 0.85", "weights", 0.85)
    assert (row.seed, row.recipe) == (3, "sound")
    assert (row.trial_id, row.operating, row.val) == ("abc", None, {})
