"""Pictures of shapes for recipes with a backbone, and where a sweep of them keeps things."""

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from mlflow import MlflowClient
from PIL import Image, ImageDraw

Found = dict[str, Any]


def draw(root: Path, counts: dict[str, int]) -> Path:
    """Colour pictures of 60 x 40 pixels: a disc, a square or a line on noise, some of them hard to see."""
    rng = np.random.default_rng(0)
    for name, count in counts.items():
        (root / name).mkdir(parents=True)
        for number in range(count):
            picture = Image.fromarray(rng.integers(0, 160, (40, 60, 3), dtype=np.uint8))
            left, top, side = (int(value) for value in rng.integers((0, 0, 10), (40, 20, 20)))
            box, ink = (left, top, left + side, top + side), tuple(int(value) for value in rng.integers(60, 255, 3))
            pen = ImageDraw.Draw(picture)
            {"disc": pen.ellipse, "square": pen.rectangle, "line": pen.line}[name](box, fill=ink)
            picture.save(root / name / f"{number:03}.png")
    return root


def options(pictures: Path) -> list[str]:
    """Of a sweep whose store and cache lie beside the pictures."""
    beside = pictures.parent
    given = {"data": f"folder:{pictures}", "size": "32", "backbone-size": "32", "cache": f"{beside}/cache"}
    given |= {
        "tracking-uri": f"sqlite:///{beside}/mlflow.db",
        "json": f"{beside}/out.json",
        "device": "cpu",
        "folds": "1",
    }
    return [part for name, value in given.items() for part in (f"--{name}", value)]


def client(found: Found) -> MlflowClient:
    return MlflowClient(found["tracking_uri"])


def kept(found: Found, run_id: str, tmp_path: Path) -> pd.DataFrame:
    """Scores of val and test by image, as the trial kept them."""
    path = client(found).download_artifacts(run_id, "scores.parquet", str(tmp_path))
    return pd.read_parquet(path).set_index("id").drop(columns=["split", "label"])


def cache_of(found: Found) -> str:
    return str(Path(found["tracking_uri"].removeprefix("sqlite:///")).parent / "cache")
