"""Watch: ordinary new images tell nothing, dark and blurred ones do, and MLflow keeps a run of each look."""

import csv
import json
import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from deployed import Deployed
from mlflow import MlflowClient
from mlflow.entities import Run
from PIL import Image, ImageDraw, ImageFilter
from prefect.settings import PREFECT_API_URL, temporary_settings
from scheduling import schedule

from steelyard.flows.__main__ import run

NAME = "shapes"
Change = Callable[[Image.Image], Image.Image]
CHANGES: dict[str, Change] = {
    "fresh": lambda image: image,
    "dark": lambda image: image.point(lambda value: value // 2),
    "blurred": lambda image: image.filter(ImageFilter.GaussianBlur(1.5)),
}


def picture(rng: np.random.Generator, name: str) -> Image.Image:
    """A disc or a square on noise, 40 x 40 pixels."""
    image = Image.fromarray(rng.integers(0, 160, (40, 40, 3), dtype=np.uint8))
    left, top, side = (int(value) for value in rng.integers((0, 0, 10), (20, 20, 20)))
    box, ink = (left, top, left + side, top + side), tuple(int(value) for value in rng.integers(60, 255, 3))
    pen = ImageDraw.Draw(image)
    {"disc": pen.ellipse, "square": pen.rectangle}[name](box, fill=ink)
    return image


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with ``shapes`` to train on and a folder of new images for each change."""
    root, rng = tmp_path_factory.mktemp("watch"), np.random.default_rng(0)
    for part, count in (("train", 60), ("test", 60)):
        for name, each in (("disc", count), ("square", count // 2)):
            (root / "shapes" / part / name).mkdir(parents=True)
            for number in range(each):
                picture(rng, name).save(root / "shapes" / part / name / f"{number:03}.png")
    new = [picture(rng, name) for name, each in (("disc", 50), ("square", 25)) for _ in range(each)]
    for change, made in CHANGES.items():
        (root / change).mkdir()
        for number, image in enumerate(new):
            made(image).save(root / change / f"{number:03}.png")
    return root


def uri(place: Path) -> str:
    return f"sqlite:///{place}/mlflow.db"


def swept(place: Path, name: str, **more: str) -> None:
    given = {"data": f"folder:{place}/shapes", "size": "32", "backbone-size": "32", "cache": f"{place}/cache"}
    given |= {"tracking-uri": uri(place), "device": "cpu", "positive": "square", "weights": "0.8", "register": name}
    given |= {"folds": "1", "gate": "always", "seeds": "1,"} | more
    assert run(["sweep", *(part for key, value in given.items() for part in (f"--{key}", value))]) == 0


@pytest.fixture(scope="module")
def registered(place: Path) -> Path:
    swept(place, NAME)
    return place


def watched(place: Path, folder: str, name: str = NAME) -> int:
    output = str(place / f"{name}-{folder}.html")
    told = ["--notify", f"cat > {place / f'{name}-{folder}.json'}"]
    where = ["--tracking-uri", uri(place), "--output", output]
    return run(["watch", f"{name}@champion", str(place / folder), *where, *told])


def looks(place: Path, name: str = NAME) -> list[Run]:
    """Newest first."""
    client = MlflowClient(uri(place))
    if (experiment := client.get_experiment_by_name(f"{name} · watch")) is None:
        return []
    return list(client.search_runs([experiment.experiment_id], order_by=["start_time DESC"]))


def newest(place: Path, name: str = NAME) -> Run:
    return looks(place, name)[0]


def test_ordinary_images_tell_nothing_and_the_run_keeps_what_was_found(
    registered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watched(registered, "fresh") == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert line.startswith(f"{NAME} version 1 on 75 new images: no change told (5 tests together at 1 %);")
    kept = newest(registered)
    assert kept.data.tags["role"] == "watch" and kept.info.status == "FINISHED"
    assert kept.data.params == {"model": NAME, "version": "1", "folder": str(registered / "fresh")}
    what = ("alarms", "scores", "features", "brightness", "sharpness")
    tests = {f"{kind}/{name}" for kind in ("p", "effect") for name in what}
    assert set(kept.data.metrics) == tests | {
        *("images", "known", "unreadable", "alarms", "alarms/reference", "unlike", "drifted")
    }
    assert kept.data.metrics["images"] == 75 and kept.data.metrics["drifted"] == 0
    files = {file.path for file in MlflowClient(uri(registered)).list_artifacts(kept.info.run_id)}
    assert files == {f"{NAME}-fresh.html", f"{NAME}-fresh.csv"}
    assert not (registered / f"{NAME}-fresh.json").exists(), "nobody is told where nothing changed"


def test_the_table_has_every_image_and_those_to_label_first(registered: Path) -> None:
    assert watched(registered, "fresh") == 0
    with (registered / f"{NAME}-fresh.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == 75
    assert [row["next"] for row in rows[:25]] == [*map(str, range(1, 25)), ""]
    page = (registered / f"{NAME}-fresh.html").read_text(encoding="utf-8")
    assert page.count("data:image/") == 24 and "http" not in page.replace("http-equiv", "")


@pytest.mark.parametrize(("folder", "by"), [("dark", "brightness"), ("blurred", "sharpness")])
def test_dark_and_blurred_images_are_told(
    folder: str, by: str, registered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert watched(registered, folder) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "they have changed in" in line and "features" in line and by in line
    assert newest(registered).data.metrics["drifted"] == 1


def test_images_of_the_sweep_are_left_out_and_what_is_no_image_is_named(
    registered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    known = sorted((registered / "shapes").rglob("*.png"))
    (tmp_path / "broken.png").write_bytes(b"no image")
    output = ["--tracking-uri", uri(registered), "--output", str(tmp_path / "look.html")]
    assert run(["watch", f"{NAME}@champion", *map(str, known), *output]) == 2
    assert "path must have images that the model does not know, got 180 images" in capsys.readouterr().err
    paths = [str(registered / "fresh"), str(known[0]), str(tmp_path / "broken.png")]
    assert run(["watch", f"{NAME}/1", *paths, *output]) == 1
    assert "broken.png: not an image" in capsys.readouterr().err
    metrics = newest(registered).data.metrics
    assert (metrics["images"], metrics["known"], metrics["unreadable"]) == (75, 1, 1)


def test_in_folds_scores_do_not_count(registered: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swept(registered, "folded", folds="3", data=f"folder:{registered}/shapes/test")
    assert watched(registered, "dark", "folded") == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "they have changed in features" in line and "brightness" in line and "scores" not in line
    told = json.loads((registered / "folded-dark.json").read_text())
    assert (told["event"], told["model"]) == ("drifted", "folded") and line.startswith(told["line"])
    assert "approximate, not counted" in (registered / "folded-dark.html").read_text(encoding="utf-8")


def test_a_network_on_pixels_is_watched_by_scores_and_looks(
    registered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    swept(registered, "pixels", recipe="sound", epochs="2")
    assert watched(registered, "dark", "pixels") == 0
    assert "brightness" in capsys.readouterr().out.splitlines()[-1]
    assert "p/features" not in newest(registered, "pixels").data.metrics


def test_a_camera_that_went_dark_is_told_apart_by_a_list_of_new_images(
    registered: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    test, columns = registered / "shapes" / "test", "path,label,slice_camera"
    old = [f"{file},{file.parent.name},{number % 2}" for number, file in enumerate(sorted(test.rglob("*.png")))]
    train = [f"{file},{file.parent.name}," for file in sorted((registered / "shapes" / "train").rglob("*.png"))]
    rows = [*(f"{row},test" for row in old), *(f"{row},train" for row in train)]
    (registered / "list.csv").write_text("\n".join([f"{columns},split", *rows]).replace(f"{registered}/", ""))
    swept(registered, "cameras", data=f"csv:{registered}/list.csv")
    # Every third new image is of camera 1, which went dark, and the last of one that the sweep does not know.
    names = [f"{number:03}.png" for number in range(75)]
    new = [
        f"{'dark' if number % 3 == 0 else 'fresh'}/{name},{int(number % 3 == 0)}" for number, name in enumerate(names)
    ]
    (registered / "new.csv").write_text("\n".join(["path,slice_camera", *new[:-1], f"{new[-1][:-1]}9"]))
    page, where = registered / "cameras.html", ["--tracking-uri", uri(registered)]
    assert run(["watch", "cameras@champion", str(registered / "new.csv"), *where, "--output", str(page)]) == 0
    line = capsys.readouterr().out.splitlines()[-1]
    assert "of camera 1" in line and "camera 0" not in line
    said = page.read_text(encoding="utf-8")
    assert "each part of the images by itself" in said and "camera 9 (1 new image, 0 of test)" in said
    assert {"alarms/camera 0", "alarms/camera 1"} <= set(newest(registered, "cameras").data.metrics)


@pytest.mark.parametrize(
    ("named", "line"),
    [
        ("best", "model must be registered, such as parts-inspector@champion, got 'best'"),
        ("nobody@champion", "run must name a model that is registered in "),
    ],
)
def test_what_is_no_registered_model_is_refused(
    named: str, line: str, registered: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output = ["--tracking-uri", uri(registered), "--output", str(registered / "none.html")]
    assert run(["watch", named, str(registered / "fresh"), *output]) == 2
    assert line in capsys.readouterr().err


def test_a_schedule_looks_again_and_again_and_a_look_that_tells_a_change_ends_as_drifted(
    registered: Path, scheduling_server: str, tmp_path: Path
) -> None:
    (new := tmp_path / "new").mkdir()
    given = ("watch", f"{NAME}@champion", str(new), "--tracking-uri", uri(registered), "--interval", "1d")
    deployed, before = Deployed(scheduling_server, NAME, "watch"), len(looks(registered))
    with schedule(tmp_path, scheduling_server, "--notify", f"cat > {tmp_path}/told.json", given=given):
        [waits] = deployed.ended(1, "COMPLETED", deployed.ask())
        assert waits.state is not None and "got none in" in str(waits.state.message)
        assert len(looks(registered)) == before, "a look at nothing is no run"
        shutil.copytree(registered / "fresh", new, dirs_exist_ok=True)
        [quiet] = deployed.ended(1, "COMPLETED", deployed.ask())
        shutil.copytree(registered / "dark", new, dirs_exist_ok=True)
        [told] = deployed.ended(1, "COMPLETED", deployed.ask())
    assert quiet.state is not None and told.state is not None
    assert (quiet.state.name, told.state.name) == ("Completed", "Drifted")
    assert "they have changed in" in str(told.state.message) and "brightness" in str(told.state.message)
    assert json.loads((tmp_path / "told.json").read_text())["event"] == "drifted"
    assert (tmp_path / "watch.html").exists() and newest(registered).data.metrics["drifted"] == 1
    assert quiet.name == f"watch {NAME}@champion"


@pytest.mark.parametrize(
    ("options", "line"),
    [
        (["--cron", "at three"], "cron must be minute, hour, day, month and day of the week"),
        (
            ["--timezone", "Europe/Berlin"],
            'schedule must have either --cron "0 3 * * *" or --interval 3600, got neither',
        ),
        (["--interval", "1d"], "run must name a model that is registered in "),
    ],
)
def test_what_no_schedule_can_look_at_is_refused_at_once(
    options: list[str], line: str, registered: Path, scheduling_server: str, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--tracking-uri", uri(registered), "--output", str(registered / "never.html")]
    with temporary_settings({PREFECT_API_URL: scheduling_server}):
        assert run(["watch", "nobody@champion", str(registered / "fresh"), *where, *options]) == 2
    assert line in capsys.readouterr().err
