from collections.abc import Sequence

import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.data.partition import divide, long_tailed
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition

LT_100 = (5000, 2997, 1796, 1077, 645, 387, 232, 139, 83, 50)
NAMES = tuple("abcdefghij")


@pytest.mark.parametrize(("factor", "images"), [(10, 20_431), (50, 13_996), (100, 12_406), (200, 11_203)])
def test_the_profile_of_cifar10_lt_is_the_published_one(factor: float, images: int) -> None:
    found = long_tailed([5000] * 10, factor)
    assert sum(found) == images
    if factor == 100:
        assert found == LT_100


@given(st.lists(st.integers(1, 500), min_size=2, max_size=8), st.floats(1, 200))
def test_no_class_gives_more_than_it_has_and_one_gives_all(counts: Sequence[int], factor: float) -> None:
    found = long_tailed(counts, factor)
    assert all(0 <= kept <= there for kept, there in zip(found, counts, strict=True))
    assert any(kept == there for kept, there in zip(found, counts, strict=True))


def test_a_factor_of_1_evens_the_classes_out() -> None:
    assert long_tailed([30, 20, 25], 1) == (20, 20, 20)


def table(counts: Sequence[int], test: int = 10) -> pd.DataFrame:
    train, held_out = np.repeat(np.arange(len(counts)), counts), np.repeat(np.arange(len(counts)), test)
    images = len(train) + len(held_out)
    return pd.DataFrame(
        {
            "id": [f"{number:06}" for number in range(images)],
            "label": np.concatenate([train, held_out]),
            "split": ["train"] * len(train) + ["test"] * len(held_out),
            "group": [""] * images,
            "digest": [str(number) for number in range(images)],
        }
    )


def test_a_partition_of_every_class_thins_train_alone_to_the_profile() -> None:
    spec = Partition(positive="", imbalance_factor=100, validate_on="test")
    parts = divide(table([5000] * 10), NAMES, spec)
    assert parts.counts() == {"train": LT_100, "val": (10,) * 10, "test": (10,) * 10}
    assert parts.thinned == 50_000 - sum(LT_100)


def test_val_is_carved_of_every_class_before_train_is_thinned() -> None:
    parts = divide(table([100, 80, 60]), NAMES[:3], Partition(positive="", imbalance_factor=10))
    assert parts.counts()["val"] == (15, 12, 9)
    first, _, last = parts.counts()["train"]
    assert (first, last) == (85, 8)


def test_a_factor_that_empties_a_class_is_refused_with_one_that_does_not() -> None:
    with pytest.raises(BadInput) as refused:
        divide(table([100, 100, 100]), NAMES[:3], Partition(positive="", imbalance_factor=1000))
    assert str(refused.value) == (
        "imbalance-factor must leave an image of each class in train, got 1000, which leaves none of c; try 85 or less"
    )
    divide(table([100, 100, 100]), NAMES[:3], Partition(positive="", imbalance_factor=85))


def test_a_class_without_an_image_in_train_is_refused() -> None:
    images = table([20, 20, 20])
    with pytest.raises(BadInput, match="train must hold every class, got none of c"):
        divide(images[(images["label"] != 2) | (images["split"] == "test")], NAMES[:3], Partition(positive=""))


def test_a_class_without_an_image_in_test_is_left_out_of_test_alone() -> None:
    images = table([20, 20, 20])
    kept = images[(images["label"] != 2) | (images["split"] == "train")].reset_index(drop=True)
    assert divide(kept, NAMES[:3], Partition(positive="")).counts()["test"] == (10, 10, 0)
