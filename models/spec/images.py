"""Which images are asked for, what is known of each, and how they become features."""

import re
from collections.abc import Iterable
from pathlib import PurePath
from typing import TypedDict

from pydantic import ConfigDict, Field, field_validator

from steelyard.models.names import class_names
from steelyard.models.spec.form import as_form
from steelyard.models.spec.trial import LITE0, Fit, Frozen

ORIGIN = ("data", "class_names", "images_root", "labels", "group_by")
"""Fields that say where images come from and what is known of each."""

FOR_ONE = "elpv"
"""The default source, and the only one that names the class to find."""

Text = str | float | Iterable[str | float]
"""As on the command line, a number for its text, or a list of what has commas between there."""


class Images(Frozen):
    """Images, and the backbone that looks at them."""

    model_config = ConfigDict(json_schema_extra=as_form)

    data: str = Field(
        default=FOR_ONE,
        description="Where images come from: folder:PATH (a folder per class, optionally below train/val/test), "
        "csv:FILE or parquet:FILE (columns path and label), npz:FILE (as MedMNIST has it), hf:FILE (Parquet of Hugging "
        "Face), elpv, cifar10 or digits.",
    )
    class_names: str = Field(
        default="",
        description="Names of labels that are numbers (npz, hf), in their order: benign,malignant. "
        "Default: the numbers.",
    )
    images_root: str = Field(
        default="",
        description="Folder that the paths of a list (csv, parquet) count from and stay in. Default: the list's.",
    )
    labels: str = Field(
        default="",
        description="CSV file of corrected labels: path and proposed, a class. Default: none is corrected.",
    )
    group_by: str = Field(
        default="",
        description=r"Which images never part: a regular expression for their paths, such as series(\d+); exif-date; "
        "or a CSV file, such as findings/copies.csv. Default: the groups of the source.",
    )
    size: int = Field(default=32, ge=8, le=512, description="Pixels per side of what recipes sound and tutorial see.")
    fit: Fit | None = Field(
        default=None,
        description="How an image becomes square: pad (all of it, on black), crop (its centre) or stretch. "
        "Default: pad where one side is more than 1.2 times the other, else stretch.",
    )
    skip_unusable: bool = Field(default=False, description="Leave out images that cannot be used, and count them.")
    backbone: str = Field(
        default=LITE0,
        description="Pretrained network that turns images into features: lite0 (EfficientNet-Lite0, comes with "
        "Steelyard) or a name of timm (downloaded once).",
    )
    backbone_weights: str = Field(
        default="",
        description="File with the backbone's weights, .safetensors or .pth. Default: those it comes with.",
    )
    backbone_size: int | None = Field(
        default=None, ge=32, le=1024, description="Pixels per side that the backbone sees. Default: its own (224)."
    )
    views: int = Field(
        default=2,
        ge=1,
        le=2,
        description="Views of each image: 2 adds its mirror image, at twice the time.",
    )

    @field_validator("class_names")
    @classmethod
    def _class_names_parse(cls, text: str) -> str:
        return ",".join(class_names(text))

    @property
    def called(self) -> str:
        """What people call the images: the last part of their source, ``new`` of ``folder:parts/new``."""
        kind, _, argument = self.data.partition(":")
        path = PurePath(argument)
        last = path.name if kind == "folder" else path.stem
        plain = re.sub(r"[^\w .+-]+", "-", last if argument else kind).strip(" -")
        return plain[:100] or kind

    @property
    def origin(self) -> dict[str, str]:
        """Where the images come from, as ``tasks.sources.open_source`` takes it."""
        return {name: getattr(self, name) for name in ORIGIN}


class ImagesOptions(TypedDict, total=False):
    """The fields of ``Images`` as Python has them; None stands for the default."""

    data: str
    class_names: Text | None
    images_root: str | PurePath
    labels: str | PurePath
    group_by: str
    size: int
    fit: str | None
    skip_unusable: bool
    backbone: str
    backbone_weights: str | PurePath
    backbone_size: int | None
    views: int
