"""Looks at draws of known distributions: as before nothing is told more often than the level, and changes are told."""

from dataclasses import replace

import numpy as np
import numpy.typing as npt
import pytest
from scipy.spatial.distance import cdist
from scipy.stats import binom, fisher_exact, ks_2samp

from steelyard.models.drift.coordinates import space
from steelyard.models.drift.drift import ALARMS, FEATURES, LEVEL, SCORES, Change, Sample, changes
from steelyard.models.drift.next_labels import UNCERTAIN, UNLIKE, nearness, next_labels
from steelyard.models.drift.two_samples import ENOUGH, features_differ, shares_differ, values_differ
from steelyard.models.words.drift_words import line

Rng = np.random.Generator
IMAGES, WIDTH, SHARE = 150, 24, 0.2


def draw(rng: Rng, images: int = IMAGES, share: float = SHARE, shift: float = 0.0, scale: float = 1.0) -> Sample:
    """Two classes whose features lie apart along one axis, by which they are scored; brightness has nothing to say."""
    labels = rng.random(images) < share
    features = scale * rng.standard_normal((images, WIDTH)) * np.linspace(2, 0.5, WIDTH)
    features[:, 0] += 5 * labels
    features += shift
    scores = 1 / (1 + np.exp(-(features[:, 0] - 2.5)))
    return Sample(scores, scores >= 0.5, features, {"brightness": rng.random(images) + shift})


def told(before: Sample, now: Sample, exact: bool = True) -> set[str]:
    return {of.what for of in changes(before, now, exact=exact, permutations=999) if of.told}


def test_of_200_looks_at_images_as_before_hardly_any_tells_a_change() -> None:
    rng = np.random.default_rng(0)
    alarms = sum(bool(told(draw(rng), draw(rng, 100))) for _ in range(200))
    assert alarms <= 6
    assert binom.sf(6, 200, LEVEL) < 0.005


@pytest.mark.parametrize(
    ("change", "by"),
    [({"shift": 0.8}, FEATURES), ({"scale": 1.5}, FEATURES), ({"share": 2 * SHARE}, ALARMS)],
    ids=["mean", "scale", "share"],
)
def test_a_change_is_told(change: dict[str, float], by: str) -> None:
    rng = np.random.default_rng(1)
    looks = [told(draw(rng, 400), draw(rng, 300, **change)) for _ in range(20)]
    assert sum(map(bool, looks)) >= 19
    assert sum(by in look for look in looks) >= 15


def of_cameras(rng: Rng, images: int, dark: str = "") -> Sample:
    """Three cameras, one of which may have gone dark; of a fourth there are few images."""
    sample, camera = draw(rng, images), rng.choice(["1", "2", "3", "4"], images, p=[0.6, 0.25, 0.13, 0.02])
    brightness = sample.looks["brightness"] - 0.4 * (camera == dark)
    return replace(sample, looks={"brightness": brightness}, slices={"camera": camera})


def test_of_100_looks_by_camera_at_images_as_before_hardly_any_tells_a_change() -> None:
    rng = np.random.default_rng(10)
    alarms = sum(bool(told(of_cameras(rng, 300), of_cameras(rng, 300))) for _ in range(100))
    assert alarms <= 4
    assert binom.sf(4, 100, LEVEL) < 0.005


def test_a_change_of_one_camera_is_told_of_it_where_all_images_together_hide_it() -> None:
    rng = np.random.default_rng(11)
    looks = [changes(of_cameras(rng, 600), of_cameras(rng, 400, "3"), permutations=199) for _ in range(10)]
    found = [{(of.what, of.part) for of in look if of.told} for look in looks]
    assert sum(("brightness", "camera 3") in look for look in found) >= 9
    assert sum(("brightness", "") in look for look in found) <= 3
    assert not any(part in ("camera 1", "camera 2") for look in found for _, part in look)
    assert {of.part for look in looks for of in look} == {"", "camera 1", "camera 2", "camera 3"}


def test_a_part_keeps_the_features_of_its_own_images() -> None:
    rng = np.random.default_rng(12)
    rows = np.array([1, 3, 4])
    whole = replace(draw(rng, 6), features=np.arange(3.0)[:, None], rows=rows)
    part = whole.part(np.array([False, True, True, False, True, True]))
    assert part.features is not None and part.rows is not None and len(part.scores) == 4
    assert part.features[:, 0].tolist() == [0, 2] and part.rows.tolist() == [0, 2]


def test_scores_of_other_networks_are_shown_and_do_not_count() -> None:
    rng = np.random.default_rng(2)
    found = {of.what: of for of in changes(draw(rng, 300), draw(rng, 300, share=0.9), exact=False, permutations=99)}
    assert found[ALARMS].p < 1e-6 and found[SCORES].p < 1e-6
    assert [found[what].p_holm for what in (ALARMS, SCORES)] == [None, None]
    assert not found[ALARMS].told and found[FEATURES].p_holm is not None


def test_tests_equal_scipys_and_the_energy_is_that_of_all_pairs() -> None:
    rng = np.random.default_rng(3)
    first, second = rng.standard_normal((30, 4)), rng.standard_normal((20, 4)) + 0.5
    assert values_differ(first[:, 0], second[:, 0]).p == ks_2samp(second[:, 0], first[:, 0]).pvalue
    before, now = first[:, 0] > 0, second[:, 0] > 0
    table = [[now.sum(), (~now).sum()], [before.sum(), (~before).sum()]]
    assert shares_differ(before, now) == (now.mean() - before.mean(), fisher_exact(table).pvalue)
    effect, p = features_differ(first, second, rng, 199)
    across = cdist(first, second).mean()
    within = [cdist(of, of).sum() / (len(of) * (len(of) - 1)) for of in (first, second)]
    assert effect == pytest.approx((2 * across - sum(within)) / (2 * across), rel=1e-3)
    assert p * 200 == pytest.approx(round(p * 200)) or ENOUGH / p == pytest.approx(round(ENOUGH / p))


def test_p_values_of_the_permutation_test_are_uniform_where_nothing_changed() -> None:
    rng = np.random.default_rng(4)
    p = [features_differ(rng.standard_normal((15, 3)), rng.standard_normal((25, 3)), rng, 99)[1] for _ in range(400)]
    assert ks_2samp(p, np.arange(1, 101) / 100).pvalue > 0.001
    assert np.mean(np.array(p) <= 0.05) < 0.09


def test_a_change_of_images_that_came_in_groups_may_be_one_of_few_groups() -> None:
    alarms, features = Change(ALARMS, 0.05, 0.06, 0.01, 0.6, 0.6), Change(FEATURES, None, None, 0.2, 0.002, 0.004)
    head = "parts version 1 on 160 new images"
    shares = "6 % alarms, 5 % before"
    said = [line("parts version 1", 160, (alarms, features), grouped) for grouped in (False, True)]
    assert said[0] == f"{head}: they have changed in features (p 0.004); {shares}"
    assert said[1] == f"{head}: they have changed in features (p 0.004), or are of few groups; {shares}"
    assert "groups" not in line("parts version 1", 160, (alarms,), grouped=True)


def test_coordinates_are_the_leading_principal_axes_and_do_not_depend_on_the_order() -> None:
    rng = np.random.default_rng(5)
    features: npt.NDArray[np.float64] = rng.standard_normal((200, 120)) * np.linspace(3, 0.1, 120) + 7
    features[:, 1] = features[:, 0] + 0.1 * features[:, 1]
    along = space(features, (120,)).of(features)
    standard = (features - features.mean(axis=0)) / features.std(axis=0)
    lengths = np.linalg.svd(standard, compute_uv=False) / 200**0.5
    np.testing.assert_allclose(along.std(axis=0)[:10], lengths[:10] ** 0.5, rtol=0.02)
    turned = rng.permutation(200)
    np.testing.assert_allclose(np.abs(space(features[turned], (120,)).of(features)), np.abs(along), atol=0.02)


def test_images_to_label_next_are_near_the_threshold_or_unlike_the_known_ones_in_turn() -> None:
    rng = np.random.default_rng(6)
    known, new = rng.standard_normal((300, 8)), rng.standard_normal((40, 8))
    new[3] += 20
    new[5] += 40
    new[7] = known[11]
    near = nearness(known, new)
    assert near.nearest[7] == 11 and near.distance[7] == pytest.approx(0, abs=1e-3)
    scores = np.linspace(0.01, 0.99, 40)
    chosen = next_labels(scores, 0.3, near, most=6)
    assert len(chosen) == 6 and chosen[1] == (5, UNLIKE)
    assert chosen[0] == (int(np.argmin(np.abs(scores - 0.3))), UNCERTAIN)
    assert [row for row, _ in next_labels(scores, -1, None, most=2)] == [0, 1]
