"""The recipes: what each is made of, what may be changed, and what only the tutorial may do."""

import re

import pytest
from pydantic import ValidationError

from steelyard.models.errors import BadInput
from steelyard.models.spec.recipes import QUIRKS, RECIPES, lengthened, recipe, recipes
from steelyard.models.spec.sweep import CHANGES, Sweep
from steelyard.models.spec.trial import Recipe


def test_the_tutorials_recipe_is_the_tutorials_to_the_letter() -> None:
    found = RECIPES["tutorial"]
    assert (found.network, found.optimiser, found.schedule) == ("tutorial", "adam", "constant")
    assert (found.epochs, found.batch, found.learning_rate, found.weight_decay) == (10, 64, 1e-3, 0)
    assert (found.crop, found.flip, found.mirrored_view) == (0, False, False)
    assert found.own_stream and all(getattr(found, quirk) for quirk in QUIRKS)


def test_the_sound_recipe_has_no_quirk() -> None:
    assert RECIPES["sound"] == Recipe(epochs=26)
    assert not any(getattr(RECIPES["sound"], quirk) for quirk in (*QUIRKS, "own_stream"))


@pytest.mark.parametrize(
    ("train", "batch", "epochs"),
    [(1_000, 64, 78), (5_100, 64, 26), (3_072, 64, 26), (3_008, 64, 27), (1_000, 500, 624)],
)
def test_few_images_get_as_many_epochs_as_make_1248_steps(train: int, batch: int, epochs: int) -> None:
    found = RECIPES["sound"].model_copy(update={"batch": batch})
    assert lengthened(found, train) == found.model_copy(update={"epochs": epochs})
    assert lengthened(RECIPES["tutorial"], train) == RECIPES["tutorial"]


@pytest.mark.parametrize("name", list(RECIPES))
def test_a_recipe_carries_its_name_and_none_leaves_it_as_it_is(name: str) -> None:
    assert RECIPES[name].name == name
    assert recipe(name, {}) == recipe(name, dict.fromkeys(CHANGES)) == RECIPES[name]


@pytest.mark.parametrize("quirk", QUIRKS)
def test_each_quirk_of_the_tutorial_is_a_switch_of_its_own(quirk: str) -> None:
    off = recipe("tutorial", {quirk: False})
    assert [name for name in Recipe.model_fields if getattr(off, name) != getattr(RECIPES["tutorial"], name)] == [quirk]
    assert Sweep.model_validate({"recipe": "tutorial", quirk: False}).trained_by() == (off,)


@pytest.mark.parametrize("quirk", QUIRKS)
def test_a_quirk_in_another_recipe_is_refused_and_may_be_declined(quirk: str) -> None:
    option = quirk.replace("_", "-")
    told = f"{option} must be off in recipe sound, got on; it is one of recipe tutorial's quirks"
    with pytest.raises(BadInput) as caught:
        recipe("sound", {quirk: True})
    assert str(caught.value) == told
    with pytest.raises(ValidationError, match=told):
        Sweep.model_validate({"recipe": "sound", quirk: True})
    assert Sweep.model_validate({"recipe": "sound", quirk: False}).trained_by() == (RECIPES["sound"],)


@pytest.mark.parametrize(
    ("name", "network", "told"),
    [
        ("sound", "tutorial", "network must be residual or plain in recipe sound, got tutorial"),
        ("tutorial", "residual", "network must be tutorial in recipe tutorial, got residual"),
        ("tutorial", "plain", "network must be tutorial in recipe tutorial, got plain"),
    ],
)
def test_a_network_of_another_recipe_is_refused(name: str, network: str, told: str) -> None:
    with pytest.raises(BadInput) as caught:
        recipe(name, {"network": network})
    assert str(caught.value) == told
    with pytest.raises(ValidationError, match=told):
        Sweep.model_validate({"recipe": name, "network": network})


@pytest.mark.parametrize(
    ("field", "value"), [("network", "plain"), ("epochs", 3), ("batch", 8), ("learning_rate", 0.1)]
)
def test_what_a_sweep_asks_for_is_what_the_recipe_has(field: str, value: object) -> None:
    changed = RECIPES["sound"].model_copy(update={field: value})
    assert Sweep.model_validate({"recipe": "sound", field: value}).trained_by() == (changed,)
    several = Sweep.model_validate({"recipe": "features,sound", field: value}).trained_by()
    assert several == (RECIPES["features"], changed), "a head has its own"


GIVEN = {"network": "plain", "epochs": 3, "batch": 8, "learning_rate": 0.1} | dict.fromkeys(QUIRKS, True)
"""A value of each field that a sweep may change."""


@pytest.mark.parametrize(("field", "value"), [*GIVEN.items(), ("network", "tutorial")])
def test_the_features_recipe_alone_takes_nothing_of_a_network_from_scratch(field: str, value: object) -> None:
    owner = "tutorial" if field in QUIRKS or value == "tutorial" else "sound"
    told = (
        f"{field.replace('_', '-')} must be left out in recipe features, the default now, which trains no network of "
        f"its own, got {value}; it is part of recipe {owner}: give --recipe {owner} (in a file recipe = "
        f'"{owner}"), or features,{owner}'
    )
    with pytest.raises(BadInput) as caught:
        recipes("features", {field: value})
    assert str(caught.value) == told
    with pytest.raises(ValidationError, match=re.escape(told)):
        Sweep.model_validate({field: value})
    assert Sweep.model_validate({"recipe": f"features,{owner}", field: value}).trained_by()[1].name == owner


def test_every_field_that_a_sweep_may_change_is_tried() -> None:
    assert set(GIVEN) == set(CHANGES)


def test_features_are_the_default_and_any_quirk_may_be_declined() -> None:
    declined = dict.fromkeys(QUIRKS, False)
    assert Sweep().trained_by() == Sweep.model_validate(declined).trained_by() == (RECIPES["features"],)
    assert recipes("features", declined | dict.fromkeys(set(CHANGES) - set(QUIRKS))) == (RECIPES["features"],)


@pytest.mark.parametrize(
    "names",
    ["features,sound", " sound , features ", "features,sound,tutorial", "sound", "features,finetune", "finetune"],
)
def test_the_recipes_of_a_sweep_are_those_it_names_in_their_order(names: str) -> None:
    asked = [name.strip() for name in names.split(",")]
    assert [found.name for found in recipes(names, {})] == asked
    assert [found.name for found in Sweep(recipe=names).trained_by()] == asked
    assert Sweep(recipe=names).embeds == (not {"features", "finetune"}.isdisjoint(asked))


@pytest.mark.parametrize(
    "names", ["", ",", "best", "features,best", "Sound", "sound,sound", "features, sound,features"]
)
def test_a_recipe_that_is_unknown_or_comes_twice_or_none_at_all_is_refused(names: str) -> None:
    told = f"recipe must be among features, finetune, sound, tutorial, each once, got {names!r}; try features,sound"
    with pytest.raises(BadInput) as caught:
        recipes(names, {})
    assert str(caught.value) == told
    with pytest.raises(ValidationError, match=told):
        Sweep(recipe=names)


def test_the_tutorials_quirk_in_a_sweep_with_another_recipe_is_refused_whatever_features_say() -> None:
    told = "softmax-twice must be off in recipe sound, got on; it is one of recipe tutorial's quirks"
    with pytest.raises(ValidationError, match=told):
        Sweep(recipe="features,sound", softmax_twice=True)
    assert Sweep(recipe="features,tutorial", fixed_pool=False).trained_by()[1] == recipe(
        "tutorial", {"fixed_pool": False}
    )


@pytest.mark.parametrize("weights", ["1", "0.85,1", "0.5:1:6", "0.9999999"])
def test_a_weight_of_one_is_the_tutorials_alone(weights: str) -> None:
    assert Sweep(recipe="tutorial", weights=weights).weights == weights
    told = (
        "weights must lie strictly between 0 and 1, got 1; the negative class gets the rest, and a weight of 0 makes "
        r"a batch without the other class 0/0 = NaN: try 0.95 \(only recipe tutorial takes 1\)"
    )
    with pytest.raises(ValidationError, match=told):
        Sweep(recipe="features,tutorial", weights=weights)
    with pytest.raises(ValidationError, match=told):
        Sweep(weights=weights)
