"""Files of a store that are damaged: one line, and whatever was trained from them is trained again."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from steelyard.flows.__main__ import run

Sweep = Callable[..., tuple[int, dict[str, Any]]]


@pytest.fixture(scope="module")
def swept(sweep_in: Callable[[Path], Sweep], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a store of one sweep."""
    folder = tmp_path_factory.mktemp("swept")
    assert sweep_in(folder)()[0] == 0
    return folder


@pytest.fixture
def artifacts(swept: Path) -> Path:
    """The files of that sweep, of which some may be damaged: they are put back."""
    kept, files = swept / "kept", swept / "mlartifacts"
    if not kept.exists():
        shutil.copytree(files, kept)
    shutil.rmtree(files)
    shutil.copytree(kept, files)
    return files


DAMAGES: dict[str, Callable[[bytes], bytes]] = {
    "cut": lambda content: content[: len(content) // 2],
    "noise": lambda content: bytes(reversed(range(256))) * (len(content) // 256 + 1),
    "pickle": lambda _: b"cos\nsystem\n(S'true'\ntR.",
    "empty": lambda _: b"",
}
REFUSED = [
    (["predict", "best", "pets/cat/0.png"], ["weights.pt", "MLmodel", "comparison.json"]),
    (["report"], ["comparison.json", "*.parquet"]),
]


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
@pytest.mark.parametrize(("command", "names"), REFUSED, ids=["predict", "report"])
def test_what_is_damaged_is_one_line(
    command: list[str],
    names: list[str],
    how: str,
    swept: Path,
    artifacts: Path,
    pets: Path,
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
) -> None:
    monkeypatch.chdir(pets.parent)
    for name in names:
        found = {file: file.read_bytes() for file in artifacts.rglob(name)}
        for file, content in found.items():
            file.write_bytes(DAMAGES[how](content))
        code = run([*command, "--tracking-uri", f"sqlite:///{swept}/mlflow.db", "--output", str(pets / "out")])
        said = capsys.readouterr().err
        lines = [line for line in said.splitlines() if " WARNING mlflow" not in line]
        for file, content in found.items():
            file.write_bytes(content)
        if found:
            assert (code, len(lines)) == (2, 1), (name, said)
            assert lines[0].startswith("steelyard: ") and lines[0].isprintable()


@pytest.mark.slow
@pytest.mark.parametrize("how", DAMAGES)
def test_a_trial_whose_files_are_damaged_is_trained_again(
    how: str, swept: Path, artifacts: Path, sweep_in: Callable[[Path], Sweep]
) -> None:
    for name in ("scores.parquet", "weights.pt"):
        for file in artifacts.rglob(name):
            file.write_bytes(DAMAGES[how](file.read_bytes()))
    code, again = sweep_in(swept)()
    assert code == 0
    assert not any(trial["reused_from"] for trial in again["trials"])
