"""What changed between two sweeps, against statsmodels, the verdict's own paired differences and counts by hand."""

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from changed import NOTHING, WANTED, changes, dossier, estimate, words
from hypothesis import given
from hypothesis import strategies as st
from statsmodels.stats.proportion import confint_proportions_2indep

from steelyard.models.changes.metric_changes import differences, independent
from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changed, Changes
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.statistics.intervals import Z_95, wilson_interval
from steelyard.models.verdict.scored_trials import ScoredTrial

Make = Callable[..., ScoredTrial]


@given(st.integers(1, 300), st.integers(1, 300), st.floats(0, 1), st.floats(0, 1))
def test_the_difference_of_two_shares_equals_newcombes_by_statsmodels(n1: int, n2: int, a: float, b: float) -> None:
    k1, k2 = round(a * n1), round(b * n2)
    before, now = (estimate(k / n, wilson_interval(k / n, n)) for k, n in ((k1, n1), (k2, n2)))
    theirs = confint_proportions_2indep(k2, n2, k1, n1, method="newcomb", compare="diff")
    assert independent(before, now) == pytest.approx(theirs, abs=1e-9)


@given(*[st.floats(-2, 2)] * 2, *[st.floats(0, 1)] * 4)
def test_the_interval_of_independent_estimates_is_that_of_normal_ones_where_theirs_are_symmetric(
    a: float, b: float, below_a: float, above_a: float, below_b: float, above_b: float
) -> None:
    before, now = estimate(a, (a - below_a, a + above_a)), estimate(b, (b - below_b, b + above_b))
    low, high = independent(before, now)
    assert low == pytest.approx(b - a - math.sqrt(below_b**2 + above_a**2))
    assert high == pytest.approx(b - a + math.sqrt(above_b**2 + below_a**2))
    assert independent(now, before) == pytest.approx((-high, -low))
    even, other = (
        estimate(a, (a - Z_95 * below_a, a + Z_95 * below_a)),
        estimate(b, (b - Z_95 * below_b, b + Z_95 * below_b)),
    )
    half = Z_95 * math.hypot(below_a, below_b)
    assert independent(even, other) == pytest.approx((b - a - half, b - a + half))


def test_cells_of_one_night_taken_as_two_differ_as_the_verdict_says(scored_trial: Make) -> None:
    # The handling of one sweep, called the baseline of another: its change is the difference that the verdict gives.
    night = dossier(scored_trial, lifts={"weights 0.8": 0.6})
    baseline, handled = (
        next(cell for cell in night.verdict.cells if cell.cell == name) for name in ("none", "weights 0.8")
    )
    [found] = differences(Pairing(night, night), [(baseline, handled)], ["roc_auc", "recall"])
    for name, change in found.items():
        theirs = handled.differences[name]
        assert (change.value, change.deviation, change.seeds) == pytest.approx((theirs.value, theirs.deviation, 3))
        # The verdict draws 200 samples and this 1,000, of which variances are off by 10 and 4 %.
        assert change.high - change.low == pytest.approx(theirs.high - theirs.low, rel=0.15)
        assert change.paired and change.of_seeds


def test_the_same_images_drawn_alike_say_more_than_two_estimates_taken_as_independent(scored_trial: Make) -> None:
    before, now = dossier(scored_trial), dossier(scored_trial, lifts={"none": 0.1, "weights 0.8": 0.1})
    moved = now.images["digest"].where(now.images["part"] != "test", "other " + now.images["digest"])
    apart = changes(before, replace(now, images=now.images.assign(digest=moved)))
    for paired, unpaired in zip(changes(before, now).cells, apart.cells, strict=True):
        for metric, least in (("roc_auc", 0.7), ("recall", 1.0)):
            one, other = paired.changes[metric], unpaired.changes[metric]
            assert (one.paired, other.paired) == (True, False)
            assert one.value == pytest.approx(other.value)
            assert one.high - one.low < least * (other.high - other.low)
    assert "since test is not the same" in apart.answer[0]


@pytest.mark.parametrize(("wish", "groups"), [*((wish, False) for wish in EXAMPLES), (WANTED, True)])
def test_the_same_sweep_twice_gives_exact_zeros_and_nothing_changed(
    scored_trial: Make, wish: str, groups: bool
) -> None:
    found = changes(*(dossier(scored_trial, wish, groups=groups) for _ in range(2)))
    assert found.answer[1] == NOTHING and found.data == ("the same images in the same parts",)
    assert (found.spec, found.versions) == ((), ())
    assert "they are the same networks" in found.answer[0]
    assert [(cell.earlier and cell.earlier.place, cell.later and cell.later.place) for cell in found.cells] == [
        (1, 1),
        (2, 2),
    ]
    for cell in found.cells:
        wanted = Objective.parse(wish)
        assert set(cell.changes) == {"roc_auc", wanted.metric, wanted.constraint} - {""} and cell.earlier == cell.later
        assert all((each.value, each.low, each.high, each.paired) == (0, 0, 0, True) for each in cell.changes.values())
    assert Changes.model_validate_json(found.model_dump_json()) == found


def test_networks_trained_again_that_score_alike_are_no_proof_that_all_would(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial), dossier(scored_trial, code="2"))
    assert found.answer[1] == "Only the code version changed."
    assert found.versions == (Changed(name="code_version", earlier="1", later="2"),)
    told = "recall 0.00 [-0.05, +0.05] on the same images and seeds, all scored as before: no difference shown."
    assert told in found.answer[0]
    for change in (change for cell in found.cells for change in cell.changes.values()):
        assert (change.value, change.high) == (0, pytest.approx(1.96 * 1.5 / 60, rel=1e-3))


def test_cells_that_did_not_change_do_not_make_the_others_look_surer_of_their_seeds(scored_trial: Make) -> None:
    only = {"cells": ("weights 0.8",)}
    lift: dict[str, Any] = {"lifts": {"weights 0.8": 0.4}, "noise": 0.3}
    alone = changes(dossier(scored_trial, **only), dossier(scored_trial, **only, **lift))
    beside = changes(dossier(scored_trial), dossier(scored_trial, code="2", **lift))
    [change] = [cell.changes["roc_auc"] for cell in beside.cells if cell.cell == "weights 0.8"]
    assert change == alone.cells[0].changes["roc_auc"]


def test_a_difference_is_only_called_shown_where_the_interval_leaves_0_out(scored_trial: Make) -> None:
    cells, told = ("none",), set()
    for lift in (0.02, 0.1, 0.3, 1.0, -1.0):
        found = changes(dossier(scored_trial, "f1", cells), dossier(scored_trial, "f1", cells, lifts={"none": lift}))
        change = found.cells[0].changes["f1"]
        assert change.shown == (change.low > 0 or change.high < 0)
        assert ("no difference shown" in found.answer[0]) != change.shown
        assert ("a difference is shown, more than images and seeds explain" in found.answer[0]) == change.shown
        told.add(change.shown)
    assert told == {True, False}


def test_one_seed_says_that_others_are_not_in_the_interval(scored_trial: Make) -> None:
    found = changes(
        dossier(scored_trial, seeds=(1,)), dossier(scored_trial, seeds=(1,), lifts={"none": 2.0, "weights 0.8": 2.0})
    )
    assert "more than other images explain; what another seed would give is not in the interval" in found.answer[0]
    assert "images and seeds explain" not in found.answer[0]
    assert all(change.deviation is None for cell in found.cells for change in cell.changes.values())


def test_more_seeds_leave_the_networks_that_both_have_as_they_are(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial), dossier(scored_trial, seeds=(1, 2, 3, 4), asked={"seeds": "4"}))
    assert (
        "the 3 networks that both have are the same at the same thresholds; other seeds make the rest"
        in found.answer[0]
    )
    assert all(change.same and change.seeds == 3 for cell in found.cells for change in cell.changes.values())
    assert found.answer[1] == "Only the spec (seeds) changed."


def test_one_shared_seed_of_several_does_not_stand_for_them(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial), dossier(scored_trial, seeds=(3, 4, 5), code="2"))
    assert not any(change.paired for cell in found.cells for change in cell.changes.values())
    assert "since the two share too few seeds, which is conservative on the same test" in found.answer[0]


def test_groups_are_drawn_whole_for_both_which_the_verdict_does_too(scored_trial: Make) -> None:
    before = dossier(scored_trial, groups=True, seeds=(1, 2, 3))
    now = dossier(scored_trial, groups=True, seeds=(1, 2, 3), lifts={"none": 0.2, "weights 0.8": 0.2})
    alone = changes(dossier(scored_trial), dossier(scored_trial, lifts={"none": 0.2, "weights 0.8": 0.2}))
    for cell, single in zip(changes(before, now).cells, alone.cells, strict=True):
        assert cell.earlier and cell.later
        change, other = cell.changes["roc_auc"], single.changes["roc_auc"]
        assert change.paired and change.value == pytest.approx(other.value)
        assert (change.low, change.high) != pytest.approx((other.low, other.high), rel=1e-3)
        wide = independent(cell.earlier.verdict.areas["roc_auc"], cell.later.verdict.areas["roc_auc"])
        assert change.high - change.low < wide[1] - wide[0]


def test_other_groups_of_the_same_images_are_taken_as_independent_which_is_said(scored_trial: Make) -> None:
    before = dossier(scored_trial, groups=True)
    now = dossier(scored_trial, groups=True, lifts={"none": 0.2, "weights 0.8": 0.2})
    renamed = replace(now, images=now.images.assign(group="ward " + now.images["group"]))
    assert changes(before, renamed).cells == changes(before, now).cells  # A name is no group.
    wards = [f"ward {row // 7}" for row in range(len(now.images))]
    found = changes(before, replace(now, images=now.images.assign(group=wards)))
    assert "since images of test come in other groups, which is conservative on the same test" in found.answer[0]
    for cell in found.cells:
        assert cell.earlier and cell.later
        change, areas = cell.changes["roc_auc"], [at.verdict.areas["roc_auc"] for at in (cell.earlier, cell.later)]
        assert (change.low, change.high) == pytest.approx(independent(*areas)) and not change.paired


def test_another_best_cell_is_compared_with_the_one_before(scored_trial: Make) -> None:
    before = dossier(scored_trial, lifts={"none": 0.5})
    now = dossier(
        scored_trial, lifts={"none": 0.5, "weights 0.8": 1.5, "focal": 0.2}, cells=("none", "weights 0.8", "focal")
    )
    found = changes(before, now)
    assert (before.best.cell, now.best.cell) == ("none", "weights 0.8")
    assert "was none, the unweighted baseline, with recall" in found.answer[0]
    assert "and is weights 0.8 with recall" in found.answer[0]
    [change] = differences(Pairing(before, now), [(before.best, now.best)], ["recall"])
    assert f"recall +{change['recall'].value:.2f} [" in found.answer[0]
    assert [cell.cell for cell in found.cells] == ["weights 0.8", "none", "focal"]
    assert found.cells[2].earlier is None and found.cells[2].changes == {}
    of_now = [cell.cell for cell in now.verdict.cells]
    for cell in found.cells:
        assert cell.later and cell.later.place == of_now.index(cell.cell) + 1
    assert [cell.earlier.place for cell in found.cells if cell.earlier] == [2, 1]


def test_a_baseline_without_finished_trials_leaves_no_shape_and_no_word_of_it(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial), dossier(scored_trial, cells=("weights 0.8", "focal")))
    assert [cell.cell for cell in found.cells] == ["weights 0.8", "focal", "none"]
    last = found.cells[-1]
    assert last.later is None and last.earlier and last.earlier.verdict.shape == "baseline" and last.changes == {}
    assert found.cells[0].later and found.cells[0].later.verdict.shape is None
    assert "nan" not in words(found)


def test_other_objectives_are_said_to_be_and_only_what_both_have_is_compared(scored_trial: Make) -> None:
    other = "recall @ precision >= 0.7 at prevalence 0.19"
    found = changes(dossier(scored_trial, "f1"), dossier(scored_trial, other))
    assert found.answer[0].startswith(f"The results are for different objectives, f1 before and {other} now, so only")
    assert found.answer[1] == "Only the spec (objective) changed."
    for cell in found.cells:
        assert cell.earlier and cell.later and set(cell.changes) == {"roc_auc", "recall", "precision"}
        assert cell.changes["roc_auc"].same and not cell.changes["recall"].same
        for metric in ("recall", "precision"):
            gained = cell.later.verdict.metric(metric).value - cell.earlier.verdict.metric(metric).value
            assert cell.changes[metric].value == pytest.approx(gained)
    alone = changes(dossier(scored_trial, "f1", ("none",)), dossier(scored_trial, other, ("none",))).answer[0]
    assert "; ROC area as before (the same networks), recall " in alone and "on the same images and seeds." in alone


def test_precision_for_another_share_of_positives_is_not_compared(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial, "f1"), dossier(scored_trial, "recall @ precision >= 0.5 at prevalence 0.02"))
    assert all(set(cell.changes) == {"roc_auc", "recall"} for cell in found.cells)
    assert "so only ROC area and recall are compared" in found.answer[0]


@pytest.mark.parametrize(
    ("wish", "other"), [("f1", True), ("balanced_accuracy", False), ("f1 at prevalence 0.1", False)]
)
def test_another_share_of_positives_is_another_objective_where_it_matters(
    scored_trial: Make, wish: str, other: bool
) -> None:
    found = changes(dossier(scored_trial, wish), dossier(scored_trial, wish, sizes=(60, 120)))
    assert ("different objectives, f1 where 20 % are positive before and f1 where 33.3 %" in found.answer[0]) == other
    assert (Objective.parse(wish).metric in found.cells[0].changes) != other


def test_a_share_of_positives_that_moved_a_little_is_told(scored_trial: Make) -> None:
    found = changes(dossier(scored_trial), dossier(scored_trial, sizes=(61, 238)))
    assert found.answer[0].endswith(
        " Of test 20 % were positive before and 20.4 % are now, which alone moves precision a little."
    )
    assert "recall" in found.cells[0].changes and "different objectives" not in found.answer[0]


def test_what_test_chose_itself_is_called_optimistic(scored_trial: Make) -> None:
    optimistic, honest = dossier(scored_trial, "f1", validate_on="test", code="2"), dossier(scored_trial, "f1")
    assert changes(honest, optimistic).answer[0].endswith(" Optimistic: test itself chose thresholds and order now.")
    assert changes(optimistic, optimistic).answer[0].endswith("thresholds and order in both.")
    assert "Optimistic" not in words(changes(honest, honest))


@pytest.mark.parametrize("wish", [*EXAMPLES, "cost fn=10 fp=1 at prevalence 0.02"])
@pytest.mark.parametrize("seeds", [(1,), (1, 2)])
def test_every_change_is_finite_and_lies_in_its_interval(scored_trial: Make, wish: str, seeds: tuple[int, ...]) -> None:
    found = changes(
        dossier(scored_trial, wish, seeds=seeds),
        dossier(scored_trial, wish, seeds=seeds, lifts={"none": 0.5}, noise=0.4),
    )
    for cell in found.cells:
        for metric, change in cell.changes.items():
            assert math.isfinite(change.low) and math.isfinite(change.high)
            assert change.low <= change.value <= change.high and change.low < change.high
            assert metric == "cost" or -1 <= change.low <= change.high <= 1
    assert len(found.answer) == 2 and all(each.endswith(".") for each in found.answer)
