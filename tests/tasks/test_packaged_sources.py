"""Sources that come as a package or a download."""

import hashlib
import io
import pickle
import socket
import tarfile
import threading
import time
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from refusing import refusal

from steelyard.tasks import sources
from steelyard.tasks.sources import SOURCES, open_source

needs_elpv = pytest.mark.skipif(find_spec("elpv_dataset") is None, reason="package elpv-dataset is not installed")


def test_each_file_beside_the_helpers_is_a_source_and_each_has_its_place_among_them() -> None:
    files = {file.stem for file in Path(sources.__file__).parent.glob("*.py")} - {"__init__"}
    assert {kind.open.__module__.rpartition(".")[2] for kind in SOURCES.values()} == files
    assert " ".join(SOURCES) == "folder:PATH csv:FILE parquet:FILE npz:FILE hf:FILE elpv cifar10 digits"
    assert [kind.place for kind in SOURCES.values()] == list(range(1, len(files) + 1))


@pytest.mark.parametrize("data", ["imagenet", "", "folder", "elpv:mono", "ELPV"])
def test_an_unknown_source_is_refused_and_the_known_are_named(data: str, cache: Path) -> None:
    message = refusal(data, cache=cache)
    assert message == f"data must be one of {', '.join(SOURCES)}, got {data!r}"
    assert all(form in message for form in SOURCES)


def test_a_bare_path_is_told_how_to_be_written(tmp_path: Path, cache: Path) -> None:
    assert refusal(str(tmp_path), cache=cache).endswith(f"; for a folder write folder:{tmp_path}")


@needs_elpv
def test_elpv_holds_what_its_authors_count(cache: Path) -> None:
    source = open_source("elpv", cache)
    assert source.class_names == ("functional", "defective")
    # Probability of a defect 0: 1,508, 1/3: 295, 2/3: 106, 1: 715.
    assert np.bincount(source.table["label"]).tolist() == [1508 + 295, 106 + 715]
    assert source.table["slice_cell_type"].value_counts().to_dict() == {"poly": 1550, "mono": 1074}
    assert (source.positive, source.imbalance) == ("defective", 0.1)


@needs_elpv
def test_elpv_groups_are_64_consecutive_files(cache: Path) -> None:
    table = open_source("elpv", cache).table
    assert table["id"].is_monotonic_increasing
    assert table["group"].value_counts().tolist() == [64] * 41
    assert (table["group"] != table["group"].shift()).sum() == 41


@needs_elpv
def test_elpv_says_its_rule_its_groups_its_thinning_and_its_licence(cache: Path) -> None:
    notes = " ".join(open_source("elpv", cache).notes)
    for said in ("below 0.5 is functional", "blocks of 64 consecutive files", "thinned to 1 in 10", "CC BY-NC-SA 4.0"):
        assert said in notes


@needs_elpv
def test_elpv_reads_grey_images_of_300_pixels(cache: Path) -> None:
    with open_source("elpv", cache).read(0) as image:
        assert (image.mode, image.size) == ("L", (300, 300))


def test_elpv_without_its_package_names_the_extra(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delitem(__import__("sys").modules, "elpv_dataset", raising=False)
    assert 'pip install "steelyard[elpv]"' in refusal("elpv", cache=cache)


def test_digits_equal_those_of_scikit_learn_up_to_their_scale(cache: Path) -> None:
    from sklearn.datasets import load_digits

    source, digits = open_source("digits", cache), load_digits()
    assert source.class_names == tuple("0123456789")
    assert source.table["label"].tolist() == digits.target.tolist()
    assert source.table["id"].is_monotonic_increasing
    for row in (0, 1796):
        np.testing.assert_allclose(np.asarray(source.read(row)) / 255, digits.images[row] / 16, atol=0.5 / 255)
    assert np.asarray(source.read(0)).dtype == np.uint8


class Small:
    """An archive laid out as CIFAR-10's, two images to a batch, on a server of this machine."""

    def __init__(self, folder: Path) -> None:
        """Write ``cifar-10-python.tar.gz`` into ``folder``."""
        self.archive, self.sums = folder / "cifar-10-python.tar.gz", {}
        names = [f"data_batch_{i}" for i in range(1, 6)] + ["test_batch"]
        contents: dict[str, Any] = {name: self._batch(seed) for seed, name in enumerate(names)}
        contents["batches.meta"] = {"label_names": [f"class {i}" for i in range(10)]}
        with tarfile.open(self.archive, "w:gz") as tar:
            for name, content in contents.items():
                raw = pickle.dumps(content)
                self.sums[name] = hashlib.md5(raw, usedforsecurity=False).hexdigest()
                entry = tarfile.TarInfo(f"cifar-10-batches-py/{name}")
                entry.size = len(raw)
                tar.addfile(entry, io.BytesIO(raw))

    @staticmethod
    def _batch(seed: int) -> dict[str, Any]:
        return {"data": np.full((2, 3072), seed, dtype=np.uint8), "labels": [seed, seed + 1]}


@pytest.fixture
def small(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Small]:
    """CIFAR-10's address and checksums replaced by those of a small archive on a real server."""
    from torchvision.datasets import CIFAR10

    served = tmp_path / "served"
    served.mkdir()
    small = Small(served)
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(SimpleHTTPRequestHandler, directory=str(served)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{server.server_port}/{small.archive.name}")
    monkeypatch.setattr(CIFAR10, "tgz_md5", hashlib.md5(small.archive.read_bytes(), usedforsecurity=False).hexdigest())
    monkeypatch.setattr(CIFAR10, "train_list", [(n, s) for n, s in small.sums.items() if n.startswith("data")])
    monkeypatch.setattr(CIFAR10, "test_list", [("test_batch", small.sums["test_batch"])])
    monkeypatch.setattr(CIFAR10, "meta", {**CIFAR10.meta, "md5": small.sums["batches.meta"]})
    yield small
    server.shutdown()
    server.server_close()


def test_cifar10_comes_with_its_own_split(small: Small, cache: Path) -> None:
    source = open_source("cifar10", cache)
    assert source.table["split"].tolist() == ["test"] * 2 + ["train"] * 10
    assert source.table["id"].tolist()[:3] == ["test/00000", "test/00001", "train/00000"]
    assert source.table["label"].tolist() == [5, 6, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5]
    assert np.unique(np.asarray(source.read(0))).tolist() == [5]


def test_cifar10_is_downloaded_once(small: Small, cache: Path) -> None:
    open_source("cifar10", cache)
    small.archive.unlink()
    assert len(open_source("cifar10", cache).table) == 12


def test_an_archive_put_into_the_cache_needs_no_network(small: Small, cache: Path) -> None:
    (cache / "cifar10").mkdir(parents=True)
    small.archive.rename(cache / "cifar10" / small.archive.name)
    assert len(open_source("cifar10", cache).table) == 12


def test_half_a_download_is_refused_and_the_next_one_is_whole(small: Small, cache: Path) -> None:
    whole = small.archive.read_bytes()
    small.archive.write_bytes(whole[: len(whole) // 2])
    assert "checksum differs" in refusal("cifar10", cache=cache)
    assert [path.name for path in (cache / "cifar10").iterdir() if path.name != ".lock"] == []
    small.archive.write_bytes(whole)
    assert len(open_source("cifar10", cache).table) == 12


def test_a_damaged_copy_is_unpacked_again(small: Small, cache: Path) -> None:
    open_source("cifar10", cache)
    (cache / "cifar10" / "cifar-10-batches-py" / "data_batch_3").write_bytes(b"half")
    small.archive.unlink()
    assert len(open_source("cifar10", cache).table) == 12


def test_cifar10_offline_says_so_at_once_and_names_the_other_sources(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr("steelyard.tasks.sources.cifar10.SILENCE", 600.0)
    with socket.socket() as taken:  # Bound but not listening: connecting is refused.
        taken.bind(("127.0.0.1", 0))
        monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{taken.getsockname()[1]}/cifar-10-python.tar.gz")
        started = time.monotonic()
        message = refusal("cifar10", cache=cache)
    assert time.monotonic() - started < 60, "600 s if it waited for an answer"
    assert "cifar10 must be downloaded once" in message
    assert message.endswith("or use folder:PATH, elpv or digits")


def test_a_server_that_never_answers_is_given_up(cache: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from torchvision.datasets import CIFAR10

    monkeypatch.setattr("steelyard.tasks.sources.cifar10.SILENCE", 0.3)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        monkeypatch.setattr(CIFAR10, "url", f"http://127.0.0.1:{silent.getsockname()[1]}/cifar-10-python.tar.gz")
        assert "timed out" in refusal("cifar10", cache=cache)
