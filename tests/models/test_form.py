"""The form of a sweep: what a person chooses first comes first, nothing is null, and wrong values are refused."""

import json
from itertools import chain, permutations
from typing import Any

import pytest
from jsonschema import Draft202012Validator

from steelyard.models.handlings.registry import METHODS
from steelyard.models.objective.grammar import EXAMPLES
from steelyard.models.spec.groups import GROUPS, QUIRKS, ordered
from steelyard.models.spec.images import Images
from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.sweep import CHOICES, Sweep

SCHEMA = Sweep.model_json_schema()
FIELDS: dict[str, dict[str, Any]] = SCHEMA["properties"]


def test_each_field_of_a_sweep_is_in_one_group() -> None:
    assert sorted(chain(*GROUPS.values())) == sorted([*Sweep.model_fields, "tracking_uri"])


def test_fields_come_in_the_order_of_their_groups_with_its_title_before_theirs() -> None:
    assert list(FIELDS) == ordered([*reversed(FIELDS)])
    assert list(FIELDS)[:4] == ["data", "positive", "negative", "objective"]
    assert FIELDS["class_names"]["title"] == "More about the images · class names"
    assert [field["position"] for field in FIELDS.values()] == list(range(len(FIELDS)))
    assert list(Images.model_json_schema()["properties"])[:2] == ["data", "backbone"]


def test_nothing_in_it_is_null_and_no_quirk_is_shown() -> None:
    assert "null" not in json.dumps(FIELDS) and "anyOf" not in json.dumps(FIELDS)
    assert not set(QUIRKS) & set(FIELDS)


def test_what_is_one_of_a_few_is_chosen_from_a_list() -> None:
    listed = [name for name, field in FIELDS.items() if "enum" in field]
    assert listed == ["recipe", "network", "validate_on", "fit"]


def test_any_set_of_recipes_is_among_the_choices_once() -> None:
    asked = {frozenset(some) for number in range(1, len(RECIPES) + 1) for some in permutations(RECIPES, number)}
    assert {frozenset(choice.split(",")) for choice in CHOICES} == asked
    assert len(CHOICES) == len(asked)


def _taken(**given: Any) -> bool:
    return Draft202012Validator(SCHEMA).is_valid(given)


@pytest.mark.parametrize(
    "given",
    [
        {},
        *({"objective": f" {example} at prevalence 0.02"} for example in EXAMPLES),
        {"objective": "recall of fox @ precision >= 0.7"},
        *({"handling": f"focal, {name}"} for name in METHODS),
        {"handling": "focal:gamma=2,mixup"},
        {"seeds": "7,"},
        {"seeds": " 1, 5,9"},
        {"recipe": "features,sound"},
        {"folds": 5, "fit": "pad", "validate_on": "val"},
        {"recipe": "tutorial", "softmax_twice": False, "fixed_pool": None},
    ],
    ids=str,
)
def test_it_takes_what_a_sweep_takes(given: dict[str, Any]) -> None:
    assert Sweep.model_validate(given)
    assert _taken(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"objective": "recal @ precision >= 0.7"},
        {"objective": "accuracy"},
        {"handling": "focl"},
        {"seeds": "three"},
        {"seeds": ","},
        {"recipe": "best"},
        {"folds": 0},
        {"margin": 0.2},
        {"imbalance": 1},
        {"learning_rate": 0},
        {"network": "resnet50"},
        {"size": "large"},
        {"softmax_twice": "yes"},
        {"objectiv": "f1"},
    ],
    ids=str,
)
def test_it_refuses_what_a_sweep_refuses(given: dict[str, Any]) -> None:
    assert not _taken(**given)
    with pytest.raises(ValueError):
        Sweep.model_validate(given, strict=True)


@pytest.mark.parametrize(
    ("given", "title"),
    [
        ({}, "elpv, recall @ precision >= 0.7"),
        ({"data": "digits", "positive": "8", "objective": "f1"}, "digits · 8, f1"),
        ({"data": "folder:parts/new"}, "new, balanced_accuracy"),
        ({"data": "csv:/data/list.2026.csv", "positive": "a"}, "list.2026 · a, recall @ precision >= 0.7"),
    ],
)
def test_a_sweep_is_called_after_its_images_and_what_is_wanted(given: dict[str, Any], title: str) -> None:
    assert Sweep(**given).title == title


def test_a_title_that_is_too_long_is_cut() -> None:
    assert len(Sweep(data="digits", positive="8" * 500).title) <= 151
