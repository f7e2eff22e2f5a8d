"""Specs are values: frozen, complete, hashable, and readable from what they write."""

import pytest
from pydantic import ValidationError
from synthetic import EMBEDDING

from steelyard.models.spec.recipes import RECIPES
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Shared, Subject, SweepPlan
from steelyard.models.spec.trial import Compute, Embedding, Frozen, Handling, Partition, Recipe, Trial


def trial(**changes: object) -> Trial:
    whole = Trial(
        image_set="0123456789abcdef",
        partition=Partition(positive="dog", negative="cat", train_counts="cat=48,dog=12", imbalance=0.1),
        handling=Handling(name="weights", class_weights=(0.15, 0.85)),
        seed=1,
        recipe=Recipe(),
        compute=Compute(device="cpu", threads=1, precision="float32"),
    )
    return whole.model_copy(update=changes)


def plan() -> SweepPlan:
    subject = Subject(image_set="pets", content_hash="0123456789abcdef", positive="dog", negative="rest")
    folders = {"folder": "/tmp/s", "image_set": "/tmp/i"}  # noqa: S108
    shared = Shared(**folders, subject=subject, devices=("cuda:0", "cuda:1"), per_device=3, workers=5)
    counts = {"train": (34, 8)}
    return SweepPlan(shared=shared, partition=trial().partition, counts=counts, trials=(trial(), trial(seed=2)))


@pytest.mark.parametrize(
    "spec", [Sweep(), Sweep(weights="0.7", imbalance=0.0), trial(), trial(embedding=EMBEDDING), plan()], ids=repr
)
def test_a_spec_reads_back_from_its_json(spec: Frozen) -> None:
    assert type(spec).model_validate_json(spec.model_dump_json()) == spec
    assert type(spec).model_validate(spec.model_dump(mode="json")) == spec


@pytest.mark.parametrize(
    "spec", [Sweep(), trial(), Partition(positive="dog"), trial().handling, Recipe(), trial().compute, EMBEDDING]
)
def test_a_spec_cannot_be_changed(spec: Frozen) -> None:
    name = next(iter(type(spec).model_fields))
    with pytest.raises(ValidationError, match="Instance is frozen"):
        setattr(spec, name, getattr(spec, name))


@pytest.mark.parametrize("kind", [Sweep, Trial, Partition, Handling, Recipe, Compute, Embedding])
def test_an_unknown_key_is_refused(kind: type[Frozen]) -> None:
    with pytest.raises(ValidationError, match="Extra inputs are not permitted"):
        kind.model_validate({"learning_speed": 1})


def test_equal_trials_are_one_in_a_set_and_any_change_makes_another() -> None:
    changed = [
        trial(seed=2),
        trial(image_set="f" * 16),
        trial(handling=Handling(name="none")),
        trial(recipe=Recipe(epochs=2)),
        trial(partition=Partition(positive="cat")),
        trial(compute=Compute(device="cpu", threads=2, precision="float32")),
        trial(recipe=RECIPES["features"], embedding=EMBEDDING, features="f" * 16),
        trial(recipe=RECIPES["features"], embedding=EMBEDDING, features="0" * 16),
        trial(recipe=RECIPES["features"], embedding=EMBEDDING.model_copy(update={"views": 1}), features="f" * 16),
    ]
    assert len({trial(), trial(), *changed}) == 1 + len(changed)


@pytest.mark.parametrize(
    ("handling", "label"),
    [
        (Handling(name="none"), "none"),
        (Handling(name="downsample"), "downsample"),
        (Handling(name="weights", class_weights=(0.15, 0.85)), "weights 0.85"),
        (Handling(name="weights", class_weights=(0.090909, 0.909091)), "weights 0.9091"),
        (Handling(name="weights", class_weights=(0.000012, 0.999988)), "weights 0.999988"),
        (Handling(name="weights", class_weights=(0.99999, 0.00001)), "weights 1e-05"),
        (Handling(name="weights", class_weights=(0, 1)), "weights 1"),
        (Handling(name="focal", options="gamma=2", numbers={"focal_gamma": 2}), "focal:gamma=2"),
    ],
)
def test_a_handling_is_called_by_its_positive_weight_or_by_name_and_options(handling: Handling, label: str) -> None:
    assert handling.label == label


def test_a_trial_is_named_after_its_handling_and_seed() -> None:
    assert trial(seed=3).name == "sound · weights 0.85 · seed 3"


def test_a_head_is_named_without_its_recipe_and_by_a_seed_only_where_it_changes_something() -> None:
    mixed = Handling(name="mixup", options="alpha=0.2", mixup_alpha=0.2, streamed=True)
    assert trial(seed=3, recipe=RECIPES["features"]).name == "weights 0.85"
    assert trial(seed=3, recipe=RECIPES["features"], handling=mixed).name == "mixup:alpha=0.2 · seed 3"


def test_a_solved_head_has_a_budget_of_one_epoch_whatever_its_recipe_says() -> None:
    sampled, features = Handling(name="upsample", streamed=True), RECIPES["features"]
    assert (trial(recipe=features).seeded, trial(recipe=features).budget) == (False, 1)
    assert trial(recipe=features, handling=sampled).seeded
    assert trial(recipe=features, handling=sampled).budget == features.epochs
    assert (trial().seeded, trial().budget) == (True, trial().recipe.epochs)


@pytest.mark.parametrize(
    ("field", "value", "told"),
    [
        ("weights", "1", "weights must lie strictly between 0 and 1"),
        ("seeds", "0", "seeds must be a count from 1"),
        ("train_counts", "cat", "train-counts must be name=count"),
        ("handling", "smote", "handling must be among none, constant, downsample, .*, mixup, got 'smote'"),
        ("handling", "none,focal:alpha=2", "handling focal takes options as in focal:gamma=2.0, got 'focal:alpha=2'"),
        ("objective", "precision", "objective must be one of: "),
        ("backbone_size", 16, "greater than or equal to 32"),
        ("backbone_size", 2048, "less than or equal to 1024"),
        ("views", 3, "less than or equal to 2"),
        ("views", 0, "greater than or equal to 1"),
        ("fit", "squash", "'pad', 'crop' or 'stretch'"),
        ("size", 4, "greater than or equal to 8"),
        ("epochs", 0, "greater than or equal to 1"),
        ("batch", 1, "greater than or equal to 2"),
        ("learning_rate", float("nan"), "less than or equal to 10"),
        ("learning_rate", 0, "greater than 0"),
        ("imbalance", 1, "less than 1"),
        ("network", "resnet50", "'residual', 'plain' or 'tutorial'"),
        ("recipe", "best", "recipe must be among features, finetune, sound, tutorial, each once, got 'best'"),
        ("validate_on", "train", "'val' or 'test'"),
        ("split_seed", -1, "greater than or equal to 0"),
    ],
)
def test_a_sweep_refuses_what_it_cannot_mean(field: str, value: object, told: str) -> None:
    with pytest.raises(ValidationError, match=told):
        Sweep.model_validate({field: value})


def test_a_sweep_tells_two_classes_apart() -> None:
    with pytest.raises(ValidationError, match="positive and negative must be two classes, got 'dog' for both"):
        Sweep(positive="dog", negative="dog")


def test_every_field_of_a_sweep_is_described() -> None:
    assert [name for name, field in Sweep.model_fields.items() if not field.description] == []
