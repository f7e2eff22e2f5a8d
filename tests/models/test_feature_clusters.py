"""Clusters of look-alikes: series that stand apart, never what is as near to others as to its own."""

import numpy as np
import pytest
from series import called, images, in_series

from steelyard.models.data.carve import Groups
from steelyard.models.findings.groups.feature_clusters import feature_clusters
from steelyard.models.findings.groups.proposal import Images


def clusters(of: Images) -> Groups:
    return feature_clusters(of.coordinates, of.neighbours, of.labels, of.groups)


def test_series_that_stand_apart_are_one_cluster_each() -> None:
    of, series = in_series(look=2)
    found = clusters(of)
    assert all(len(set(found[series == one])) == 1 for one in range(40)) and len(set(found)) == 40


def test_what_is_found_does_not_depend_on_the_order_of_the_images() -> None:
    of, _ = in_series(look=1)
    order = np.random.default_rng(0).permutation(len(of.labels))
    plain, moved = clusters(of)[order], clusters(images(of.coordinates[order].astype(float), of.labels[order]))
    assert np.array_equal(plain == "", moved == "") and (plain != "").any()
    assert np.array_equal(plain[:, None] == plain, moved[:, None] == moved)


@pytest.mark.parametrize("axes", [8, 24, 100])
def test_images_that_stand_alone_are_in_hardly_any_cluster(axes: int) -> None:
    x = np.random.default_rng(axes).normal(size=(600, axes))
    assert np.mean(clusters(images(x, np.arange(600) % 2)) != "") < 0.03


def test_a_class_that_looks_like_no_other_is_no_cluster() -> None:
    of, series = in_series(look=2)
    assert set(clusters(images(of.coordinates.astype(float), series)).tolist()) == {""}


def test_a_group_of_the_source_is_no_cluster_but_several_of_them_are() -> None:
    of, series = in_series(look=2)
    x = of.coordinates.astype(float)
    assert set(clusters(images(x, of.labels, called(series))).tolist()) == {""}
    assert len(set(clusters(images(x, of.labels, called(np.arange(480) // 6))).tolist())) == 40


def test_exact_copies_are_a_cluster_from_three_on() -> None:
    x = np.random.default_rng(1).normal(size=(200, 24))
    x[1:3], x[11] = x[0], x[10]
    found = clusters(images(x, np.arange(200) % 2))
    assert len(set(found[:3])) == 1 and found[0] and not found[10]


def test_a_cluster_of_several_groups_is_none_where_the_nearest_of_each_image_is_in_its_group() -> None:
    of, series = in_series(look=1.5, series=80, each=4)
    # Series lie in pairs, near to each other and far from the other pairs.
    x = of.coordinates + 8 * np.random.default_rng(2).normal(size=(40, 24))[series // 2]
    assert min(np.unique(clusters(images(x, of.labels)), return_counts=True)[1]) >= 8
    assert set(clusters(images(x, of.labels, called(series))).tolist()) == {""}
