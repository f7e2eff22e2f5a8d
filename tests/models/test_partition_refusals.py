"""What a partition refuses, word for word."""

import pandas as pd
import pytest

from steelyard.models.data.partition import divide
from steelyard.models.errors import BadInput
from steelyard.models.spec.trial import Partition

CLASSES = ("cat", "dog", "fox")
DOG = Partition(positive="dog", negative="cat")
OWN = pd.DataFrame(
    {
        "id": [f"{row:02d}" for row in range(20)],
        "label": [0, 0, 0, 0, 0, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1, 0, 0, 0, 1, 1],
        "split": ["train"] * 10 + ["val"] * 5 + ["test"] * 5,
        "group": "",
        "digest": [f"{row:02d}" for row in range(20)],
    }
)


def refusal(spec: Partition, table: pd.DataFrame = OWN) -> str:
    with pytest.raises(BadInput) as caught:
        divide(table, CLASSES, spec)
    assert len(str(caught.value).splitlines()) == 1
    return str(caught.value)


def test_an_unknown_class_is_refused_and_the_classes_named() -> None:
    known = "must be one of the classes cat, dog, fox, got 'wolf'"
    assert refusal(Partition(positive="wolf")) == f"positive {known}; give --positive NAME"
    assert refusal(Partition(positive="dog", negative="wolf")) == f"negative {known}; give --negative NAME"


def test_one_class_for_both_is_refused() -> None:
    told = "positive and negative must be two classes of cat, dog, fox, got 'dog' for both"
    assert refusal(Partition(positive="dog", negative="dog")) == told


def test_counts_of_an_unknown_class_are_refused() -> None:
    told = "train-counts must name classes among cat, dog, fox, got 'wolf'"
    assert refusal(DOG.model_copy(update={"train_counts": "wolf=1"})) == told


@pytest.mark.parametrize(("counts", "there"), [("dog=3", "2 dog in train"), ("fox=1", "0 fox in train")])
def test_counts_beyond_what_train_has_are_refused(counts: str, there: str) -> None:
    told = f"train-counts must be at most the {there}, got {counts}"
    assert refusal(DOG.model_copy(update={"train_counts": counts})) == told


@pytest.mark.parametrize("imbalance", [0.5, 0.3, 0.001])
def test_a_share_of_positives_that_train_does_not_reach_is_refused(imbalance: float) -> None:
    told = (
        "imbalance must be a share of positives from 0.11 to the 0.2 that train has, "
        f"got {imbalance:g}; positives are only left out, never added"
    )
    assert refusal(DOG.model_copy(update={"imbalance": imbalance})) == told


@pytest.mark.parametrize(("part", "rows"), [("train", (8, 9)), ("val", (13, 14)), ("test", (18, 19))])
@pytest.mark.parametrize("negative", ["cat", ""])
def test_a_part_without_positives_is_refused(part: str, rows: tuple[int, int], negative: str) -> None:
    table = OWN.drop(index=list(rows)).reset_index(drop=True)
    others = negative or "not dog"
    told = refusal(Partition(positive="dog", negative=negative), table)
    assert told.startswith(f"{part} must hold both classes, got 0 of dog and ")
    assert told.endswith(f" of {others}; give more images, or another --split-seed")


def test_a_part_without_negatives_is_refused() -> None:
    table = OWN[(OWN["split"] != "test") | (OWN["label"] == 1)].reset_index(drop=True)
    told = "test must hold both classes, got 2 of dog and 0 of cat; give more images, or another --split-seed"
    assert refusal(DOG, table) == told


def test_an_image_set_without_the_classes_asked_for_is_refused() -> None:
    table = OWN.assign(label=2)
    assert refusal(DOG, table).startswith("train must hold both classes, got 0 of dog and 0 of cat;")
