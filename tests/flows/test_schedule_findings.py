"""A scheduled sweep tells what it found in the images that the one before had not."""

import shutil
from pathlib import Path

import numpy as np
import patience
import scheduling
from deployed import Deployed
from PIL import Image

FEATURES = {"recipe": "features", "epochs": None, "batch": None, "backbone_size": 32, "views": 1}


def draw(folder: Path, dogs: int) -> None:
    """Noise in three parts, equal whenever it is drawn but for how bright dogs are."""
    rng = np.random.default_rng(0)
    for part in ("train", "val", "test"):
        for name, shade in (("cat", 100), ("dog", dogs)):
            (folder / part / name).mkdir(parents=True, exist_ok=True)
            for number in range(12):
                pixels = rng.normal(shade, 30, (9, 9)).clip(0, 255).astype(np.uint8)
                Image.fromarray(pixels).save(folder / part / name / f"{number}.png")


def test_a_shortcut_that_came_overnight_is_told_as_new(scheduling_server: str, migrated: Path, tmp_path: Path) -> None:
    shutil.copy(migrated, tmp_path / "mlflow.db")
    draw(tmp_path / "pets", dogs=100)
    deployed = Deployed(scheduling_server, "looks")
    options = ["--interval", "1d", "--name", "looks", "--data", "folder:pets"]
    with scheduling.schedule(tmp_path, scheduling_server, *options):
        spec = deployed.read().parameters["spec"] | FEATURES
        first = deployed.ask(spec=spec)
        deployed.ended(1, "COMPLETED", first)
        draw(tmp_path / "pets", dogs=180)
        second = deployed.ask(spec=spec)
        deployed.ended(1, "COMPLETED", second)
        # The last lines of a log reach the server after the run's end.
        patience.wait_for(lambda: "versions: " in deployed.log(second))
    assert "light alone" not in deployed.log(first)
    assert "images: new: light alone tells dog with area 1.00 [" in deployed.log(second)
