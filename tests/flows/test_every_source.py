"""The same pictures through every door end in a sweep: folder, spreadsheet, Parquet, archive, Hugging Face's file."""

import json
from collections import Counter
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from mlflow import MlflowClient
from PIL import Image

Result = dict[str, Any]
SweepIn = Callable[[Path], Callable[..., tuple[int, Result]]]

NAMES = ("bolt", "nut", "washer")
SIZES = {"train": (24, 16, 8), "val": (8, 8, 8), "test": (9, 7, 5)}
DOORS = ("folder", "csv", "parquet", "npz", "hf")
IMAGE = pa.struct([("bytes", pa.binary()), ("path", pa.string())])


def pixels(part: str, label: int, number: int) -> npt.NDArray[np.uint8]:
    """Noise of 9 x 7 pixels, the brighter the higher its label."""
    rng = np.random.default_rng([list(SIZES).index(part), label, number])
    return rng.integers(70 * label, 70 * label + 90, (9, 7, 3), dtype=np.uint8)


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Callable[[str], str]:
    """``data("npz")`` is how the pictures are named at the command line."""
    root = tmp_path_factory.mktemp("parts")
    rows = [
        (f"{part}/{NAMES[label]}/{number:02}.png", part, label, pixels(part, label, number))
        for part, sizes in SIZES.items()
        for label, size in enumerate(sizes)
        for number in range(size)
    ]
    for path, _, _, image in rows:
        (root / "images" / path).parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(image).save(root / "images" / path)
    listed = pd.DataFrame([(f"images/{path}", NAMES[label], part) for path, part, label, _ in rows])
    listed.columns = pd.Index(["path", "label", "split"])
    listed.to_parquet(root / "parts.parquet", index=False)
    # As a spreadsheet saves it where the comma is a decimal sign.
    listed.to_csv(root / "parts.csv", index=False, sep=";", encoding="utf-8-sig", lineterminator="\r\n")
    np.savez_compressed(root / "parts.npz", **archive(rows))  # type: ignore[arg-type]  # no keyword is taken
    hugging_face(rows, root / "parts-hf.parquet")
    files = {"folder": "images", "csv": "parts.csv", "parquet": "parts.parquet", "npz": "parts.npz"}
    return lambda door: f"{door}:{root / files.get(door, 'parts-hf.parquet')}"


def archive(rows: list[tuple[str, str, int, Any]]) -> dict[str, npt.NDArray[Any]]:
    found: dict[str, npt.NDArray[Any]] = {}
    for part in SIZES:
        of_part = [(image, label) for _, split, label, image in rows if split == part]
        found[f"{part}_images"] = np.stack([image for image, _ in of_part])
        found[f"{part}_labels"] = np.array([label for _, label in of_part], dtype=np.uint8)[:, None]
    return found


def hugging_face(rows: list[tuple[str, str, int, Any]], path: Path) -> None:
    images = []
    for name, _, _, image in rows:
        file = BytesIO()
        Image.fromarray(image).save(file, "PNG")
        images.append({"bytes": file.getvalue(), "path": name})
    table = pa.table({"image": pa.array(images, IMAGE), "label": pa.array([row[2] for row in rows], pa.int64())})
    features = {"image": {"_type": "Image"}, "label": {"names": list(NAMES), "_type": "ClassLabel"}}
    pq.write_table(table.replace_schema_metadata({"huggingface": json.dumps({"info": {"features": features}})}), path)


def scored_labels(found: Result, tmp_path: Path) -> Counter[int]:
    """How many test images of each label were scored."""
    run_id = found["trials"][0]["run_id"]
    kept = MlflowClient(found["tracking_uri"]).download_artifacts(run_id, "scores.parquet", str(tmp_path))
    scores = pd.read_parquet(kept)
    return Counter(scores.loc[scores["split"] == "test", "label"].tolist())


def names_of(door: str) -> dict[str, str]:
    return {"class-names": ",".join(NAMES)} if door == "npz" else {}


@pytest.mark.parametrize("door", DOORS)
def test_each_source_ends_in_a_sweep_for_one_class(
    door: str, data: Callable[[str], str], sweep_in: SweepIn, tmp_path: Path
) -> None:
    given = {"data": data(door), "positive": "washer", "epochs": "1", "batch": "16"} | names_of(door)
    code, found = sweep_in(tmp_path)(**given)
    assert code == 0
    assert [trial["status"] for trial in found["trials"]] == ["FINISHED", "FINISHED"]
    # Hugging Face's file is one part of a data set, of which 15 % become test.
    expected = {0: 11, 1: 3} if door == "hf" else {0: 16, 1: 5}
    assert scored_labels(found, tmp_path) == expected


@pytest.mark.parametrize("door", DOORS)
def test_each_source_ends_in_a_sweep_of_every_class(
    door: str, data: Callable[[str], str], sweep_in: SweepIn, tmp_path: Path
) -> None:
    given = {"data": data(door), "positive": "", "weights": "power:1", "epochs": "1", "batch": "16"} | names_of(door)
    code, found = sweep_in(tmp_path)(**given)
    assert code == 0
    assert [trial["status"] for trial in found["trials"]] == ["FINISHED", "FINISHED"]
    experiment = MlflowClient(found["tracking_uri"]).get_experiment(found["experiment_id"]).name
    assert experiment.endswith(" · 3 classes")
    expected = {0: 6, 1: 5, 2: 3} if door == "hf" else dict(enumerate(SIZES["test"]))
    assert scored_labels(found, tmp_path) == expected
