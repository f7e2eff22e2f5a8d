"""A logged model fits images of any size as the image set's were, also behind MLflow's own scoring server."""

import shutil
from dataclasses import replace
from pathlib import Path

import logged
import mlflow.pyfunc
import numpy as np
import numpy.typing as npt
import pytest
import scoring
import torch
from PIL import Image

from steelyard.models.train.networks import classifier
from steelyard.tasks.images import pixels
from steelyard.tasks.images.pixels import fitted
from steelyard.tasks.tracking import saved_model, store

SIZE = 16

Images = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def colour() -> torch.nn.Module:
    torch.manual_seed(1)
    return classifier("residual", channels=3).eval()


FITS = (None, "pad", "crop", "stretch")


@pytest.fixture(scope="module")
def uris(migrated: Path, colour: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> dict[str | None, str]:
    """The folders of logged models of colour images of 16 x 16 pixels, by their fit."""
    folder = tmp_path_factory.mktemp("any-size")
    weights, client = folder / "weights.pt", store.open_client(f"sqlite:///{shutil.copy(migrated, folder)}")
    torch.save(colour.state_dict(), weights)
    trained, found = _trained(weights), {}
    for fit in FITS:
        address = logged.log(client, client.create_run("0").info.run_id, replace(trained, fit=fit))
        found[fit] = str(client.get_logged_model(address.removeprefix("models:/")).artifact_location)
    return found


def _trained(weights: Path) -> saved_model.Network:
    return saved_model.Network(
        code="steelyard.models.train.networks",
        arguments={"network": "residual", "channels": 3},
        weights=weights,
        size=SIZE,
        channels=3,
        bits=8,
        fit=None,
        example=np.zeros((2, SIZE, SIZE, 3), np.uint8),
    )


@pytest.fixture(scope="module")
def uri(uris: dict[str | None, str]) -> str:
    return uris[None]


def expected(network: torch.nn.Module, images: Images, fit: str | None = None) -> npt.NDArray[np.float32]:
    """What extraction and the network alone make of them."""
    fit_ = [np.asarray(fitted(Image.fromarray(image.squeeze()).convert("RGB"), SIZE, fit)) for image in images]
    with torch.inference_mode():
        logits = network(torch.from_numpy(np.stack(fit_)).permute(0, 3, 1, 2))
    scores: npt.NDArray[np.float32] = logits.softmax(dim=1)[:, 1].numpy()
    return scores


@pytest.mark.parametrize("fit", FITS)
@pytest.mark.parametrize("shape", [(SIZE, SIZE, 3), (40, 25, 3), (40, 35, 3), (5, 90, 3), (SIZE, SIZE, 1), (64, 63, 1)])
def test_images_of_any_size_and_grey_ones_are_fitted_as_extraction_does(
    shape: tuple[int, int, int], fit: str | None, uris: dict[str | None, str], colour: torch.nn.Module
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, *shape), dtype=np.uint8)
    scores = mlflow.pyfunc.load_model(uris[fit]).predict(images)["score"]
    np.testing.assert_allclose(scores, expected(colour, images, fit), atol=1e-5)


def test_a_model_carries_the_very_code_that_extraction_fits_images_with_which_needs_nothing_of_ours(uri: str) -> None:
    carried = (Path(uri) / "artifacts" / "pixels.py").read_text()
    assert carried == Path(pixels.__file__).read_text()
    assert "import steelyard" not in carried and "from steelyard" not in carried


def test_a_model_of_before_there_was_a_fit_goes_on_to_stretch(
    uri: str, colour: torch.nn.Module, tmp_path: Path
) -> None:
    old = shutil.copytree(uri, tmp_path / "old")
    written = (old / "MLmodel").read_text()
    without = "".join(line for line in written.splitlines(keepends=True) if line.strip() != "fit: null")
    assert without != written
    (old / "MLmodel").write_text(without)
    images = np.random.default_rng(0).integers(0, 256, (3, 40, 10, 3), dtype=np.uint8)
    scores = mlflow.pyfunc.load_model(str(old)).predict(images)["score"]
    np.testing.assert_allclose(scores, expected(colour, images, "stretch"), atol=1e-5)


def test_images_of_no_known_kind_are_refused(uri: str) -> None:
    loaded = mlflow.pyfunc.load_model(uri)
    with pytest.raises(Exception, match=r"images must be \(N, H, W, 1 or 3\) uint8, got \(2, 8, 8, 4\)"):
        loaded.predict(np.zeros((2, 8, 8, 4), np.uint8))


def test_mlflows_scoring_server_gives_the_same_for_50_images_where_steelyard_is_not_installed(
    uri: str, colour: torch.nn.Module, tmp_path: Path
) -> None:
    images = np.random.default_rng(3).integers(0, 256, (50, 21, 30, 3), dtype=np.uint8)
    with scoring.serving(uri, tmp_path) as base:
        found = [row["score"] for row in scoring.asked(base, images)]
    np.testing.assert_allclose(found, expected(colour, images), atol=1e-5)
