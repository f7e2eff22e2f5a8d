"""What a plan settles that depends on the images."""

from pathlib import Path

import pytest

from models.spec import Sweep
from tasks import planning
from tasks.images.store import extract_images
from tasks.settings import Settings
from tasks.sources import open_source


@pytest.mark.parametrize(("asked", "epochs"), [({}, 60), ({"epochs": 26}, 26), ({"epochs": 3}, 3)])
def test_few_images_are_trained_for_longer_unless_epochs_are_asked_for(
    asked: dict[str, int], epochs: int, tmp_path: Path
) -> None:
    settings = Settings(cache=tmp_path, device="cpu")
    image_set = extract_images(open_source("digits", tmp_path), 8, tmp_path, False)
    spec = Sweep.model_validate({"data": "digits", "positive": "8", "size": 8} | asked)
    plan, parts = planning.plan_sweep(image_set, spec, settings, tmp_path)
    assert {trial.recipe.epochs for trial in plan.trials} == {epochs}
    assert len(parts.train) == 1299
