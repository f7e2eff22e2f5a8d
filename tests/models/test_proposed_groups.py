"""Groups that nobody named: proposed where the images bear them out, and nowhere else."""

from dataclasses import replace

import numpy as np
import pytest
from series import called, images, in_series

from steelyard.models.findings.grouping import joined
from steelyard.models.findings.groups.leak import leak
from steelyard.models.findings.groups.name_patterns import candidates, group_names
from steelyard.models.findings.groups.proposal import Images, ProposedGroups
from steelyard.models.findings.groups.proposed_groups import look_alikes_unnamed, proposed_groups
from steelyard.models.findings.groups.shared_neighbours import nearest


def proposed(of: Images, ids: list[str]) -> list[ProposedGroups]:
    return proposed_groups(of, {pattern: group_names(pattern, ids) for pattern in candidates(ids, of.labels)})


def test_series_that_names_tell_are_proposed_rather_than_runs_of_their_numbers() -> None:
    of, series = in_series()
    [told] = proposed(of, [f"{label}/series{one}_{row:04}.jpg" for row, (label, one) in pairs(of, series)])
    assert (told.option, told.groups, told.images, told.by_class) == (r"series(\d+)", 40, 480, (240, 240))
    assert told.same_group > 0.95 and told.chance == pytest.approx(11 / 239)
    assert told.area_random > 0.8 and told.drop > 0.15 and 0 < told.low < told.drop < told.high


def test_runs_of_numbers_are_proposed_where_names_tell_no_more() -> None:
    of, series = in_series(series=60)
    [told] = proposed(of, [f"{label}/IMG_{row + 4000}.jpg" for row, (label, _) in pairs(of, series)])
    assert told.option == r"(\d+)\d\d\D*$" and told.low > 0


def test_days_are_proposed_where_names_tell_nothing() -> None:
    of, series = in_series()
    days = called(series // 3, "2026-11-")
    assert [told.option for told in proposed_groups(of, {"exif-date": days})] == ["exif-date"]


def test_of_two_groupings_that_hold_each_other_the_one_that_explains_more_is_proposed() -> None:
    of, series = in_series(series=60, each=8, look=0.6)
    days, rng = series // 4, np.random.default_rng(1)
    of = images(of.coordinates + rng.normal(size=(15, 24))[days], days % 2)
    told = proposed_groups(of, {"series": called(series), "day": called(days)})
    assert [one.option for one in told] == ["day"]


def test_two_groupings_that_each_explain_something_are_both_proposed() -> None:
    rng = np.random.default_rng(2)
    cameras, lots = rng.integers(0, 40, 900), rng.integers(0, 40, 900)
    x = np.hstack([2 * rng.normal(size=(40, 24))[of] for of in (cameras, lots)]) + rng.normal(size=(900, 48)) / 2
    labels = (rng.normal(size=40)[cameras] + rng.normal(size=40)[lots] + rng.normal(size=900) / 4 > 0).astype(np.int64)
    told = proposed_groups(images(x, labels), {"camera": called(cameras), "lot": called(lots)})
    assert {one.option for one in told} == {"camera", "lot"}


@pytest.mark.parametrize("seed", range(5))
def test_nothing_is_proposed_where_each_image_stands_alone(seed: int) -> None:
    of, series = in_series(seed, look=0)
    assert not proposed(of, [f"{label}/series{one}_{row:04}.jpg" for row, (label, one) in pairs(of, series)])
    assert look_alikes_unnamed(of) is None


def test_nothing_is_proposed_that_the_source_has_as_groups() -> None:
    of, series = in_series()
    of = replace(of, groups=called(series))
    assert not proposed_groups(of, {"series": called(series), "runs": called(np.arange(480) // 10)})
    assert look_alikes_unnamed(of) is None


def test_series_are_proposed_though_the_classes_are_told_apart_with_ease() -> None:
    of, series = in_series(apart=20)
    [told] = proposed_groups(of, {"series": called(series)})
    assert told.area_grouped > 0.99 and told.beyond_chance > 0.9


def test_nothing_is_proposed_where_classes_are_in_fewer_than_five_groups() -> None:
    of, series = in_series(series=8, each=30)
    assert not proposed_groups(of, {"series": called(series)})


def test_look_alikes_that_no_name_explains_are_told_with_what_they_do_to_the_area() -> None:
    of, series = in_series(look=2)
    told = look_alikes_unnamed(of)
    assert told is not None and (told.option, told.groups) == ("", 40)
    assert told.same_group == 1 and told.low > 0
    assert look_alikes_unnamed(of, called(series)) is None


def test_chance_is_the_mean_over_groups_dealt_within_classes() -> None:
    of, series = in_series(series=10, each=6)
    rng, known = np.random.default_rng(3), called(np.arange(60) // 2)
    shares = []
    for _ in range(400):
        dealt = joined(known, called(series))
        for label in (0, 1):
            dealt[of.labels == label] = rng.permutation(dealt[of.labels == label])
        shares.append(nearest(dealt, of.neighbours, of.labels, replace(of, groups=called(np.arange(60))).groups).share)
    alone = nearest(called(series), of.neighbours, of.labels, called(np.arange(60)))
    assert alone.chance == pytest.approx(np.mean(shares), abs=0.01)


def test_neighbours_that_are_together_already_say_nothing() -> None:
    of, series = in_series(series=10, each=6)
    assert nearest(called(series), of.neighbours, of.labels, called(series)).images <= 60
    assert nearest(called(series), of.neighbours, of.labels, called(series)).share == 0


def test_areas_are_those_of_the_best_linear_head() -> None:
    rng = np.random.default_rng(4)
    labels = np.arange(3000) % 2
    x = rng.normal(size=(3000, 8)).astype(np.float32)
    x[:, 0] += labels
    alone = np.full(3000, "", dtype=object)
    found = leak(x, labels, alone, called(np.arange(3000) // 3))
    # Two normal distributions one standard deviation apart:  Phi(1 / sqrt(2)).
    assert found is not None and found.area_random == pytest.approx(0.760, abs=0.02)
    assert found.low < 0 < found.high and found.high - found.low < 0.01


def test_groups_of_both_ways_are_whole_in_what_is_joined() -> None:
    one = np.array(["a", "a", "", "b", "", "c", ""], dtype=object)
    other = np.array(["", "x", "x", "", "", "a", "a"], dtype=object)
    found = joined(one, other)
    assert len(set(found[:3])) == 1 and found[4] == "" and found[5] == found[6] != found[0]
    assert found[3] not in {"", found[0], found[5]}


def pairs(of: Images, series: np.ndarray) -> enumerate[tuple[str, int]]:
    labels = np.array(["good", "bad"])[of.labels].tolist()
    return enumerate(zip(labels, series.tolist(), strict=True))
