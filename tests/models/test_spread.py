"""What images and seeds do to a mean: against scipy, by hand, and on simulations whose variances are known."""

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from steelyard.models.statistics.bootstrap import bootstrap
from steelyard.models.statistics.intervals import Z_95
from steelyard.models.statistics.sampled import Sampled
from steelyard.models.statistics.spread import Spread, spreads

MANY_IMAGES = 10**9


def fixed(*values: float) -> Sampled:
    """Seeds of a cell that no choice of the images changes; whole numbers, so that nothing rounds."""
    return Sampled(np.array(values), np.tile(values, (50, 1)))


def simulated(cells: int, seeds: int, common: float, own: float, between: float, samples: int = 400) -> list[Sampled]:
    """Cells with these standard deviations: images alike for all seeds, images for each seed alone, and seeds."""
    rng, found = np.random.default_rng(0), []
    for _ in range(cells):
        images = common * rng.standard_normal((samples + 1, 1)) + own * rng.standard_normal((samples + 1, seeds))
        value = between * rng.standard_normal(seeds) + images[0]
        found.append(Sampled(value, value + images[1:]))
    return found


@pytest.mark.parametrize("between", [0.0, 0.5, 3.0])
@pytest.mark.parametrize("seeds", [2, 3, 8])
def test_known_variances_of_images_and_of_seeds_are_told_apart(seeds: int, between: float) -> None:
    found = spreads(simulated(400, seeds, common=1.0, own=0.7, between=between), 1000)
    assert np.mean([spread.images for spread in found]) == pytest.approx(1 + 0.49 / seeds, rel=0.02)
    pooled = seeds * min(spread.between for spread in found)
    freedom = 400 * (seeds - 1)
    assert pooled == pytest.approx(between**2, abs=4 * (between**2 + 0.49) * math.sqrt(2 / freedom))
    assert [spread.seeds for spread in found] == [seeds] * 400


def of_images_and_seeds(rng: np.random.Generator, images: int = 150, samples: int = 300) -> tuple[Sampled, Sampled]:
    """Recall of two cells of 3 seeds: an image has a difficulty for all, and every seed is a little off."""
    difficulty, seeds = rng.standard_normal(images), 0.3 * rng.standard_normal((6, 1))
    scores = difficulty + seeds + rng.standard_normal((6, images))
    labels, rows = np.repeat([1, 0], [images, 2]), np.hstack([scores, np.zeros((6, 2))])
    found = bootstrap(labels, rows, {"at": rows >= -0.8}, samples=samples)["at/recall"]
    return found.of(np.arange(3)), found.of(np.arange(3, 6))


def test_the_interval_holds_the_mean_over_all_images_and_seeds_about_95_percent_of_the_time() -> None:
    rng, truth = np.random.default_rng(1), stats.norm.cdf(0.8 / math.sqrt(1 + 0.09 + 1))
    found = [spread for _ in range(300) for spread in spreads(of_images_and_seeds(rng), 150)]
    covered = np.mean([low <= truth <= high for low, high in (spread.interval() for spread in found)])
    blind = np.mean([abs(spread.mean - truth) < Z_95 * math.sqrt(spread.images) for spread in found])
    assert 0.93 <= covered <= 0.98
    assert blind < 0.89, "the bootstrap of the images alone knows nothing of seeds"
    error = np.var([spread.mean for spread in found])
    assert np.mean([spread.images + spread.between for spread in found]) == pytest.approx(error, rel=0.25)


@given(st.lists(st.integers(-20, 20), min_size=2, max_size=9).filter(lambda values: len(set(values)) > 1))
def test_where_images_do_not_matter_one_cell_has_students_interval_and_p_value(values: list[int]) -> None:
    (found,), expected = spreads([fixed(*values)], MANY_IMAGES), stats.ttest_1samp(values, 0)
    assert found.interval() == pytest.approx(tuple(expected.confidence_interval(0.95)), rel=1e-6, abs=1e-6)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-6)
    assert found.deviation == pytest.approx(np.std(values, ddof=1))


def test_cells_pool_their_variance_and_one_that_varies_more_keeps_its_excess() -> None:
    wild, calm = spreads([fixed(0, 2, 4), fixed(1, 1, 1)], MANY_IMAGES)
    assert (wild.between, calm.between) == pytest.approx((2 / 3 + 2 / 3, 2 / 3)), "of 4 and 0 the mean is 2"
    assert wild.between_freedom == pytest.approx((4 / 3) ** 2 / ((2 / 3) ** 2 / 4 + (2 / 3) ** 2 / 2))
    assert calm.between_freedom == pytest.approx(4)


def test_the_pool_weighs_cells_by_their_degrees_of_freedom() -> None:
    found = spreads([fixed(0, 2), fixed(1, 1, 1, 1)], MANY_IMAGES)
    assert found[1].between == pytest.approx((2 * 1 + 0 * 3) / 4 / 4)


def test_variance_that_images_explain_is_not_blamed_on_seeds() -> None:
    rng, value = np.random.default_rng(0), np.array([0.0, 1.0, 2.0])
    (found,) = spreads([Sampled(value, value + 3 * rng.standard_normal((500, 3)))], 100)
    assert found.between == 0 and found.deviation == 1
    assert found.images == pytest.approx(3, rel=0.2)


@pytest.mark.parametrize("seeds", [2, 3, 5])
def test_seeds_that_agree_on_every_sample_do_not_vary(seeds: int) -> None:
    for seed in range(40):
        column = np.random.default_rng(seed).integers(0, 81, (200, 1)) / 80
        (found,) = spreads([Sampled(np.repeat(column[0], seeds), np.repeat(column, seeds, axis=1))], 80)
        assert found.between < 1e-12 and found.images == pytest.approx(column.var())
        assert found.interval()[1] - found.mean == pytest.approx(Z_95 * column.std(), rel=1e-3)


@pytest.mark.parametrize("value", [0.05, 0.1, 0.7, 0.95])
def test_a_rounding_error_is_no_variance_of_images(value: float) -> None:
    (found,) = spreads([Sampled(np.array([value]), np.full((2000, 1), value))], 100)
    assert found.images == (1.5 / 100) ** 2


def test_a_single_seed_says_nothing_of_other_seeds_and_borrows_from_cells_that_have_several() -> None:
    (alone,), beside = spreads([fixed(5)], 10), spreads([fixed(5), fixed(0, 2, 4)], 10)
    assert (alone.between, alone.deviation, alone.seeds) == (0, 0, 1)
    assert beside[0].between == pytest.approx(4)
    assert beside[0].between_freedom == pytest.approx(2) and beside[0].deviation == 0


@pytest.mark.parametrize("images", [10, 300])
@pytest.mark.parametrize("value", [0.0, 1.0])
def test_where_nothing_varies_the_interval_reaches_3_divided_by_the_images(images: int, value: float) -> None:
    (found,) = spreads([fixed(value, value, value)], images)
    assert found.images == (1.5 / images) ** 2
    assert found.interval() == pytest.approx((value - 3 / images, value + 3 / images), abs=0.07 / images)
    assert found.p == pytest.approx(1 if value == 0 else 2 * stats.norm.sf(images / 1.5), rel=1e-3)


@pytest.mark.parametrize("groups", [3, 8, 40])
def test_groups_of_equal_size_have_students_interval_of_their_own_means(groups: int) -> None:
    rng = np.random.default_rng(groups)
    found = rng.random((groups, 5)) < rng.random((groups, 1))
    scores = np.hstack([found, np.zeros((groups, 1))]).ravel()[None]
    labels, codes = np.tile([1, 1, 1, 1, 1, 0], groups), np.repeat(np.arange(groups), 6)
    drawn = bootstrap(labels, scores, {"at": scores >= 0.5}, samples=20_000, groups=codes)["at/recall"]
    (told,), expected = spreads([drawn], 5 * groups, groups), stats.ttest_1samp(found.mean(axis=1), 0)
    low, high = expected.confidence_interval(0.95)
    assert told.interval() == pytest.approx((low, high), abs=0.03 * (high - low))


SPREADS = st.builds(
    Spread,
    mean=st.floats(-1, 1),
    deviation=st.just(0.1),
    seeds=st.just(3),
    images=st.floats(1e-6, 1),
    between=st.just(0.0) | st.floats(1e-6, 1),
    between_freedom=st.floats(1, 50),
)


@given(SPREADS)
def test_nothing_lies_outside_the_interval_exactly_where_p_is_below_5_percent(spread: Spread) -> None:
    low, high = spread.interval()
    assert (low > 0 or high < 0) == (spread.p < 0.05)
    assert (low + high) / 2 == pytest.approx(spread.mean, abs=1e-9)


@given(SPREADS)
def test_the_quantile_is_students_with_the_freedom_of_satterthwaite(spread: Spread) -> None:
    both = spread.images + spread.between
    freedom = both**2 / (spread.between**2 / spread.between_freedom) if spread.between else math.inf
    assert spread.quantile(spread.images) == pytest.approx(stats.t.ppf(0.975, freedom), rel=1e-6)
    assert spread.quantile(0.0) >= spread.quantile(spread.images) >= Z_95 - 1e-6


@given(SPREADS, st.floats(1, 1e4))
def test_more_images_divide_the_variance_of_images_and_leave_that_of_seeds(spread: Spread, factor: float) -> None:
    more = Spread(spread.mean, 0.1, 3, spread.images / factor, spread.between, spread.between_freedom)
    assert spread.interval(factor) == pytest.approx(more.interval())
    low, high = Spread(spread.mean, 0.1, 3, spread.images, 0.0, 1.0).interval(factor)
    assert high - low == pytest.approx(2 * Z_95 * math.sqrt(spread.images / factor), rel=1e-6)


@given(SPREADS, st.integers(1, 40))
def test_what_is_detectable_leaves_the_power_that_was_asked_for(spread: Spread, comparisons: int) -> None:
    alone = Spread(spread.mean, 0.1, 3, spread.images, 0.0, 1.0)
    error, critical = math.sqrt(spread.images), stats.norm.isf(0.05 / (2 * comparisons))
    shown = stats.norm.sf(critical - alone.detectable(comparisons) / error)
    assert shown == pytest.approx(0.8, abs=1e-6)
    assert spread.detectable(comparisons) > alone.detectable(comparisons) or not spread.between
    assert spread.detectable(comparisons + 1) > spread.detectable(comparisons)


def test_cells_of_a_kind_share_what_seeds_do_and_those_that_no_seed_changes_have_none_of_it() -> None:
    rng = np.random.default_rng(0)
    images = rng.normal(0, 0.01, (200, 1))

    def cell(seeds: int, deviation: float) -> Sampled:
        value = 0.8 + deviation * rng.standard_normal(seeds)
        return Sampled(value, value + images)

    loud, quiet, fixed = [cell(3, 0.1) for _ in range(3)], [cell(3, 0.001) for _ in range(3)], [cell(1, 0.0)]
    together = spreads([*loud, *quiet, *fixed], 50, kinds=[*"aaa", *"bbb", None])
    alone = [*spreads(loud, 50), *spreads(quiet, 50)]
    assert [of.between for of in together[:6]] == pytest.approx([of.between for of in alone])
    assert (together[6].between, together[6].seeds, together[6].deviation) == (0, 0, 0)
    assert spreads([*loud, *fixed], 50)[3].between > 0, "one seed of others that vary takes its share"


def in_folds(pseudo: list[float]) -> Sampled:
    """A metric without seeds in folds of these pseudo-values, whose images vary each fold by 0.1."""
    folds, own = len(pseudo), np.random.default_rng(0).normal(0, 0.1, (20_000, len(pseudo)))
    mean = np.mean(pseudo)
    each, of_samples = np.array(pseudo), np.array(pseudo) + own
    left = Sampled(
        ((folds * mean - each) / (folds - 1))[:, None],
        ((of_samples.sum(axis=1, keepdims=True) - of_samples) / (folds - 1))[..., None],
    )
    return Sampled(np.array([mean]), of_samples.mean(axis=1)[:, None], left)


@pytest.mark.parametrize("apart", [0.0, 1.0, 3.0])
def test_in_folds_what_five_of_them_say_weighs_as_four_of_forty(apart: float) -> None:
    """Folds that vary as much as images explain, ``apart`` times: (36 * 1.15 + 4 * apart) / 40 times that variance."""
    normal = np.array([-1.2, -0.5, 0.0, 0.5, 1.2])
    pseudo = 0.5 + 0.1 * math.sqrt(apart) * normal / normal.std(ddof=1)
    (alone,) = spreads([in_folds(pseudo.tolist())], 100, kinds=[None])
    assert alone.images == pytest.approx(0.1**2 / 5 * (36 * 1.15 + 4 * apart) / 40, rel=0.05)
    assert (alone.between, alone.freedom) == (0, 40)
    low, high = alone.interval()
    assert high - low == pytest.approx(2 * stats.t.ppf(0.975, 40) * math.sqrt(alone.images))
    with_seeds, _ = spreads([in_folds(pseudo.tolist())] * 2, 100, kinds=[""] * 2)
    assert with_seeds.between == pytest.approx(max(0, apart - 1) * 0.1**2 / 5, abs=1e-4)


def test_without_folds_nothing_is_moderated() -> None:
    one = Sampled(np.array([0.5]), np.random.default_rng(0).normal(0.5, 0.1, (1000, 1)))
    (alone,), (seeded,) = spreads([one], 100, kinds=[None]), spreads([one], 100)
    assert alone.images == seeded.images and alone.freedom == seeded.freedom
