"""The bound on wrong decisions and the band that it allows, against brute force."""

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy.special import expit
from scipy.stats import binom

from steelyard.models.calibration.abstention import CHANCE, abstention, lowest, steps
from steelyard.models.calibration.decision_errors import Decisions
from steelyard.models.calibration.priors import correct, moved


def decisions(n: int, seed: int = 0, apart: float = 3.0, threshold: float = 0.5, **of: object) -> Decisions:
    """Two normal classes, a third of the images positive; scores are the posterior at 0.5."""
    rng = np.random.default_rng(seed)
    labels = (np.arange(n) % 3 == 0).astype(np.int64)
    scores = expit(apart * (rng.standard_normal(n) + apart * (labels - 0.5))).astype(np.float32)
    return Decisions(labels, scores, threshold, **of)  # type: ignore[arg-type]


def brute(errors: int, n: int, tail: float) -> float:
    """The largest share, by 100,000ths, at which so few errors still have a chance of ``tail``."""
    shares = np.arange(100_001) / 100_000
    return float(shares[binom.cdf(errors, n, shares) >= tail].max())


def first(made: Decisions, count: int) -> npt.NDArray[np.intp]:
    """The images that are farthest from the threshold, in log odds."""
    scores = made.scores.astype(np.float64)
    return np.argsort(-np.abs(np.log(scores / (1 - scores)) - np.log(made.threshold / (1 - made.threshold))))[:count]


def wrong(made: Decisions, rows: npt.NDArray[np.intp]) -> npt.NDArray[np.bool_]:
    return (made.scores[rows] >= made.threshold) != (made.labels[rows] == 1)


@pytest.mark.parametrize("count", [1, 40, 90, 120])
def test_the_bound_is_the_largest_share_at_which_so_few_errors_are_not_too_unlikely(count: int) -> None:
    made = decisions(120, apart=2.0)
    errors = int(wrong(made, first(made, count)).sum())
    assert made.bound(count, 0.01) == pytest.approx(brute(errors, count, 0.01), abs=1e-5)
    assert made.bound(count, 0.01, errors=False) == pytest.approx(1 - 0.01 ** (1 / count))


def test_at_a_prevalence_it_combines_four_bounds_of_a_quarter_of_the_chance() -> None:
    made, count = decisions(300, apart=2.0, prevalence=0.05), 200
    rows = first(made, count)
    missed, right = np.zeros(2), np.zeros(2)
    for y in (0, 1):
        own, size = rows[made.labels[rows] == y], int(np.sum(made.labels == y))
        errors = int(wrong(made, own).sum())
        missed[y] = brute(errors, size, 0.01 / 4)
        right[y] = 1 - brute(size - (len(own) - errors), size, 0.01 / 4)
    shares = np.array([0.95, 0.05])
    expected = shares @ missed / (shares @ missed + shares @ right)
    assert made.bound(count, 0.01) == pytest.approx(expected, abs=1e-4)


@pytest.mark.parametrize("of", [{}, {"prevalence": 0.2}])
@pytest.mark.parametrize("seed", range(5))
def test_no_more_images_can_be_decided_on_where_bounds_rise(of: dict[str, float], seed: int) -> None:
    made, most = decisions(600, seed, **of), 0.05
    found, tail = abstention(made, most), CHANCE / steps(made)
    assert found and made.bound(found.decided, tail) <= most
    more = [end for end in made.ends if end > found.decided]
    assert not more or made.bound(more[0], tail) > most


@given(st.integers(0, 10_000), st.floats(0.05, 0.95), st.sampled_from([None, 0.1]))
def test_the_band_leaves_what_it_says(seed: int, threshold: float, prevalence: float | None) -> None:
    made = decisions(300, seed, threshold=threshold, prevalence=prevalence)
    if (found := abstention(made, 0.08)) is None:
        return
    left = np.flatnonzero((made.scores < found.low) | (made.scores > found.high))
    assert (found.decided, found.wrong) == (len(left), wrong(made, left).sum())
    assert found.low > found.high or found.low <= threshold <= found.high
    away = [1 - np.mean(np.isin(np.flatnonzero(made.labels == y), left)) for y in (0, 1)]
    positive = prevalence or made.labels.mean()
    assert found.share == pytest.approx((1 - positive) * away[0] + positive * away[1])


def test_a_correction_to_another_prevalence_changes_nobodys_place() -> None:
    made = decisions(300, threshold=0.3)
    there = Decisions(made.labels, correct(made.scores, 0.5, 0.05), moved(0.3, 0.5, 0.05))
    found, other = abstention(made, 0.08), abstention(there, 0.08)
    assert found and other and (found.decided, found.wrong) == (other.decided, other.wrong)
    assert other.low == pytest.approx(moved(found.low, 0.5, 0.05), rel=1e-4)


def test_a_group_of_copies_is_one_image() -> None:
    alone = decisions(120, apart=2.0)
    copies = Decisions(np.repeat(alone.labels, 4), np.repeat(alone.scores, 4), 0.5, groups=np.repeat(np.arange(120), 4))
    assert [copies.bound(4 * end, 0.01) for end in alone.ends] == pytest.approx(
        [alone.bound(end, 0.01) for end in alone.ends]
    )


@pytest.mark.parametrize("prevalence", [None, 0.1])
def test_groups_of_several_sizes_make_the_bound_wider(prevalence: float | None) -> None:
    groups = np.sqrt(np.arange(300)).astype(np.int64)
    apart, together = (decisions(300, prevalence=prevalence, groups=of) for of in (None, groups))
    assert all(together.bound(count, 0.01) > apart.bound(count, 0.01) for count in (50, 200, 300))
    sizes = np.bincount(groups[first(together, 200)])
    errors = float(wrong(together, first(together, 200)).mean())
    if prevalence is None:
        worth = 200**2 / np.sum(sizes**2)
        tail = binom.cdf(round(errors * worth), round(worth), together.bound(200, 0.01))
        assert tail == pytest.approx(0.01, abs=0.01)


def test_where_few_are_wrong_it_decides_on_every_image() -> None:
    labels = np.arange(600) % 2
    found = abstention(Decisions(labels, np.where(labels == 1, 0.9, 0.1), 0.5), 0.05)
    assert found and found.low > found.high and (found.share, found.decided, found.wrong) == (0, 600, 0)


@pytest.mark.parametrize("threshold", [0.0, np.nextafter(1, 2)])
def test_a_threshold_at_an_end_has_its_band_at_that_end(threshold: float) -> None:
    found = abstention(decisions(600, threshold=threshold), 0.499)
    assert found is None or found.low == 0.0 or found.high == 1.0 or found.low > found.high


def test_what_could_be_had_where_it_cannot_be_kept() -> None:
    made = decisions(200)
    assert abstention(made, 0.02) is None
    least = lowest(made, 0.02)
    assert least and 0.02 < least.most < 0.2 and abstention(made, least.most) == least
    assert lowest(Decisions(np.array([0, 1]), np.array([0.9, 0.1]), 0.5), 0.02) is None
