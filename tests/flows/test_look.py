"""A sweep looks at its images: what it says, keeps and reuses, and what copies and corrected labels do to figures."""

import json
from contextlib import redirect_stderr
from dataclasses import dataclass
from io import StringIO
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from mlflow import MlflowClient
from PIL import Image
from sklearn.metrics import precision_score, recall_score

from steelyard.flows.__main__ import run
from steelyard.tasks.findings import files

SIZES = {"train": {"dull": 70, "light": 40}, "test": {"dull": 20, "light": 20}}
CROPPED = {"light": 8, "dull": 3}
"""Images of test that are images of train but for a crop."""

CORRECTED = {"test/light/18.png": "dull", "test/light/19.png": "dull", "train/dull/14.png": "light"}
LITTLE = ["--backbone-size", "64", "--views", "1", "--device", "cpu", "--weights", "0.8", "--seeds", "1,"]


@dataclass(frozen=True)
class Swept:
    """A sweep that ended, and what it said meanwhile."""

    found: dict[str, Any]
    said: str

    @property
    def words(self) -> str:
        return " ".join(self.found["verdict"]["words"])

    @property
    def bearing(self) -> dict[str, Any]:
        return dict(self.found["verdict"]["bearing"])

    def artifact(self, name: str, run_id: str = "") -> Path:
        client = MlflowClient(self.found["tracking_uri"])
        return Path(client.download_artifacts(run_id or self.found["sweep_run_id"], name))

    def scores(self) -> tuple[pd.DataFrame, float]:
        """Those of the trial to use, by image, and its threshold."""
        (best,) = [trial for trial in self.found["trials"] if trial["trial_id"] == self.found["best"]]
        table = pd.read_parquet(self.artifact("scores.parquet", best["run_id"]))
        return table.set_index("id"), best["operating"]["threshold"]


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``shapes``, patches of colour in train and test, and with a store and a cache for all tests."""
    folder, rng = tmp_path_factory.mktemp("look"), np.random.default_rng(0)
    for part, counts in SIZES.items():
        for name, count in counts.items():
            (folder / "shapes" / part / name).mkdir(parents=True)
            for number in range(count):
                coarse = rng.integers(0, 200, (6, 6, 3)) + (14 if name == "light" else 0)
                image = Image.fromarray(coarse.astype(np.uint8)).resize((40, 40), Image.Resampling.BICUBIC)
                image.save(folder / "shapes" / part / name / f"{number:02}.png")
    for name, count in CROPPED.items():
        for number in range(count):
            with Image.open(folder / "shapes" / "train" / name / f"{number:02}.png") as image:
                cropped = image.crop((1, 1, 39, 39)).resize((40, 40))
            cropped.save(folder / "shapes" / "test" / name / f"{number:02}.png")
    return folder


def swept(place: Path, *options: str) -> Swept:
    where = ["--cache", f"{place}/cache", "--tracking-uri", f"sqlite:///{place}/mlflow.db"]
    given = ["--data", f"folder:{place}/shapes", "--positive", "light", "--json", f"{place}/out.json"]
    with redirect_stderr(StringIO()) as said:
        assert run(["sweep", *where, *given, *LITTLE, *options]) == 0
    return Swept(json.loads((place / "out.json").read_text()), said.getvalue())


@pytest.fixture(scope="module")
def first(place: Path) -> Swept:
    return swept(place)


def twins_of(sweep: Swept) -> pd.DataFrame:
    copies = files.read_table(sweep.artifact("findings"), files.COPIES)
    return copies[copies["twin"] == 1]


def rates(scores: pd.DataFrame, threshold: float, labels: "pd.Series[int]") -> dict[str, float]:
    called = scores["score"].astype(float) >= threshold
    recall, precision = (of(labels, called) for of in (recall_score, precision_score))
    return {"recall": pytest.approx(recall), "precision": pytest.approx(precision)}


def test_the_log_tells_what_was_found_and_the_run_keeps_all_of_it(first: Swept, place: Path) -> None:
    twins = twins_of(first)
    lines = [line for line in first.said.splitlines() if line.startswith("images: ")]
    assert len(lines) == 1 and f"images: {len(twins)} with a copy in train" in lines[0]
    assert lines[0].endswith("shows them") and f"steelyard images folder:{place}/shapes" in lines[0]
    kept = first.artifact("findings")
    assert files.are_whole(kept) and {file.name for file in kept.iterdir()} == {*files.OF_KIND.values(), files.LINES}
    made = {f"test/{name}/{number:02}.png" for name, count in CROPPED.items() for number in range(count)}
    assert {*twins["path"]} <= made and len(twins) >= 9


def test_figures_without_copies_are_those_by_hand_from_the_kept_scores(first: Swept) -> None:
    scores, threshold = first.scores()
    test = scores[scores["split"] == "test"]
    twin = test.index.isin(twins_of(first)["path"])
    told = first.bearing["twins"]
    assert (told["images"], told["of"]) == (int(test["label"][twin].sum()), SIZES["test"]["light"])
    assert told["whole"] == rates(test, threshold, test["label"])
    assert told["otherwise"] == rates(test[~twin], threshold, test["label"][~twin])
    assert told["otherwise"]["recall"] < told["whole"]["recall"] - 0.05
    said = f"{told['images']} of 20 positives have a copy in train; without all such images recall is "
    assert f"{said}{told['otherwise']['recall']:.2f}, not {told['whole']['recall']:.2f}" in first.words


def written(place: Path) -> dict[str, int]:
    found = (place / "cache" / "findings").rglob("*.*")
    return {str(file): file.stat().st_mtime_ns for file in found if file.suffix in (".csv", ".json")}


@pytest.mark.parametrize("options", [[], ["--drop-suspects"]], ids=["the same sweep", "suspects dropped"])
def test_the_same_images_are_not_looked_at_again(first: Swept, place: Path, options: list[str]) -> None:
    before = written(place)
    again = swept(place, *options)
    assert written(place) == before and before
    assert f"images: {len(twins_of(first))} with a copy in train" in again.said
    assert files.are_whole(again.artifact("findings"))
    assert again.bearing == first.bearing or options


@pytest.fixture(scope="module")
def corrected(first: Swept, place: Path) -> Swept:
    rows = [f"{path},{proposed}" for path, proposed in CORRECTED.items()]
    (place / "mine.csv").write_text("\n".join(["path,proposed", *rows]))
    return swept(place, "--labels", str(place / "mine.csv"))


def test_figures_by_the_labels_of_before_are_those_by_hand(corrected: Swept) -> None:
    scores, threshold = corrected.scores()
    test = scores[scores["split"] == "test"]
    before = test["label"].where(~test.index.isin(CORRECTED), 1)
    assert int((before != test["label"]).sum()) == 2
    told = corrected.bearing["corrected"]
    assert (told["images"], told["of"]) == (2, len(test))
    assert told["whole"] == rates(test, threshold, test["label"])
    assert told["otherwise"] == rates(test, threshold, before)
    assert "2 labels were corrected; by the labels of before recall is " in corrected.words


def test_labels_that_a_sweep_finds_suspect_are_given_back_as_its_run_has_them(first: Swept, place: Path) -> None:
    file = first.artifact("findings/relabel.csv")
    rows = files.read_table(file.parent, file.name)
    assert len(rows) and {*rows["label"], *rows["proposed"]} == {"dull", "light"}
    again = swept(place, "--labels", str(file))
    assert f"labels corrected by relabel.csv: {len(rows)} (" in again.said


@pytest.fixture(scope="module")
def dropped(first: Swept, place: Path) -> Swept:
    return swept(place, "--drop-suspects")


def test_suspects_are_left_out_of_train_and_out_of_nothing_else(first: Swept, dropped: Swept) -> None:
    fewer = sum(first.found["verdict"]["train"]) - sum(dropped.found["verdict"]["train"])
    assert 0 < fewer < 40
    assert f"{fewer} " in "".join(line for line in dropped.said.splitlines() if "suspect" in line and "train" in line)
    for_all, for_fewer = (sweep.scores()[0][["split", "label"]] for sweep in (first, dropped))
    pd.testing.assert_frame_equal(for_all.sort_index(), for_fewer.sort_index())
    assert dropped.bearing["twins"]["images"] == first.bearing["twins"]["images"]


def test_without_features_nothing_is_looked_at_and_nothing_can_be_dropped(
    place: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    alone = swept(place, "--recipe", "sound", "--epochs", "1", "--size", "8")
    assert "images: " not in alone.said
    client = MlflowClient(alone.found["tracking_uri"])
    assert not client.list_artifacts(alone.found["sweep_run_id"], "findings")
    assert alone.bearing == {"twins": None, "corrected": None, "grave": [], "suspects": 0}
    capsys.readouterr()
    assert run(["sweep", "--data", f"folder:{place}/shapes", "--recipe", "sound", "--drop-suspects"]) == 2
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith("steelyard: drop-suspects must be left out in recipe sound, which has no features to find")
