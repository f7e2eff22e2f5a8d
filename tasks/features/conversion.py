"""Weights from a file or from timm's hub, checked against the network and brought into the form that is kept."""

import copy
import hashlib
import pickle
import warnings
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

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.models.spec.trial import LITE0
from steelyard.models.train.backbone import ARCHITECTURES, fold, maps, network
from steelyard.tasks.atomic_files import building
from steelyard.tasks.features.weights import Weights

PATIENCE = 5.0
"""Seconds for the hub to answer at all."""

State = dict[str, Tensor]


def convert(backbone: str, file: Path, digest: str, licence: str, root: Path) -> Weights:
    """Bring a file of weights, .safetensors or .pth with tensors alone, into the form that is kept below ``root``.

    Raises:
        BadInput: a name that timm does not have, a file that does not fit, or one with code in it.
    """
    return _written(backbone, _known(backbone), _read(file), file, digest, licence, root)


def download(backbone: str, root: Path) -> Weights:
    """Fetch a backbone's weights from timm's hub, or from where its client keeps them, and keep them below ``root``.

    Raises:
        BadInput: a name that timm does not have, or no network.
    """
    known = _known(backbone)
    state = _downloaded(backbone, known)
    digest = hashlib.sha256(b"".join(value.numpy().tobytes() for value in state.values())).hexdigest()[:16]
    return _written(backbone, known, state, Path(backbone), digest, str(known.license or ""), root)


def _written(
    backbone: str, known: PretrainedCfg, state: State, origin: Path, digest: str, licence: str, root: Path
) -> Weights:
    size = known.input_size[-1]
    made, folded = _made(backbone, size, state, origin)
    file = root / f"{backbone.replace('/', '_')}-{digest}.safetensors"
    content = safetensors.torch.save({name: value.contiguous() for name, value in made.state_dict().items()})
    with building(root) as folder:
        (folder / file.name).write_bytes(content)
        (folder / file.name).replace(file)
    return Weights(
        backbone=backbone,
        file=file,
        digest=digest,
        licence=licence,
        size=size,
        fixed=bool(known.fixed_input_size),
        layers=_layers(maps(made)),
        mean=tuple(known.mean),
        std=tuple(known.std),
        interpolation="bicubic" if known.interpolation == "bicubic" else "bilinear",
        folded=folded,
    )


def _known(backbone: str) -> PretrainedCfg:
    # timm looks at what is before the dot alone; what is after it says which of several weights.
    tagged = timm.list_pretrained() if "." in backbone else []
    if backbone not in ARCHITECTURES and not (backbone in tagged if tagged else timm.is_model(backbone)):
        near = get_close_matches(backbone, [LITE0, *timm.list_models(), *tagged], 1)
        raise BadInput(
            f"backbone must be {LITE0} or a name of timm, got {printable(backbone)!r}"
            + (f"; did you mean {near[0]}?" if near else "; timm.list_models() lists them")
        )
    known = timm.get_pretrained_cfg(ARCHITECTURES.get(backbone, backbone))
    if known is None:
        raise BadInput(f"backbone {backbone} must be one that timm has weights of, got one without; name another")
    return known


def _layers(reductions: list[int]) -> tuple[int, ...]:
    """Of a pyramid all maps but the finest quarter; of blocks alike, as in a ViT, every fourth part of the depth."""
    count = len(reductions)
    if len(set(reductions)) == 1 and count > 4:
        return tuple(count * part // 4 - 1 for part in (1, 2, 3, 4))
    return tuple(range(max(1, count // 4), count))


def _downloaded(backbone: str, known: PretrainedCfg) -> State:
    repository = known.hf_hub_id
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


def _made(backbone: str, size: int, state: State, origin: Path) -> tuple[Any, bool]:
    """The network with its weights, its BatchNorms folded if that changes nothing that it says."""
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
            content = torch.load(file, map_location="cpu", weights_only=True)
    except Exception as error:  # noqa: BLE001  # whatever torch's reader meets in a file that may hold anything
        holds = "no tensors alone" if isinstance(error, pickle.UnpicklingError) else "no weights that can be read"
        raise BadInput(
            f"backbone-weights must be .safetensors, or a .pth of tensors alone, got {printable(file)}, which has "
            f"{holds}; save its state_dict"
        ) from None
    for key in ("state_dict", "model"):
        content = content[key] if isinstance(content, dict) and isinstance(content.get(key), dict) else content
    if not isinstance(content, dict) or not all(isinstance(value, Tensor) for value in content.values()):
        raise BadInput(f"backbone-weights must be a state_dict, got {printable(file)}, which is none; save one")
    return content


def _fitted(state: State, made: nn.Module, backbone: str, origin: Path) -> State:
    """What the network without its classifier needs, by its own names."""
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
