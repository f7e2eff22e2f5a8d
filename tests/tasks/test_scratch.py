"""Folders for a while, of processes that live, end and are killed."""

import signal
import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

from steelyard.tasks import scratch

OTHER = """
import tempfile, sys, time
from steelyard.tasks import interrupt, scratch
interrupt.listen()
tempfile.tempdir = sys.argv[1]
with scratch.folder() as folder:
    (folder / "file").touch()
    print(folder, flush=True)
    time.sleep(600)
"""


@pytest.mark.parametrize(("ending", "left"), [(signal.SIGKILL, 1), (signal.SIGTERM, 0)])
def test_a_folder_goes_with_its_process_or_else_with_the_next_one_and_not_before(
    ending: signal.Signals, left: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    with subprocess.Popen([sys.executable, "-c", OTHER, str(tmp_path)], stdout=subprocess.PIPE, text=True) as other:
        assert other.stdout is not None
        folder = Path(other.stdout.readline().strip())
        with scratch.folder():
            assert (folder / "file").exists()
        other.send_signal(ending)
    assert len([*tmp_path.iterdir()]) == left
    with scratch.folder() as own:
        assert [*tmp_path.iterdir()] == [own.parent] and not [*own.iterdir()]
    assert not [*tmp_path.iterdir()]
