"""A file says what the command line may say; what it cannot say is one line and exit code 2, with nothing done."""

import json
import os
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from cyclopts import CycloptsError
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from mlflow import MlflowClient

from steelyard.flows.__main__ import run
from steelyard.flows.command_line import app
from steelyard.models.names import brief
from steelyard.models.spec.sweep import Sweep as Spec
from steelyard.tasks.settings import Settings

ROOT = Path(__file__).parents[2]
Refused = Callable[..., str]
Write = Callable[..., str]
DIGITS = 'data = "digits"\npositive = 8\nsize = 8\nrecipe = "sound"\nepochs = 2\nseeds = "1,"\nweights = 0.8\n'


@pytest.fixture
def write(tmp_path: Path) -> Write:
    """``write("a.toml", "size = 8")`` gives the path of a new file."""

    def written(name: str, content: str | bytes) -> str:
        (tmp_path / name).write_bytes(content.encode() if isinstance(content, str) else content)
        return str(tmp_path / name)

    return written


def asked(*arguments: str) -> Spec:
    """What a sweep is asked for."""
    _, bound, _ = app.parse_args(["sweep", *arguments], exit_on_error=False, print_error=False)
    spec = bound.arguments.get("spec", Spec())
    assert isinstance(spec, Spec)
    return spec


def test_a_file_says_the_same_as_the_options(write: Write) -> None:
    by_file = asked("--config", write("a.toml", DIGITS))
    assert by_file == Spec(data="digits", positive="8", size=8, recipe="sound", epochs=2, seeds="1,", weights="0.8")
    options = [part for key, value in tomllib.loads(DIGITS).items() for part in (f"--{key}", str(value))]
    assert by_file == asked(*options)


def test_an_option_wins_over_the_file_even_with_its_default(write: Write) -> None:
    file = write("a.toml", DIGITS + "skip_unusable = true\n")
    assert asked("--config", file, "--seeds", "3").seeds == "3" == Spec().seeds
    assert asked("--size", "32", "--config", file).size == 32 == Spec().size
    assert asked("--config", file, "--epochs", "5", "--weights", "").model_dump() == asked(
        "--config", file
    ).model_dump() | {"epochs": 5, "weights": ""}
    assert asked("--config", file).skip_unusable
    assert not asked("--config", file, "--skip-unusable=false").skip_unusable


def test_file_and_options_are_judged_together(write: Write) -> None:
    file = write("a.toml", 'recipe = "tutorial"\nweights = 1\nnegative = "8"\n')
    assert asked("--config", file, "--softmax-twice=false").softmax_twice is False
    assert asked("--config", write("b.toml", "weights = 1"), "--recipe", "tutorial").weights == "1"
    assert run(["sweep", "--config", file, "--positive", "8"]) == 2


@pytest.mark.parametrize("spec", [Spec(), Spec(recipe="tutorial", fixed_pool=False, imbalance=0.25, weights="0.7,1")])
@pytest.mark.parametrize("name", ["spec.json", "SPEC.JSON", "dashes.json"])
def test_a_spec_that_was_written_is_read_again(spec: Spec, name: str, write: Write) -> None:
    text = spec.model_dump_json(indent=2)
    keys = [key for key in Spec.model_fields if "_" in key]
    for key in keys if name == "dashes.json" else []:
        text = text.replace(f'"{key}"', f'"{key.replace("_", "-")}"')
    assert asked("--config", write(name, text)) == spec


MEANT: dict[str, tuple[str, Any]] = {
    "seeds = 3": ("seeds", "3"),
    "seeds = [7]": ("seeds", "7,"),
    "seeds = ['7']": ("seeds", "7,"),
    "seeds = [1, 5]": ("seeds", "1,5"),
    "positive = 8": ("positive", "8"),
    "weights = [0.7, 0.8]": ("weights", "0.7,0.8"),
    "weights = []": ("weights", ""),
    "handling = ['focal:gamma=2', 'downsample']": ("handling", "focal:gamma=2,downsample"),
    "train_counts = ['cat=4', 'dog=1']": ("train_counts", "cat=4,dog=1"),
    "train-counts = 'cat=4'": ("train_counts", "cat=4"),
    "imbalance = 0": ("imbalance", 0),
    "recipe = ['features', 'sound']": ("recipe", "features,sound"),
    "recipe = 'sound'\nlearning_rate = 1e-3": ("learning_rate", 0.001),
    "data = 'folder:a b/c'": ("data", "folder:a b/c"),
    "positive = '--force'": ("positive", "--force"),
    "positive = '{\"a\": 1}'": ("positive", '{"a": 1}'),
    "\ufeffsize = 16": ("size", 16),
    "": ("size", 32),
    "# nothing": ("size", 32),
}
"""What a file says, and which field it means."""


@pytest.mark.parametrize("text", MEANT)
def test_numbers_and_lists_are_taken_as_they_are_meant(text: str, write: Write) -> None:
    field, value = MEANT[text]
    assert getattr(asked("--config", write("a.toml", text)), field) == value


TOML: dict[str, str] = {
    "postive = 8": "no key 'postive' in a sweep's spec; did you mean positive?",
    "Size = 8": "no key 'Size' in a sweep's spec; did you mean size?",
    "train-count = 'a=1'": "no key 'train_count' in a sweep's spec; did you mean train_counts?",
    "qqqqqq = 1": "no key 'qqqqqq' in a sweep's spec; it has data, class_names, images_root, labels, ",
    "'a\\nb' = 1": "no key ",
    '"\\u001b[31m" = 1': "no key '\\x1b[31m' in a sweep's spec; ",
    f"{'k' * 5000} = 1": "no key 'kkkk",
    "tracking-uri = 'x'": "tracking_uri is a setting and not part of a sweep's spec; give it as --tracking-uri",
    "config = 'b.toml'": "no key 'config' in a sweep's spec; ",
    "train_counts = 'a=1'\ntrain-counts = 'a=1'": "must have each key once, got train_counts more than once; keep one",
    "size = 8\nsize = 9\n": "Cannot overwrite a value (at line 2, column 9)",
    "size = 'big'": "size must be a valid integer, got 'big'",
    "size = '32'": "size must be a valid integer, got '32'",
    "size = 8.5": "size must be a valid integer, got '8.5'",
    "size = [8]": "size must be a valid integer, got '[8]'",
    "[sweep]\nsize = 8": "no key 'sweep' in a sweep's spec; ",
    "[size]\na = 1": "size must be a valid integer, got \"{'a': 1}\"",
    "[[weights]]\na = 1": "weights must be a valid string, got \"[{'a': 1}]\"",
    "size = 2020-01-01": "size must be a valid integer, got '2020-01-01'",
    "skip_unusable = 1": "skip-unusable must be a valid boolean, got '1'",
    "size = 4": "size must be greater than or equal to 8, got '4'",
    "positive = true\nsize = true": "size must be a valid integer, got 'True'; positive must be a valid string, got ",
    "weights = [0.7, true]": "weights must be a valid string, got '[0.7, True]'",
    "handling = ['a,b']": "handling must have no comma within an item, got a,b; write it as one text",
    "seeds = []": "seeds must be a count like 3 or a list like 1,5,9 (or 7, for only 7), got ''",
    "imbalance = nan": "imbalance must be less than 1, got 'nan'",
    f"epochs = 0x{'f' * 5000}": "epochs cannot be used (Exceeds the limit",
    f"epochs = {'9' * 5000}": "Exceeds the limit",
    f"seeds = '{'9' * 5000}'": "seeds cannot be used (Exceeds the limit",
    "weights = 0": "weights must lie strictly between 0 and 1, got 0; the negative class gets the rest",
    "size 8": "Expected '=' after a key in a key/value pair (at line 1, column 6)",
    "size = 8 \0": "Expected newline or end of document after a statement (at line 1, column 10)",
    f"size = {'{a=' * 300}1{'}' * 300}": "size must be a valid integer, got ",
    f"weights = {'[' * 90_000}": "maximum recursion depth exceeded",
}
"""A TOML file, and how the line begins after its name."""

JSON: dict[str, str] = {
    '{"size": 8, "size": 9}': "must have each key once, got size more than once; keep one",
    '{"size": {"size": 8, "size": 9}}': "must have each key once, got size more than once; keep one",
    '{"imbalance": NaN}': "imbalance must be less than 1, got 'nan'",
    '{"imbalance": 1e999}': "imbalance must be less than 1, got 'inf'",
    '{"positive": null}': "positive must be a valid string, got 'None'",
    '{"size": null}': "size must be a valid integer, got 'None'",
    '{"positive": "\\ud800"}': "positive cannot be used ('utf-8' codec can't encode character '\\ud800'",
    '{"\\ud800": 1}': "no key '\\ud800' in a sweep's spec; ",
    '{"data": "csv:a\\u0000b", "epochs": "x"}': "epochs must be a valid integer, got 'x'",
    "[]": "must be an object of keys and values, got []",
    "null": "must be an object of keys and values, got None",
    "": "Expecting value: line 1 column 1 (char 0)",
    '{"size":\n 8': "Expecting ',' delimiter: line 2 column 3 (char 11)",
    '{"positive": "a\nb"}': "Invalid control character at: line 1 column 16 (char 15)",
    '{"size": 8}\0': "Extra data: line 1 column 12 (char 11)",
    "[" * 90_000: "maximum recursion depth exceeded",
}
"""A JSON file, and how the line begins after its name."""

BAD = [(f"bad.{kind}", text, line) for kind, texts in (("toml", TOML), ("json", JSON)) for text, line in texts.items()]


@pytest.mark.parametrize(("name", "text", "line"), BAD, ids=[f"{name} {text[:30]!r}" for name, text, _ in BAD])
def test_what_a_file_cannot_say_is_refused(name: str, text: str, line: str, write: Write, refused: Refused) -> None:
    file = write(name, text)
    said = refused(["--config", file], "--data", "digits", "--positive", "8")
    assert said.startswith(f"config {file}: {line}")
    assert len(said) < 1000


NO_FILE = "must be a file that exists, of at most 100,000 bytes; check the path"
FILES: dict[str, tuple[Callable[[Path], Any], str]] = {
    "none.toml": (lambda path: None, NO_FILE),
    "folder.json": (lambda path: path.mkdir(), NO_FILE),
    "pipe.toml": (os.mkfifo, NO_FILE),
    "device.toml": (lambda path: path.symlink_to("/dev/zero"), NO_FILE),
    "large.toml": (lambda path: (path.touch(), os.truncate(path, 100_000_000)), NO_FILE),
    "a.yaml": (lambda path: path.touch(), "the name must end in .toml or .json, got 'a.yaml'; rename it"),
    ".toml": (lambda path: path.touch(), "the name must end in .toml or .json, got '.toml'; rename it"),
    "latin.toml": (lambda path: path.write_bytes(b"positive = 'gro\xdf'"), "'utf-8' codec can't decode byte 0xdf in "),
    "utf16.json": (lambda path: path.write_text("{}", "utf-16"), "'utf-8' codec can't decode byte 0xff in position 0"),
    f"{'a' * 300}.toml": (lambda path: None, "File name too long"),
}
"""What is at the path, and how the line begins after it."""


@pytest.mark.parametrize("name", FILES)
def test_a_file_that_cannot_be_read_is_refused(name: str, tmp_path: Path, refused: Refused) -> None:
    make, line = FILES[name]
    make(tmp_path / name)
    assert refused(["--config", str(tmp_path / name)]).startswith(brief(f"config {tmp_path / name}: {line}"))


def test_a_key_of_very_many_parts_is_refused_within_seconds(tmp_path: Path, refused: Refused) -> None:
    file, start = tmp_path / "long.toml", time.process_time()
    file.write_text(f"size.{'.'.join('a' * 49_000)} = 1")
    assert "must not nest so deep" in refused(["--config", str(file)])
    file.write_text(f"size = '{'a' * 99_000}'")
    assert "size must be a valid integer" in refused(["--config", str(file)])
    assert time.process_time() - start < 10, "a second of one core"


def test_no_name_of_a_file_is_refused(refused: Refused) -> None:
    assert refused(["--config", ""]).startswith("config .: the name must end in .toml or .json, got ''; rename it")


values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(), lambda inner: st.lists(inner, max_size=3)
)


keys = st.sampled_from([*Spec.model_fields, *Settings.model_fields]) | st.text()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(found=st.dictionaries(keys, values, max_size=4))
def test_anything_in_a_file_is_a_spec_or_one_line(
    found: dict[str, Any], write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("any.json", json.dumps(found))
    try:
        asked("--config", file)
    except (ValueError, CycloptsError):
        assert run(["sweep", "--config", file, "--dry-run"]) == 2
        (line,) = capsys.readouterr().err.splitlines()
        assert line.startswith("steelyard: ")
        assert line.isprintable()


def test_a_file_of_before_this_default_is_told_which_it_is(write: Write, refused: Refused) -> None:
    for text, field in (("epochs = 2", "epochs"), ("network = 'plain'", "network")):
        said = refused(["--config", write("a.toml", f'data = "digits"\npositive = 8\n{text}')])
        assert said.startswith(f"{field} must be left out in recipe features, the default now, ")
        assert 'give --recipe sound (in a file recipe = "sound")' in said


@pytest.mark.parametrize(("recipe", "told"), [("", 1), ('recipe = "features"', 0), ('recipe = "features,sound"', 0)])
def test_a_file_without_a_recipe_is_told_once_which_is_the_default(
    recipe: str, told: int, write: Write, capsys: pytest.CaptureFixture[str]
) -> None:
    file = write("a.toml", f"data = 'digits'\npositive = 8\nsize = 8\nbackbone_size = 32\nviews = 1\n{recipe}")
    assert run(["sweep", "--dry-run", "--seeds", "1,", "--config", file]) == 0
    said = " ".join(capsys.readouterr().err.split())
    assert said.count("names no recipe: the default is features now, and was sound before") == told


def test_a_file_is_for_the_dry_run_too(write: Write, capsys: pytest.CaptureFixture[str]) -> None:
    assert run(["sweep", "--dry-run", "--config", write("a.toml", DIGITS), "--seeds", "2"]) == 0
    assert "2 cells x 2 seeds = 4 trials" in capsys.readouterr().out


def test_the_spec_that_a_sweep_kept_runs_it_again_and_trains_nothing(
    write: Write, sqlite_uri: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    output, store = tmp_path / "out.json", ["--tracking-uri", sqlite_uri]
    assert run(["sweep", "--config", write("a.toml", DIGITS), "--json", str(output), *store]) == 0
    first = json.loads(output.read_text())
    command = [sys.executable, "-m", "mlflow", "artifacts", "download", "-r", first["sweep_run_id"], "-a", "spec.json"]
    environment = os.environ | {"MLFLOW_TRACKING_URI": sqlite_uri}
    subprocess.run([*command, "-d", str(tmp_path)], env=environment, check=True, capture_output=True)
    assert run(["sweep", "--config", str(tmp_path / "spec.json"), "--json", str(output), *store]) == 0
    again = json.loads(output.read_text())
    assert [trial["trial_id"] for trial in again["trials"]] == [trial["trial_id"] for trial in first["trials"]]
    assert all(trial["reused_from"] for trial in again["trials"])
    kept = [MlflowClient(sqlite_uri).get_run(found["sweep_run_id"]).data.params for found in (first, again)]
    assert kept[0] == kept[1]


def test_mlflow_run_passes_the_file_on(
    write: Write, process: Callable[..., subprocess.Popen[str]], sqlite_uri: str
) -> None:
    file = write("a.toml", "postive = 8")
    options = ["-m", "mlflow", "run", str(ROOT), "--env-manager", "local", "-P", f"config={file}"]
    running = process(*options, MLFLOW_TRACKING_URI=sqlite_uri)
    _, err = running.communicate(timeout=120)
    assert running.returncode != 0
    assert f"steelyard: config {file}: no key 'postive'" in err
    assert "Traceback" not in err
