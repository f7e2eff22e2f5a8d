"""The story's chapters: every run once, all on the same test part, and every cell that a claim is about."""

from collections import Counter

import pytest
from pydantic import ValidationError

from steelyard.models.spec import grid
from steelyard.models.spec.cells import expand
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import Handling, Recipe
from steelyard.models.tutorial.chapters import BEYOND, MORE, OBJECTIVE, SWITCHES, WEIGHT, Story
from steelyard.models.tutorial.claims import CLAIMS

CHAPTERS = Story().chapters()


def counts(sweep: Sweep) -> tuple[int, int]:
    per_class = grid.counts(sweep.train_counts)
    return per_class["cat"], per_class["dog"]


def cells(sweep: Sweep) -> list[str]:
    return [handling.label for handling in expand(sweep, counts(sweep))]


def specs(sweep: Sweep) -> list[tuple[str, str | None, Recipe, Handling, int]]:
    """Whatever two trials of the story can differ in."""
    (recipe,), handlings = sweep.trained_by(), expand(sweep, counts(sweep))
    return [
        (sweep.train_counts, sweep.validate_on, recipe, handling, seed)
        for handling in handlings
        # A solved head is the same with every seed.
        for seed in grid.seeds(sweep.seeds)[: 1 if recipe.name == "features" else None]
    ]


def test_no_two_trials_of_the_story_are_the_same() -> None:
    repeated = Counter(spec for sweep in CHAPTERS.values() for spec in specs(sweep))
    assert repeated.most_common(1)[0][1] == 1
    assert repeated.total() == 16 * 3 + 6 + 1


def test_the_chapters_hold_these_cells() -> None:
    assert {name: cells(sweep) for name, sweep in CHAPTERS.items()} == {
        "tutorial": ["none", "constant", "downsample", "upsample", "weights 1", WEIGHT],
        "tutorial" + MORE: ["none"],
        "balanced": ["none", WEIGHT],
        "balanced, smaller": ["none"],
        "softmax twice": ["none", WEIGHT],
        "frozen BatchNorm": ["none", WEIGHT],
        "neither": ["none", WEIGHT],
        "sound": ["none"],
        "features": ["none"],
    }


@pytest.mark.parametrize("claim", CLAIMS, ids=lambda claim: f"{claim.run}: {claim.says}")
def test_every_claim_is_about_a_cell_of_its_chapter(claim: object) -> None:
    there = cells(CHAPTERS[claim.chapter])  # type: ignore[attr-defined]
    assert {claim.cell, claim.beside or claim.cell} <= set(there)  # type: ignore[attr-defined]


@pytest.mark.parametrize(("switches", "chapter"), SWITCHES.items())
def test_the_two_by_two_by_two_is_whole_and_each_chapter_has_the_switches_of_its_name(
    switches: tuple[bool, bool], chapter: str
) -> None:
    (recipe,) = CHAPTERS[chapter].trained_by()
    assert (recipe.softmax_twice, recipe.frozen_batchnorm) == switches
    assert {"none", WEIGHT} <= set(cells(CHAPTERS[chapter]))
    assert counts(CHAPTERS[chapter]) == (4800, 1200)
    (own,) = CHAPTERS["tutorial"].trained_by()
    assert recipe.model_copy(update={"softmax_twice": True, "frozen_batchnorm": True}) == own


def test_the_train_counts_are_the_tutorials() -> None:
    sizes = {"balanced": (5000, 5000), "balanced, smaller": (3000, 3000)}
    assert {name: counts(sweep) for name, sweep in CHAPTERS.items()} == {
        name: sizes.get(name, (4800, 1200)) for name in CHAPTERS
    }


def test_all_chapters_share_images_classes_split_and_objective() -> None:
    kept = ("size", "imbalance", "split_seed", "skip_unusable")
    plain = {name: getattr(Sweep(), name) for name in kept}
    told = {"data": "cifar10", "positive": "dog", "negative": "cat", "objective": OBJECTIVE}
    for sweep in CHAPTERS.values():
        assert sweep.model_dump(include={*plain, *told}) == plain | told
    assert OBJECTIVE == "recall @ precision >= 0.7 at prevalence 0.5"


def test_the_chapters_of_other_recipes_alone_keep_a_part_of_train_to_choose_on() -> None:
    for name in BEYOND:
        assert (CHAPTERS[name].recipe, counts(CHAPTERS[name])) == (name, counts(CHAPTERS["tutorial"]))
        # None is the recipe's own: val, and the test part for the tutorial's.
        assert CHAPTERS[name].validate_on in (None, "val")
    others = [sweep for name, sweep in CHAPTERS.items() if name not in BEYOND]
    assert {(sweep.recipe, sweep.validate_on) for sweep in others} <= {("tutorial", None), ("tutorial", "test")}


@pytest.mark.parametrize(
    ("share", "expected"),
    [(1, ((4800, 1200), (5000, 5000), (3000, 3000))), (0.1, ((480, 120), (500, 500), (300, 300))),
     (0.02, ((96, 24), (100, 100), (60, 60))), (1e-6, ((1, 1), (1, 1), (1, 1)))],
)  # fmt: skip
def test_a_share_scales_the_counts_and_leaves_each_class_an_image(
    share: float, expected: tuple[tuple[int, int], ...]
) -> None:
    chapters = Story(share=share).chapters()
    found = tuple(counts(chapters[name]) for name in ("tutorial", "balanced", "balanced, smaller"))
    assert found == expected
    assert counts(chapters["sound"]) == counts(chapters["neither"]) == expected[0]


@pytest.mark.parametrize("share", [0, -0.1, 1.01, float("nan"), float("inf")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(ValidationError, match="share"):
        Story(share=share)


@pytest.mark.parametrize("seeds", ["0", "", "one", "1,-2"])
def test_seeds_that_are_none_are_refused(seeds: str) -> None:
    with pytest.raises(ValidationError, match="seeds"):
        Story(seeds=seeds)


@pytest.mark.parametrize("seeds", ["3", "7,", "5,7", "1"])
def test_every_chapter_has_the_seeds_but_one_that_repeats_the_unweighted_run_with_twice_as_many(seeds: str) -> None:
    chapters, asked = Story(seeds=seeds).chapters(), grid.seeds(seeds)
    further = grid.seeds(chapters.pop("tutorial" + MORE).seeds)
    assert {grid.seeds(sweep.seeds) for sweep in chapters.values()} == {asked}
    assert len(further) == 2 * len(asked)
    assert not set(further) & set(asked)


def test_further_seeds_train_the_same_as_the_chapter_that_they_continue() -> None:
    first, more = CHAPTERS["tutorial"], CHAPTERS["tutorial" + MORE]
    assert {spec[:4] for spec in specs(more)} <= {spec[:4] for spec in specs(first)}


def test_data_reaches_every_chapter() -> None:
    assert {sweep.data for sweep in Story(data="folder:/pets").chapters().values()} == {"folder:/pets"}
