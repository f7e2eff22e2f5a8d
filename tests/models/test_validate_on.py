"""A partition that validates on test, as the tutorial does: test serves as val too, and train loses nothing to it."""

import numpy as np
import pandas as pd
import pytest

from steelyard.models.data.partition import Parts, divide
from steelyard.models.spec.trial import Part, Partition

CLASSES = ("cat", "dog")
IDS = [f"{row:03d}" for row in range(240)]


def table(split: str) -> pd.DataFrame:
    """240 images, a quarter of them dogs, with the parts named, block by block."""
    parts = split.split(",")
    columns = {"id": IDS, "label": [0, 0, 0, 1] * 60, "split": np.repeat(parts, 240 // len(parts)), "group": ""}
    return pd.DataFrame(columns | {"digest": IDS})


def divided(split: str, validate_on: Part = "test", **changes: object) -> Parts:
    spec = Partition(positive="dog", negative="cat", validate_on=validate_on)
    return divide(table(split), CLASSES, spec.model_copy(update=changes))


@pytest.mark.parametrize("split", ["", "train,test", "train,val", "train,val,test"])
def test_val_is_test_and_train_is_apart_from_it(split: str) -> None:
    parts = divided(split)
    np.testing.assert_array_equal(parts.val, parts.test)
    assert parts.counts()["val"] == parts.counts()["test"]
    assert not np.isin(parts.train, parts.test).any()


def test_with_a_test_of_its_own_a_source_keeps_all_of_its_train() -> None:
    parts = divided("train,test")
    assert parts.train.tolist() == list(range(120))
    assert parts.test.tolist() == list(range(120, 240))


def test_a_val_of_the_sources_own_is_left_alone() -> None:
    parts = divided("train,val,test")
    assert parts.train.tolist() == list(range(80))
    assert parts.val.tolist() == list(range(160, 240))


@pytest.mark.parametrize("split", ["", "train,test", "train,val", "train,val,test"])
def test_test_is_the_same_images_whichever_part_validates(split: str) -> None:
    np.testing.assert_array_equal(divided(split, "test").test, divided(split, "val").test)


def test_counts_and_thinning_apply_to_the_whole_of_train() -> None:
    assert divided("train,test", train_counts="cat=80,dog=20").counts()["train"] == (80, 20)
    assert divided("train,test", imbalance=0.1).counts() == {"train": (90, 10), "val": (90, 30), "test": (90, 30)}
