"""Classes with few images promise little, whatever a bootstrap that keeps their number finds."""

import numpy as np
import pytest

from steelyard.models.statistics.class_bootstrap import Redrawn, bootstrap
from steelyard.models.statistics.class_means import even, least_variance
from steelyard.models.verdict.differences import paired

FIRST, SECOND = np.array([0]), np.array([1])


def decided(sizes: tuple[int, ...], found: list[list[int]]) -> Redrawn:
    """Two trials: of each class, how many images both find, only the first, only the second; the rest neither."""
    labels, rows = np.repeat(np.arange(len(sizes)), sizes), []
    for trial in (0, 1):
        hit = [
            [True] * both + [trial == 0] * first + [trial == 1] * second + [False] * (size - both - first - second)
            for size, (both, first, second) in zip(sizes, found, strict=True)
        ]
        rows.append(np.where(np.concatenate(hit), labels, (labels + 1) % len(sizes)))
    return bootstrap(labels, {"argmax": np.stack(rows)}, len(sizes), 400)[0]["argmax"]


def test_with_many_images_it_is_the_variance_of_paired_shares() -> None:
    sizes = (4000, 1000)
    found = decided(sizes, [[3000, 400, 200], [500, 50, 100]])
    expected = (0.15 - 0.05**2) / 4000 / 4 + (0.15 - 0.05**2) / 1000 / 4
    assert least_variance(found, FIRST, SECOND, even(np.array(sizes) > 0)) == pytest.approx(expected, rel=0.01)


def test_one_image_of_each_class_tells_what_as_many_of_one_class_tell() -> None:
    classes = 100
    found = decided((1,) * classes, [[0, 1, 0]] * 2 + [[0, 0, 1]] * 5 + [[1, 0, 0]] * 93)
    metric = found.macro()["balanced_accuracy"]
    [spread] = paired(metric, [(FIRST, SECOND)], found, even(np.ones(classes, bool)))
    assert spread.mean == pytest.approx(-0.03)
    assert metric.replicates.std(axis=0).max() < 1e-12
    # McNemar's test of 2 against 5, without its correction: z = 3 / sqrt(7), p = 0.257.
    assert spread.p == pytest.approx(0.257, abs=0.05)


def test_a_class_whose_images_all_changed_is_not_sure_of_it() -> None:
    found = decided((4,), [[0, 4, 0]])
    [spread] = paired(found.macro()["balanced_accuracy"], [(FIRST, SECOND)], found, np.ones(1))
    # The exact two-sided p-value of 4 of 4 is 0.125.
    assert spread.p > 0.001 and spread.images >= 1 / 4**2


def test_nothing_that_changed_keeps_the_bound_of_three_in_n() -> None:
    found = decided((60,), [[40, 0, 0]])
    [spread] = paired(found.macro()["balanced_accuracy"], [(FIRST, SECOND)], found, np.ones(1))
    assert spread.interval()[1] == pytest.approx(3 / 60, rel=0.05)
