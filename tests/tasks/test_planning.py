"""What a plan settles that depends on the images."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from steelyard.models.data.partition import Turns
from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks import parting, planning, preview
from steelyard.tasks.images.extraction import extract_images
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source


@pytest.mark.parametrize(("asked", "epochs"), [({}, 60), ({"epochs": 26}, 26), ({"epochs": 3}, 3)])
def test_few_images_are_trained_for_longer_unless_epochs_are_asked_for(
    asked: dict[str, int], epochs: int, tmp_path: Path
) -> None:
    settings = Settings(cache=tmp_path, device="cpu")
    image_set = extract_images(open_source("digits", tmp_path), 8, tmp_path, False)
    spec = Sweep.model_validate({"data": "digits", "positive": "8", "size": 8, "recipe": "sound"} | asked)
    plan, turns = planning.plan_sweep(image_set, spec, settings, tmp_path)
    assert {trial.recipe.epochs for trial in plan.trials} == {epochs}
    assert len(turns[0].train) == 1299


def planned(recipe: str, tmp_path: Path, **asked: object) -> tuple[SweepPlan, Turns]:
    settings = Settings(cache=tmp_path, device="cpu")
    image_set = extract_images(open_source("digits", tmp_path), 8, tmp_path, False)
    spec = Sweep.model_validate({"data": "digits", "positive": "8", "size": 8, "recipe": recipe} | asked)
    return planning.plan_sweep(image_set, spec, settings, tmp_path)


def test_it_is_said_what_each_recipe_sees_of_the_images_own_pixels(tmp_path: Path) -> None:
    plan, turns = planned("features,sound", tmp_path, backbone_size=64)
    said = "\n".join(preview.describe(plan, turns))
    assert "features of lite0 (8 pixels, seen at 64; " in said
    assert "sound (8 pixels, seen at 8; " in said


def test_a_solved_head_is_one_trial_of_a_cell_and_a_drawn_one_as_many_as_there_are_seeds(tmp_path: Path) -> None:
    plan, _ = planned("features,sound", tmp_path, handling="none,balanced,mixup", weights="power:0", seeds="2,5,7")
    trials = [(trial.recipe.name, trial.handling.name, trial.seed) for trial in plan.trials]
    heads = [of for of in trials if of[0] == "features"]
    assert [seed for _, name, seed in heads if name == "mixup"] == [2, 5, 7]
    assert [seed for _, name, seed in heads if name != "mixup"] == [2, 2]
    assert len(trials) - len(heads) == 9
    assert len(set(trials)) == len(trials)


def test_only_trials_on_features_know_an_embedding_and_all_of_them_the_same_features(tmp_path: Path) -> None:
    plan, _ = planned("features,sound", tmp_path)
    of = {(trial.recipe.name, trial.embedding, trial.features) for trial in plan.trials}
    assert len(of) == 2 and ("sound", None, "") in of
    (features,) = (
        trial.features for trial in plan.trials if trial.recipe.name == "features" and trial.handling.name == "none"
    )
    assert len(features) == 16


@pytest.mark.parametrize(
    ("asked", "objective"),
    [
        ({"imbalance": 0.05}, "recall @ precision >= 0.7 at prevalence 0.05"),
        ({"train_counts": "8=20,3=80"}, "recall @ precision >= 0.7 at prevalence 0.2"),
        ({}, "recall @ precision >= 0.7"),
        ({"imbalance": 0.05, "objective": "recall @ precision >= 0.7 at prevalence test"}, None),
        ({"imbalance": 0.05, "objective": "recall @ precision >= 0.7 at prevalence 0.3"}, None),
        ({"imbalance": 0.05, "objective": "recall @ false_positive_rate <= 0.1"}, None),
        ({"imbalance": 0.05, "recipe": "tutorial", "size": 32}, "recall @ precision >= 0.7"),
    ],
)
def test_an_objective_is_for_the_share_that_train_is_thinned_to_unless_it_says_another(
    asked: dict[str, object], objective: str | None, tmp_path: Path
) -> None:
    settings = Settings(cache=tmp_path, device="cpu")
    spec = Sweep.model_validate({"data": "digits", "positive": "8", "negative": "3", "size": 8, "folds": 1} | asked)
    image_set = extract_images(open_source("digits", tmp_path), spec.size, tmp_path, False)
    settled = planning.settled(spec, image_set, settings)
    assert settled.objective == (objective or asked["objective"])
    assert planning.settled(settled, image_set, settings).objective == settled.objective


def test_folds_are_the_default_where_heads_alone_are_trained_and_the_source_has_no_parts(tmp_path: Path) -> None:
    folds = {recipe: planned(recipe, tmp_path)[0].partition.folds for recipe in ("features", "sound", "features,sound")}
    assert folds == {"features": 5, "sound": 1, "features,sound": 1}
    assert planned("sound", tmp_path, folds=3)[0].partition.folds == 3


def of_groups(folder: Path, sizes: list[int], foxes: int = 0) -> Path:
    """A list of cats and dogs in groups of some sizes, every third a dog, and of foxes that stand alone."""
    rng = np.random.default_rng(0)
    rows = [
        (f"{group}-{number}.png", "cat" if number % 3 else "dog", f"g{group}")
        for group, size in enumerate(sizes)
        for number in range(size)
    ]
    rows += [(f"fox-{number}.png", "fox", "") for number in range(foxes)]
    for name, *_ in rows:
        Image.fromarray(rng.integers(0, 255, (8, 8), dtype=np.uint8)).save(folder / name)
    (folder / "list.csv").write_text("\n".join(["path,label,group", *map(",".join, rows)]))
    return extract_images(open_source(f"csv:{folder}/list.csv", folder), 8, folder, False)


def test_groups_too_unequal_for_five_folds_get_one_split_and_are_refused_only_where_folds_were_asked_for(
    tmp_path: Path,
) -> None:
    image_set = of_groups(tmp_path, [200, 90, 40, *[3] * 9])
    spec = Sweep(data="csv:list.csv", positive="dog")
    assert parting.resolve_partition(image_set, spec).folds == 1
    asked = parting.resolve_partition(image_set, spec.model_copy(update={"folds": 10}))
    with pytest.raises(BadInput, match=r"folds must be at most \d, into which groups of such sizes can be divided"):
        parting.parts_of(image_set, asked)


def test_folds_of_which_one_lacks_the_class_that_the_objective_is_about_are_refused(tmp_path: Path) -> None:
    image_set, settings = of_groups(tmp_path, [3] * 20, foxes=4), Settings(cache=tmp_path, device="cpu")
    spec = Sweep(data="csv:list.csv", folds=5, objective="recall of fox @ precision >= 0.5")
    with pytest.raises(BadInput, match=r"folds must each hold fox, got one without; give fewer --folds"):
        planning.settled(spec, image_set, settings)
    assert planning.settled(spec.model_copy(update={"folds": 4}), image_set, settings).folds == 4
