"""Parts of train that a learning curve is made of: groups whole, and only those that are what they are called."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LogisticRegression

from steelyard.models.data.quarters import UNLIKE, quarters_of
from steelyard.models.spec.trial import Handling
from steelyard.models.train.principal_axes import Basis, axes_of, turned
from steelyard.models.train.quarters import heads_of_quarters


@pytest.mark.parametrize(("groups", "quarters"), [(0, [1, 2, 3]), (40, [1, 2, 3]), (3, []), (1, [])])
def test_each_part_is_about_as_large_as_it_is_called_holds_the_smaller_ones_and_parts_no_group(
    groups: int, quarters: list[int]
) -> None:
    labels = np.tile([0, 0, 0, 1], 100)
    names = np.array([f"g{row * groups // 400}" if groups else "" for row in range(400)], dtype=object)
    found = dict(quarters_of(np.arange(400), labels, names))
    assert list(found) == quarters
    before = np.zeros(400, bool)
    for number, inside in found.items():
        assert np.mean(inside) == pytest.approx(number / 4, abs=UNLIKE)
        assert not (before & ~inside).any()
        before = inside
        assert all(len(set(inside[names == name].tolist())) == 1 for name in set(names.tolist()) - {""})


def test_a_part_without_an_image_of_a_class_is_left_out() -> None:
    labels = np.zeros(40, np.int64)
    labels[:2] = 1
    found = dict(quarters_of(np.arange(40), labels, np.full(40, "", dtype=object)))
    assert all(set(labels[inside]) == {0, 1} for inside in found.values())


def test_a_head_of_a_quarter_is_what_that_quarter_alone_teaches_in_the_coordinates_of_all() -> None:
    rng = np.random.default_rng(0)
    labels = np.tile([0, 0, 0, 1], 60)
    features = (rng.normal(size=(240, 12)) + labels[:, None] * np.linspace(1, 0, 12)).astype(np.float32)
    groups, train, handling = np.full(240, "", dtype=object), np.arange(0, 240), Handling(name="none")
    axes = axes_of(features, train)
    basis = Basis(axes, torch.cat([*turned(features, train, axes)]), *map(torch.from_numpy, (train, labels, train % 5)))
    heads = dict(heads_of_quarters(basis, labels, groups, handling))
    assert list(heads) == [1, 2, 3]
    for quarters, inside in quarters_of(train, labels, groups):
        standard = ((torch.from_numpy(features) - axes.mean) / axes.scale).numpy()
        weighed = heads[quarters].strength * int(inside.sum())
        known = LogisticRegression(C=1 / weighed, tol=1e-8, max_iter=1000).fit(standard[inside], labels[inside])
        with torch.inference_mode():
            scores = heads[quarters](torch.from_numpy(features)).softmax(dim=1)[:, 1].numpy()
        assert scores == pytest.approx(known.predict_proba(standard)[:, 1], abs=2e-3)
