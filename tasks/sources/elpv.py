"""Solar cells in electroluminescence: functional or defective (package ``elpv-dataset``)."""

import importlib.metadata
import importlib.util
from pathlib import Path

import pandas as pd

from steelyard.models.errors import BadInput
from steelyard.tasks.sources.helpers.files import open_image
from steelyard.tasks.sources.helpers.source import Kind, Source, fingerprint, source_table

# File order carries the solar modules: a defect is likelier beside a defect for 40 to 60 files.
BLOCK = 64
NOTES = (
    "elpv: a probability of a defect below 0.5 is functional, above 0.5 is defective, the positive class",
    f"elpv: blocks of {BLOCK} consecutive files never part: neighbours come from one module, a random split would leak",
    "elpv: training positives are thinned to 1 in 10 by default, as the problem is met in the field",
    "elpv: the images are under CC BY-NC-SA 4.0, not for commercial use",
)


def open_elpv(_: Path) -> Source:
    """2,624 grey images of 300 x 300 pixels, from the files of the package: its own loader reads all of them at once.

    Raises:
        BadInput: the package is not installed, or without its images.
    """
    folder = _package() / "data"
    # One line per image: path, probability of a defect in [0, 1], type of the cell.
    try:
        labels = pd.read_csv(folder / "labels.csv", sep=r"\s+", names=["path", "probability", "type"])
    except OSError:
        raise BadInput(f"data elpv must have its labels in {folder}, got none; reinstall elpv-dataset") from None
    labels = labels.sort_values("path", ignore_index=True)
    paths: list[str] = labels["path"].tolist()
    return Source(
        name="elpv",
        class_names=("functional", "defective"),
        table=source_table(
            paths,
            (labels["probability"] > 0.5).astype(int).tolist(),
            groups=[f"block-{row // BLOCK:02d}" for row in range(len(paths))],
            slices={"cell_type": labels["type"].tolist()},
        ),
        read=lambda row: open_image(folder / paths[row]),
        fingerprint=fingerprint("elpv-dataset", importlib.metadata.version("elpv-dataset")),
        positive="defective",
        imbalance=0.1,
        notes=NOTES,
    )


KIND = Kind("elpv", open_elpv, place=6)


def _package() -> Path:
    spec = importlib.util.find_spec("elpv_dataset")
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(
            'data elpv must have the package elpv-dataset (90 MB), got none; install it: pip install "steelyard[elpv]"'
        )
    return Path(spec.submodule_search_locations[0])
