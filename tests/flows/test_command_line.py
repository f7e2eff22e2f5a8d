"""Help, options and the form in Prefect's UI say the same and cost little."""

import json
import os
import re
import subprocess
import sys
from collections.abc import Callable
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest

from steelyard.flows.__main__ import run
from steelyard.flows.command_line import app
from steelyard.flows.sweep import sweep as flow
from steelyard.models.spec.groups import ELSE, GROUPS, OF_QUIRKS, QUIRKS
from steelyard.models.spec.sweep import Sweep as Spec
from steelyard.tasks.settings import Resources, Settings, Stored


def test_help_imports_neither_torch_nor_mlflow_nor_prefect() -> None:
    script = "import sys; from steelyard.flows.__main__ import run; run(['sweep', '--help']); "
    script += "print(sorted({'torch', 'mlflow', 'prefect', 'sklearn', 'matplotlib', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize(
    ("room", "unneeded"),
    [
        ("steelyard.tasks.predict", ("prefect", "sklearn", "scipy.stats", "matplotlib", "jinja2")),
        (
            "steelyard.tasks.export",
            ("prefect", "sklearn", "scipy.stats", "matplotlib", "jinja2", "onnx", "onnxruntime"),
        ),
        ("steelyard.tasks.watch", ("prefect", "sklearn", "scipy.stats", "matplotlib")),
        ("steelyard.flows.command", ("sklearn", "scipy.stats", "prefect.server.api.server")),
    ],
)
def test_commands_import_nothing_heavy_that_they_do_not_need(room: str, unneeded: tuple[str, ...]) -> None:
    script = f"import sys, {room}; print(sorted({set(unneeded)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.fixture
def help_of(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Callable[[str], dict[str, str]]:
    """``help_of("sweep")``: title of each panel of a command's help, and the words in it."""
    monkeypatch.setenv("COLUMNS", "80")

    def shown(command: str) -> dict[str, str]:
        run([command, "--help"])
        out = capsys.readouterr().out
        assert all(len(line) <= 80 for line in out.splitlines())
        panels = re.split(r"╭─ (.*?) ─+╮", out)[1:]
        words = (" ".join(text.replace("│", " ").split()) for text in panels[1::2])
        return dict(zip(panels[::2], words, strict=True))

    return shown


def test_options_are_in_groups_with_the_tutorials_quirks_last(help_of: Callable[[str], dict[str, str]]) -> None:
    panels = help_of("sweep")
    assert list(panels) == list(GROUPS)
    for title, fields in GROUPS.items():
        places = [panels[title].index(f"--{field.replace('_', '-')} ") for field in fields]
        assert places == sorted(places)
    assert all(f"--{field.replace('_', '-')}" in panels[ELSE] for field in (*Settings.model_fields, "dry-run", "json"))
    assert list(help_of("schedule")) == ["When", *GROUPS]
    without = ("Wanted", "Grid", "Train, val and test", OF_QUIRKS)
    assert list(help_of("images")) == ["Arguments", *(title for title in GROUPS if title not in without)]


@pytest.mark.parametrize(("command", "kind"), [("images", Resources), ("tutorial", Stored)])
def test_what_trains_or_registers_nothing_has_no_option_for_it(
    command: str, kind: type[Resources], help_of: Callable[[str], dict[str, str]]
) -> None:
    words = " ".join(help_of(command).values())
    assert {name for name in Settings.model_fields if f"--{name.replace('_', '-')} " in words} == set(kind.model_fields)


@pytest.mark.parametrize("command", ["sweep", "images"])
def test_every_option_of_a_sweep_says_its_default(command: str, help_of: Callable[[str], dict[str, str]]) -> None:
    for title, words in help_of(command).items():
        options = [part for part in re.split(r"(?=--[a-z-]+ (?:[A-Z]+ )?[A-Z])", words) if part.startswith("--")]
        assert title == "Arguments" or options
        assert [option for option in options if "[default: " not in option] == []


@pytest.mark.parametrize("kind", [Spec, Settings])
def test_every_field_is_an_option_and_but_for_quirks_a_field_of_the_form_with_the_same_help(
    kind: type[Any], help_of: Callable[[str], dict[str, str]]
) -> None:
    shown = " ".join(help_of("sweep").values())
    form = flow.parameters.definitions[kind.__name__]["properties"]
    assert set(form) == set(kind.model_fields) - set(QUIRKS)
    for name, field in kind.model_fields.items():
        assert f"--{name.replace('_', '-')}" in shown
        assert str(field.description).split(".")[0] in shown
        if name in form:
            assert form[name]["description"] == field.description


def test_without_a_command_it_says_what_to_do_first(capsys: pytest.CaptureFixture[str]) -> None:
    assert run([]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 12 and all(len(line) <= 80 for line in lines)
    commands = [line.split()[1] for line in lines if line.startswith("  steelyard")]
    assert commands == ["images", "sweep", "show", "report", "predict"] and set(commands) <= set(app)
    assert "All commands: steelyard --help" in lines


def test_tab_completes_commands_and_options_in_bash_once_one_command_was_given(tmp_path: Path) -> None:
    home = os.environ | {"HOME": str(tmp_path)}
    command = [sys.executable, "-m", "steelyard", "--install-completion", "--shell", "bash"]
    subprocess.run(command, env=home, check=True, capture_output=True)

    def completed(*words: str) -> list[str]:
        line = f"COMP_WORDS=(steelyard {' '.join(words)}); COMP_CWORD={len(words)}; COMP_LINE='steelyard'; "
        ask = "$(complete -p steelyard | sed 's/.*-F \\([^ ]*\\).*/\\1/'); printf '%s\\n' \"${COMPREPLY[@]}\""
        bash = ["bash", "--norc", "-c", f". {tmp_path}/.bashrc; {line}{ask}"]
        return subprocess.run(bash, env=home, check=True, capture_output=True, text=True).stdout.split()

    assert completed("swe") == ["sweep"]
    assert completed("sweep", "--obj") == ["--objective"]
    assert set(completed("sweep", "--fit", "''")) == {"pad", "crop", "stretch"}


def test_the_form_is_flat_below_its_two_groups() -> None:
    assert set(flow.parameters.properties) == {"spec", "settings"}
    assert set(flow.parameters.definitions) == {"Sweep", "Settings"}


def test_version_is_the_packages(capsys: pytest.CaptureFixture[str]) -> None:
    run(["--version"])
    run(["sweep", "--version"])
    assert capsys.readouterr().out.split() == [version("steelyard")] * 2


@pytest.mark.parametrize(
    ("recipe", "grid", "trials"),
    [
        ("sound", "4 cells x 3 seeds = 12 trials", 12),
        ("features", "4 cells x 5 folds x 1 seed = 20 trials", 20),
        ("features,sound", "8 cells, 16 trials", 16),
    ],
)
def test_a_dry_run_prints_plan_and_cost_and_touches_no_store(
    recipe: str, grid: str, trials: int, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    options = ["--positive", "8", "--recipe", recipe, "--backbone-size", "32"]
    uri = f"sqlite:///{tmp_path}/mlflow.db"
    assert run(["sweep", "--data", "digits", *options, "--dry-run", "--tracking-uri", uri]) == 0
    out = capsys.readouterr().out
    assert grid in out
    assert f"s of training: {trials} trials, " in " ".join(out.split())
    assert ("s to embed 1,797 images once, then about " in out) == ("features" in recipe)
    assert not list(tmp_path.iterdir())


def test_the_end_fits_25_lines_of_80_columns(
    sweep: Callable[..., tuple[int, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = sweep()
    assert code == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) <= 25
    assert all(
        len(line) <= 80
        for line in lines
        if "--tracking-uri" not in line and not line.startswith(("Report: ", "Flow: "))
    )
    assert any(line.startswith("none ") and line.rstrip().endswith("unweighted") for line in lines)
    [report] = [line.removeprefix("Report: ") for line in lines if line.startswith("Report: ")]
    assert Path(report).is_file()
    assert json.dumps(found)


def test_recall_alone_is_allowed_with_a_warning(
    sweep: Callable[..., tuple[int, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, _ = sweep(objective="recall")
    assert code == 0
    assert "won by calling everything positive" in capsys.readouterr().err


def test_app_has_the_commands_of_the_readme() -> None:
    assert {"sweep", "tutorial", "report", "predict", "ui"} <= set(app)


@pytest.mark.parametrize("given", [1, 2])
def test_views_are_a_number_on_the_command_line(given: int) -> None:
    _, bound, _ = app.parse_args(["sweep", "--views", str(given)])
    assert bound.arguments["spec"].views == given
