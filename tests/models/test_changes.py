"""What changed between two sweeps, against statsmodels, the verdict's own paired differences and counts by hand."""

import math
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from statsmodels.stats.proportion import confint_proportions_2indep

from steelyard.models.changes.metric_changes import differences, independent
from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changed, Changes
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.tables import ranked
from steelyard.models.objective import Objective
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.report.dossier import About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.spec.trial import Compute, Partition
from steelyard.models.statistics.intervals import Z_95, wilson_interval
from steelyard.models.verdict import corrected_scores
from steelyard.models.verdict.cell_verdict import Estimate
from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.words import changes_sentences
from steelyard.models.words.verdict_sentences import worded

Make = Callable[..., ScoredTrial]

WANTED = "recall @ precision >= 0.5"
SIZES = {"val": (40, 160), "test": (60, 240)}
NOTHING = "Nothing changed: the same images in the same parts, the same spec and the same versions."


def part(name: str, cell: str, seed: int, lift: float, noise: float, sizes: tuple[int, int]) -> tuple[Any, Any]:
    """Images that are as hard for every network, a gain that all seeds share, and what each seed adds."""
    labels = np.repeat(np.array([1, 0]), sizes)
    signal = np.random.default_rng(len(name)).normal(1.5 * labels - 1, 1)
    own = np.random.default_rng([seed, len(cell), round(100 * abs(lift))]).standard_normal(len(labels))
    return labels, expit(signal + lift * labels + noise * own)


def dossier(
    scored_trial: Make,
    text: str = WANTED,
    cells: tuple[str, ...] = ("none", "weights 0.8"),
    seeds: tuple[int, ...] = (1, 2, 3),
    lifts: dict[str, float] | None = None,
    noise: float = 0.3,
    sizes: tuple[int, int] = SIZES["test"],
    code: str = "1",
    groups: bool = False,
    validate_on: str = "val",
    classes: tuple[str, str] = ("dog", "cat"),
    asked: dict[str, Any] | None = None,
) -> Dossier:
    """A sweep of synthetic scores, judged as any other; a lift or another code version makes other networks."""
    objective, lift = Objective.parse(text), lifts or {}
    trials = []
    for cell in cells:
        for seed in seeds:
            parts = {
                "val": part(validate_on, cell, seed, lift.get(cell, 0.0), noise, SIZES["val"]),
                "test": part("test", cell, seed, lift.get(cell, 0.0), noise, sizes),
            }
            if validate_on == "test":
                parts["val"] = parts["test"]
            one = scored_trial(cell, seed, parts["val"], parts["test"], objective, validate_on=validate_on)
            name = f"{cell}/{seed}/{lift.get(cell, 0.0)}/{code}/{noise}"
            trials.append(replace(one, outcome=one.outcome.model_copy(update={"trial_id": name})))
    ids = trials[0].scores["id"].drop_duplicates()
    grouped = pd.Series([f"patient {number % 40}" for number in range(len(ids))], index=ids) if groups else None
    evidence = Evidence(trials, objective, samples=200, groups=grouped)
    outcomes = tuple(one.outcome for one in trials)
    verdict = worded(judge(evidence, ranked(outcomes)))
    found = Comparison.of(outcomes, "1", "run", "sqlite:///", "0" * 16, objective, verdict)
    told = {"data": "folder:pets", "positive": classes[0], "objective": text, "recipe": "sound"}
    spec = Sweep(**told | (asked or {}))
    return Dossier(
        found=found,
        spec=spec,
        about=about(spec, classes, code, "0" * 16),
        images=images(trials[0].scores, grouped),
        scores=corrected_scores.scores(evidence),
        curves=pd.DataFrame(),
        gallery=pd.DataFrame(),
    )


def about(spec: Sweep, classes: tuple[str, str], code: str, content_hash: str, source: str = "pets") -> About:
    positive, negative = classes
    return About(
        name="night",
        started=datetime(2026, 1, 1, tzinfo=UTC),
        data=spec.data,
        subject=Subject(image_set=source, content_hash=content_hash, positive=positive, negative=negative),
        partition=Partition(positive=positive),
        counts={},
        image_set="",
        findings=(),
        effects=(),
        recipe=spec.trained_by()[0],
        compute=Compute(device="cpu", threads=1, precision="float32"),
        versions={"code_version": code, "python": "3.13", "torch": "2.11", "numpy": "2.4"},
    )


def images(scores: pd.DataFrame, groups: "pd.Series[str] | None" = None) -> pd.DataFrame:
    """Val and test as they were scored, and a train beside them."""
    used = scores.drop_duplicates("id").rename(columns={"split": "part"})[["id", "part", "label"]]
    train = pd.DataFrame(
        {"id": [f"train/{number}" for number in range(50)], "part": "train", "label": [1, 0, 0, 0, 0] * 10}
    )
    found = pd.concat([train, used], ignore_index=True)
    named = ["" if groups is None else groups.get(name, "") for name in found["id"]]
    return found.assign(digest="pixels of " + found["id"], group=named)


def of_images(base: Dossier, rows: list[tuple[str, str, int, str]]) -> Dossier:
    """The same with other images of train and val."""
    test = base.images[base.images["part"] == "test"]
    others = pd.DataFrame(rows, columns=["id", "part", "label", "digest"]).assign(group="")
    return replace(base, images=pd.concat([others, test], ignore_index=True))


def with_about(base: Dossier, **update: Any) -> Dossier:
    return replace(base, about=base.about.model_copy(update=update))


def estimate(value: float, bounds: tuple[float, float]) -> Estimate:
    return Estimate(value=value, low=bounds[0], high=bounds[1], deviation=None, seeds=1)


def changes(earlier: Dossier, later: Dossier) -> Changes:
    return changes_sentences.worded(Pairing(earlier, later))


def words(found: Changes) -> str:
    return " ".join([*found.answer, *found.data])


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
    found = changes(before, replace(now, images=now.images.assign(group="ward " + now.images["group"])))
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


def test_images_that_came_went_changed_and_moved_are_counted_as_by_hand(scored_trial: Make) -> None:
    before = [("a", "train", 0, "A"), ("b", "train", 0, "B"), ("c", "train", 1, "C"), ("d", "train", 1, "D")]
    before += [("e", "val", 0, "E"), ("f", "val", 1, "F"), ("g", "val", 1, "G")]
    now = [("a", "train", 0, "A"), ("b", "train", 1, "B"), ("c", "train", 1, "other C"), ("h", "train", 0, "H")]
    now += [
        ("i", "train", 0, "D"),
        ("f", "train", 1, "F"),
        ("e", "val", 0, "E"),
        ("g", "val", 1, "G"),
        ("j", "val", 1, "J"),
    ]
    base = dossier(scored_trial)
    found = changes(of_images(base, before), of_images(base, now))
    assert found.data == (
        "train: 2 images came, 1 went, 1 changed its pixels, 1 changed its label; 2 cat and 2 dog before, 3 and 3 now",
        "val: 1 image came, 0 went, 0 changed their pixels, 0 changed their label; 1 cat and 2 dog before and now",
        "test: the same images; 240 cat and 60 dog before and now",
        "1 image moved from val to train",
        "1 of those that came has the pixels of one that went: the same under another name, 1 of them with another "
        "label",
    )
    assert found.answer[1] == "Only the images of train and val changed."
    assert (
        changes(of_images(base, before), of_images(dossier(scored_trial, noise=0.4), now))
        .cells[0]
        .changes["recall"]
        .paired
    )


def test_an_image_set_that_only_its_size_makes_another_is_told_by_the_size_alone(scored_trial: Make) -> None:
    before, now = dossier(scored_trial, asked={"size": 32}), dossier(scored_trial, asked={"size": 64})
    others = {"subject": now.about.subject.model_copy(update={"content_hash": "1" * 16})}
    now = replace(now, about=now.about.model_copy(update=others))
    found = changes(before, now)
    assert found.answer[1] == "Only the spec (size) changed."
    assert found.data == ("the same images in the same parts",)
    found = changes(before, replace(now, spec=before.spec))
    assert found.answer[1] == "Only the image set outside the images in use changed."


def test_the_order_and_the_types_of_the_rows_are_no_change(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    shuffled = base.images.sample(frac=1, random_state=0).astype({"part": "category", "label": "int8"})
    found = changes(base, replace(base, images=shuffled))
    assert found.data == ("the same images in the same parts",) and found.cells[0].changes["recall"].paired


def test_an_image_set_that_changed_beside_the_images_in_use_is_told(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    found = changes(base, with_about(base, subject=base.about.subject.model_copy(update={"content_hash": "f" * 16})))
    assert found.data[0] == "the same images in the same parts" and "in images that are not in use" in found.data[1]
    assert found.answer[1] == "Only the image set outside the images in use changed."


def test_other_classes_are_not_compared_even_on_the_same_images(scored_trial: Make) -> None:
    base, other = dossier(scored_trial), dossier(scored_trial, "f1", classes=("cat", "dog"))
    found = changes(base, other)
    assert found.data == (
        "other classes: pets · dog vs cat before, pets · cat vs dog now, so neither images nor results are compared",
    )
    assert all(cell.changes == {} and cell.earlier and cell.later for cell in found.cells)
    assert found.answer[0].startswith(
        "The two are about different things, pets · dog vs cat before and pets · cat vs dog"
    )
    assert "so their results are not compared" in found.answer[0] and "shown" not in found.answer[0]
    assert found.answer[1] == "The classes and the spec (positive and objective) changed."


def test_another_source_with_the_same_classes_is_only_compared_where_it_shares_images(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    moved = with_about(
        base, subject=base.about.subject.model_copy(update={"image_set": "zoo", "content_hash": "f" * 16})
    )
    assert changes(base, moved).cells[0].changes
    apart = replace(moved, images=moved.images.assign(digest="zoo " + moved.images["digest"]))
    found = changes(base, apart)
    [said] = found.data
    assert said.startswith("other images: pets before and zoo now have no image in use in common, so neither")
    assert found.cells[0].changes == {} and found.answer[1] == "Only the images changed."


def test_the_spec_is_told_as_people_write_it_and_two_ways_to_write_it_are_no_change(scored_trial: Make) -> None:
    base = dossier(scored_trial, asked={"seeds": "3", "weights": "0.7,0.8"})
    again = dossier(scored_trial, "recall@precision>=0.50", asked={"seeds": "1,2,3", "weights": "0.7, 0.8"})
    assert changes(base, again).spec == ()
    other = {"weights": "", "epochs": 12, "learning_rate": 1e-3, "skip_unreadable": True, "imbalance": 0.1}
    assert changes(base, dossier(scored_trial, asked=other)).spec == (
        Changed(name="imbalance", earlier="default", later="0.1"),
        Changed(name="skip_unreadable", earlier="off", later="on"),
        Changed(name="weights", earlier="0.7,0.8", later="default"),
        Changed(name="epochs", earlier="default", later="12"),
        Changed(name="learning_rate", earlier="default", later="0.001"),
    )


def test_what_the_same_words_resolve_to_is_told_where_no_word_explains_it(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    compute, recipe = Compute(device="cuda", threads=1, precision="float32"), base.about.recipe
    partition = base.about.partition.model_copy(update={"imbalance": 0.1})
    changed = {"compute": compute, "recipe": recipe.model_copy(update={"epochs": 20}), "partition": partition}
    found = changes(base, with_about(base, **changed))
    assert [(each.name, each.earlier, each.later) for each in found.spec] == [
        ("partition: imbalance", "as it comes", "0.1"),
        ("recipe: epochs", "26", "20"),
        ("compute: device", "cpu", "cuda"),
    ]
    resolved = "what the spec resolved to (partition: imbalance, recipe: epochs and compute: device)"
    assert found.answer[1] == f"Only {resolved} changed."
    tutorial = dossier(scored_trial, asked={"recipe": "tutorial"})
    assert [each.name for each in changes(base, tutorial).spec] == ["recipe"]


def test_versions_that_are_not_recorded_are_called_so(scored_trial: Make) -> None:
    base = dossier(scored_trial)
    fewer = {name: of for name, of in base.about.versions.items() if name != "numpy"}
    found = changes(base, with_about(base, versions=fewer | {"torch": "2.12"}))
    assert found.versions == (
        Changed(name="torch", earlier="2.11", later="2.12"),
        Changed(name="numpy", earlier="2.4", later="not recorded"),
    )
    assert found.answer[1] == "Only the versions of torch and numpy changed."


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
