"""Steelyard called from Python: a script without a guard, a real kernel, and the command line's own sentences."""

import inspect
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import hostile
import kept_classes
import numpy as np
import patience
import processes
import pytest
from PIL import Image
from reading import Reading

import steelyard as sy
from steelyard.flows.__main__ import run
from steelyard.flows.python_options import FIELDS, Options, asked
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.objective import Objective
from steelyard.tasks.report.page import notebook_card

Process = Callable[..., "subprocess.Popen[str]"]

SMALL = {"positive": "bright", "size": 8, "recipe": "sound", "epochs": 2, "seeds": [1], "weights": [0.8]}

SCRIPT = """
print("main", flush=True)
import json, os, signal, sys, threading
import steelyard as sy
early = sorted({"torch", "pandas", "mlflow", "prefect", "numpy"} & set(sys.modules))
handlers = [signal.getsignal(of) for of in (signal.SIGINT, signal.SIGTERM)]
small = json.loads(sys.argv[1])
found, again = sy.sweep(**small), []
thread = threading.Thread(target=lambda: again.append(sy.sweep(**small, progress=False)))
thread.start()
thread.join()
sy.predict(found, ["images"]).to_csv("frame.csv", index=False)
found.report("own.html")
json.dump({
    "early": early,
    "restored": handlers == [signal.getsignal(of) for of in (signal.SIGINT, signal.SIGTERM)],
    "verdict": found.verdict,
    "best": found.best["cell"],
    "again": again[0].trials["reused_from"].tolist(),
    "trials": found.trials["run_id"].tolist(),
    "page": str(sy.report(again[0], other=found, output="two.html")),
}, open("told.json", "w"))
"""

NOTEBOOK = """
import steelyard as sy
found = sy.sweep(**{small})
found
"""

UNBOUND = """
import json, sys
import steelyard as sy
sy.sweep(**json.loads(sys.argv[1]))
"""


@pytest.fixture
def images(tmp_path: Path) -> Path:
    """Grey pictures below ``images``, those of class ``bright`` a little brighter."""
    rng = np.random.default_rng(0)
    for name, lift, number in (("dark", 0, 80), ("bright", 40, 30)):
        (tmp_path / "images" / name).mkdir(parents=True)
        for each in range(number):
            pixels = rng.integers(0, 200, (8, 8), dtype=np.uint8) + np.uint8(lift)
            Image.fromarray(pixels).save(tmp_path / "images" / name / f"{each:03}.png")
    return tmp_path / "images"


@pytest.fixture
def small(images: Path, sqlite_uri: str) -> dict[str, Any]:
    return SMALL | {"data": f"folder:{images}", "tracking_uri": sqlite_uri}


def test_a_script_needs_no_guard_sweeps_twice_and_leaves_no_process(
    process: Process, small: dict[str, Any], images: Path, sqlite_uri: str, tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    (tmp_path / "script.py").write_text(SCRIPT)
    (images / "broken.png").write_text("no image")
    running = process("script.py", json.dumps(small | {"skip_unusable": True}), PREFECT_API_URL="")
    out, err = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == 0, err
    assert out == "main\n", "no other process ran the script"
    assert "\x1b" not in err and "UserWarning: 1 unreadable, without a row" in err and "broken.png (not an im" in err
    told = json.loads((tmp_path / "told.json").read_text())
    patience.wait_for(lambda: not processes.of_session(running.pid))
    assert told["early"] == [] and told["restored"] and told["verdict"].startswith("Recommended for recall @ precis")
    assert told["best"] in ("none", "weights 0.8") and told["again"] == told["trials"], "nothing was trained again"
    assert (tmp_path / "own.html").exists() and "Earlier: Run" in (tmp_path / told["page"]).read_text()
    csv = tmp_path / "predictions.csv"
    monkeypatch.chdir(tmp_path)
    assert run(["predict", "best", "images", "--tracking-uri", sqlite_uri, "--output", str(csv)]) == 1
    assert (tmp_path / "frame.csv").read_text() == csv.read_text().replace("\r\n", "\n")


@pytest.mark.faults
def test_ctrl_c_ends_a_script_soon_and_a_run_says_so(process: Process, small: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(UNBOUND)
    running = process("script.py", json.dumps(small | {"epochs": 10_000}))
    patience.wait_for(lambda: bool(processes.workers(running.pid)) or running.poll() is not None)
    os.killpg(running.pid, signal.SIGINT)
    _, err = running.communicate(timeout=patience.SECONDS)
    assert running.returncode == -signal.SIGINT, err
    assert err.count("interrupted; ending the running trials") == 1
    assert err.splitlines()[-1] == "KeyboardInterrupt" and "prefect" not in err.partition("Traceback")[2]
    patience.wait_for(lambda: not processes.of_session(running.pid))


def test_a_kernel_shows_progress_in_one_place_and_the_answer_with_its_picture(
    prefect_server: str, small: dict[str, Any], tmp_path: Path
) -> None:
    cell = {"cell_type": "code", "id": "a", "metadata": {}, "outputs": [], "execution_count": None}
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python", "language": "python"}}
    book = {"cells": [cell | {"source": NOTEBOOK.format(small=small)}], "metadata": kernel}
    (tmp_path / "book.ipynb").write_text(json.dumps(book | {"nbformat": 4, "nbformat_minor": 5}))
    command = [sys.executable, "-m", "jupyter_core.command", "execute", "--inplace", "book.ipynb"]
    environment = os.environ | {"PREFECT_API_URL": prefect_server, "IPYTHONDIR": str(tmp_path / "ipython")}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    [ran] = json.loads((tmp_path / "book.ipynb").read_text())["cells"]
    shown, found = ran["outputs"]
    assert (shown["output_type"], found["output_type"]) == ("display_data", "execute_result"), "and nothing else"
    assert "".join(shown["data"]["text/plain"]).startswith("2 of 2 trials ended in ")
    said = "".join(found["data"]["text/plain"]).splitlines()
    assert len(said) == 5 and ": precision >= 0.7 " in said[0] and said[4].startswith("2 cells, 2 trials; sweep ")
    page = "".join(found["data"]["text/html"])
    assert "of 100 bright" in page and "<img style" in page and not list(Reading(page).problems())


@pytest.mark.parametrize(
    ("options", "given"),
    [
        (["--weights", "1"], {"weights": 1}),
        (["--weights", "0.5,heavy"], {"weights": [0.5, "heavy"]}),
        (["--epochs", "many"], {"epochs": "many"}),
        (["--workers", "0"], {"workers": 0}),
        (["--network", "huge", "--recipe", "sound"], {"network": "huge", "recipe": "sound"}),
        (["--data", "digits", "--positive", "eight"], {"data": "digits", "positive": "eight"}),
        (["--tracking-uri", "folder"], {"tracking_uri": "folder"}),
    ],
)
def test_a_bad_value_is_the_sentence_of_the_command_line(
    options: list[str], given: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    place = {"cache": str(tmp_path / "cache"), "tracking_uri": f"sqlite:///{tmp_path}/mlflow.db"} | given
    where = ["--cache", place["cache"]] + ["--tracking-uri", place["tracking_uri"]] * ("tracking_uri" not in given)
    assert run(["sweep", *where, *options]) == 2
    [line] = [line for line in capsys.readouterr().err.splitlines() if line.startswith("steelyard: ")]
    with pytest.raises(sy.BadInput) as error:
        sy.sweep(**place)
    assert f"steelyard: {error.value}" == line
    assert len(error.traceback) == 2, "the call and what it raised"


def test_a_name_that_is_not_known_is_told_with_the_one_that_was_meant() -> None:
    with pytest.raises(sy.BadInput, match=r"^Unknown option: wieghts. Did you mean weights\?$"):
        sy.sweep(wieghts=0.8)  # type: ignore[call-arg]
    with pytest.raises(AttributeError, match="no attribute 'sweeps'"):
        sy.sweeps  # noqa: B018


def test_every_field_is_a_keyword_and_values_are_as_python_has_them() -> None:
    assert set(Options.__annotations__) == set(FIELDS)
    assert set(inspect.signature(sy.sweep).parameters) == {"progress", *FIELDS}
    assert all(f"    {name}: " in str(sy.sweep.__doc__) for name in FIELDS)
    spec, settings = asked(
        {"weights": np.array([0.5, 0.75]), "seeds": [7], "positive": np.int64(8), "train_counts": {"8": 30, "3": 60}}
        | {"handling": ("downsample", "focal"), "objective": None, "cache": Path("here"), "workers": np.int64(2)}
    )
    assert (spec.weights, spec.seeds, spec.positive, spec.objective) == ("0.5,0.75", "7,", "8", "")
    assert (spec.train_counts, spec.handling) == ("8=30,3=60", "downsample,focal")
    assert (settings.cache, settings.workers) == (Path("here"), 2)


def test_where_every_class_counts_tables_and_card_are_of_all_classes(sqlite_uri: str) -> None:
    asked_for = {"size": 8, "recipe": "sound", "epochs": 1, "seeds": [1], "weights": "power:1", "progress": False}
    found = sy.sweep(data="digits", tracking_uri=sqlite_uri, **asked_for)  # type: ignore[arg-type]
    assert found.cells.iloc[0].equals(found.best) and len(found.cells) == len(found.trials) == 2
    for table, columns in ((found.cells, ["test/recall/mean"]), (found.trials, ["test/recall", "val/roc_auc"])):
        assert all(table[f"operating/{column}"].dtype == float for column in columns if "roc" not in column)
    assert found.trials["val/roc_auc"].dtype == found.trials["operating/threshold"].dtype == float
    assert "digits · 10 classes" in found._repr_html_() and "of 100 images of a class" in found._repr_html_()


def test_trials_that_failed_are_told_and_raise_nothing() -> None:
    name = "<script>alert(1)</script>"
    trial = Outcome(
        trial_id="a", run_id="", cell="none", handling="none", weight_positive=0.5, seed=1, recipe="sound",
        status="FAILED", reason=name,
    )  # fmt: skip
    objective = Objective.parse("recall @ precision >= 0.7")
    found = sy.Found(Comparison.of((trial,), "1", "run", "sqlite:///nowhere.db", "0" * 16, objective))
    assert found.verdict == f"No trial finished: {name}" and found.trials["reason"].tolist() == [name]
    assert found.answer == found.verdict and repr(found).startswith(found.answer)
    assert "1 trial, 1 failed; sweep run" in repr(found) and name not in found._repr_html_()
    with pytest.raises(LookupError, match="No trial finished"):
        _ = found.best
    assert np.isnan(found.cells["operating/test/recall/mean"].iloc[0])


@pytest.mark.parametrize("kind", hostile.NAMES)
def test_a_hostile_name_is_text_in_a_card_and_no_markup(kind: str) -> None:
    name = hostile.NAMES[kind]
    cells = {"none": 0.0, "balanced": 1.0}
    plain, own = (
        [Reading(notebook_card.of(of)) for of in (hostile.called(each), kept_classes.kept(cells, (1,), (each, *"bcd")))]
        for each in ("plain", name)
    )
    for before, after in zip(plain, own, strict=True):
        assert after.skeleton == before.skeleton and not [of for of in after.problems() if "text" not in of]


def test_predictions_of_a_folder_without_images_are_refused(small: dict[str, Any], tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    with pytest.raises(sy.BadInput, match="run must be the id of a trial's or a sweep's run"):
        sy.predict("nothing", tmp_path / "empty", small["tracking_uri"])
    with pytest.raises(sy.BadInput, match="has no sweep that ended"):
        sy.report(tracking_uri=small["tracking_uri"], output=tmp_path / "report.html")
