"""Help, options and the form in Prefect's UI say the same and cost little."""

import json
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
from steelyard.models.spec.sweep import Sweep as Spec
from steelyard.tasks.settings import Settings


def test_help_imports_neither_torch_nor_mlflow_nor_prefect() -> None:
    script = "import sys; from steelyard.flows.__main__ import run; run(['sweep', '--help']); "
    script += "print(sorted({'torch', 'mlflow', 'prefect', 'sklearn', 'matplotlib', 'pandas'} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip().endswith("[]")


@pytest.mark.parametrize(
    ("room", "unneeded"),
    [
        ("steelyard.tasks.predict", ("prefect", "sklearn", "scipy.stats", "matplotlib", "plotly", "jinja2")),
        ("steelyard.flows.command", ("sklearn", "scipy.stats", "prefect.server.api.server")),
    ],
)
def test_commands_import_nothing_heavy_that_they_do_not_need(room: str, unneeded: tuple[str, ...]) -> None:
    script = f"import sys, {room}; print(sorted({set(unneeded)!r} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


@pytest.mark.parametrize("kind", [Spec, Settings])
def test_every_field_is_an_option_and_a_field_of_the_form_with_the_same_help(
    kind: type[Any], capsys: pytest.CaptureFixture[str]
) -> None:
    run(["sweep", "--help"])
    shown = " ".join(capsys.readouterr().out.replace("│", " ").split())
    form = flow.parameters.definitions[kind.__name__]["properties"]
    assert set(form) == set(kind.model_fields)
    for name, field in kind.model_fields.items():
        assert f"--{name.replace('_', '-')}" in shown
        assert form[name]["description"] == field.description
        assert str(field.description).split(".")[0] in shown


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
    assert f"s of training: {trials} trials, " in out
    assert ("s to embed 1,797 images once, then about " in out) == ("features" in recipe)
    assert not list(tmp_path.iterdir())


def test_the_table_fits_80_columns(
    sweep: Callable[..., tuple[int, dict[str, Any]]], capsys: pytest.CaptureFixture[str]
) -> None:
    code, found = sweep()
    assert code == 0
    out = capsys.readouterr().out
    assert all(len(line) <= 80 for line in out.splitlines() if "steelyard ui" not in line and "report" not in line)
    assert "baseline" in out
    assert f"steelyard ui {found['sweep_run_id']}" in out
    assert Path(out.rpartition("Read the report: ")[2].strip()).is_file()
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
