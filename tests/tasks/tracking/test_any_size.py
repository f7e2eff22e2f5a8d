"""A logged model stretches images of any size as the image set's were, also behind MLflow's own scoring server."""

import shutil
from pathlib import Path

import mlflow.pyfunc
import numpy as np
import numpy.typing as npt
import pytest
import scoring
import torch
from PIL import Image

from models.networks import classifier
from tasks.images.decode import stretch
from tasks.tracking import model, store

SIZE = 16

Images = npt.NDArray[np.uint8]


@pytest.fixture(scope="module")
def colour() -> torch.nn.Module:
    torch.manual_seed(1)
    return classifier("residual", channels=3).eval()


@pytest.fixture(scope="module")
def uri(migrated: Path, colour: torch.nn.Module, tmp_path_factory: pytest.TempPathFactory) -> str:
    """The folder of a logged model of colour images of 16 x 16 pixels."""
    folder = tmp_path_factory.mktemp("any-size")
    weights, client = folder / "weights.pt", store.open_client(f"sqlite:///{shutil.copy(migrated, folder)}")
    torch.save(colour.state_dict(), weights)
    run_id, example = client.create_run("0").info.run_id, np.zeros((2, SIZE, SIZE, 3), np.uint8)
    address = model.log(client, run_id, weights, {"network": "residual", "channels": 3}, example)
    return str(client.get_logged_model(address.removeprefix("models:/")).artifact_location)


def expected(network: torch.nn.Module, images: Images) -> npt.NDArray[np.float32]:
    """What extraction and the network alone make of them."""
    fitted = [np.asarray(stretch(Image.fromarray(image.squeeze()).convert("RGB"), SIZE)) for image in images]
    with torch.inference_mode():
        logits = network(torch.from_numpy(np.stack(fitted)).permute(0, 3, 1, 2))
    scores: npt.NDArray[np.float32] = logits.softmax(dim=1)[:, 1].numpy()
    return scores


@pytest.mark.parametrize("shape", [(SIZE, SIZE, 3), (40, 25, 3), (5, 90, 3), (SIZE, SIZE, 1), (64, 64, 1)])
def test_images_of_any_size_and_grey_ones_are_stretched_as_extraction_does(
    shape: tuple[int, int, int], uri: str, colour: torch.nn.Module
) -> None:
    images = np.random.default_rng(0).integers(0, 256, (7, *shape), dtype=np.uint8)
    scores = mlflow.pyfunc.load_model(uri).predict(images)["score"]
    np.testing.assert_allclose(scores, expected(colour, images), atol=1e-5)


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
