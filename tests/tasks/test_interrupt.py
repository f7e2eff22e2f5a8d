"""Processes that are ended by real signals, whatever they wait for, and say one line."""

import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from pathlib import Path

import patience
import pytest
from filelock import FileLock

from steelyard.tasks import atomic_files

LISTENING = """
import sys, time, threading, sqlite3
from pathlib import Path
from steelyard.tasks import interrupt
from steelyard.tasks.interrupt import Stage
folder = Path(sys.argv[1])
interrupt.listen()
interrupt.after("go on")
"""
READY = "print('ready', flush=True)\n"
ENDINGS = [(signal.SIGINT, 130, "interrupted"), (signal.SIGTERM, 143, "ended by SIGTERM")]


def ended(script: str, folder: Path, *signals: signal.Signals, pause: float = 0.0) -> tuple[int, float, str]:
    """Exit code, seconds from the first signal and standard error of a script that is sent signals once it is ready."""
    command = [sys.executable, "-c", LISTENING + script, str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        begun = time.monotonic()
        for number in signals:
            process.send_signal(number)
            time.sleep(pause)
        _, said = process.communicate(timeout=patience.SECONDS)
    return process.returncode, time.monotonic() - begun, said


@pytest.mark.parametrize(("number", "code", "word"), ENDINGS)
def test_a_process_that_waits_for_a_locked_database_ends_at_once(
    number: signal.Signals, code: int, word: str, tmp_path: Path
) -> None:
    """SQLite waits in C, where Python's handlers are not called."""
    waiting = "database = sqlite3.connect(folder / 'a.db', timeout=60)\n"
    waiting += READY + "database.execute('BEGIN EXCLUSIVE')"
    with closing(sqlite3.connect(tmp_path / "a.db")) as held:
        held.execute("BEGIN EXCLUSIVE")
        found, seconds, said = ended(waiting, tmp_path, number)
    assert (found, said) == (code, f"steelyard: {word}; go on\n")
    assert seconds < 5


def test_what_hangs_while_it_is_closed_is_left_after_4_s_and_what_comes_later_is_still_closed(tmp_path: Path) -> None:
    script = "interrupt.on_end(Stage.TELL, lambda: time.sleep(60))\n"
    script += "interrupt.on_end(Stage.REMOVE, (folder / 'removed').touch)\n" + READY + "time.sleep(60)"
    code, seconds, said = ended(script, tmp_path, signal.SIGTERM)
    assert (code, said.count("\n")) == (143, 1) and seconds < 5
    assert (tmp_path / "removed").exists()


def test_a_second_signal_ends_it_at_once_and_one_that_comes_with_the_first_does_not(tmp_path: Path) -> None:
    script = "interrupt.on_end(Stage.TELL, lambda: time.sleep(2))\n"
    script += "interrupt.on_end(Stage.REMOVE, (folder / 'removed').touch)\n" + READY + "time.sleep(60)"
    # The system may deliver them in either order.
    assert ended(script, tmp_path, signal.SIGINT, signal.SIGTERM)[0] in (130, 143)
    (tmp_path / "removed").unlink()
    assert ended(script, tmp_path, signal.SIGINT, signal.SIGINT, pause=0.7)[0] == 130
    assert not (tmp_path / "removed").exists()


def test_what_is_not_to_be_divided_is_done_before_stores_are_told_and_nothing_of_the_kind_is_begun_then(
    tmp_path: Path,
) -> None:
    script = """
interrupt.on_end(Stage.TELL, lambda: (folder / "told").write_text(str((folder / "done").exists())))
interrupt.on_end(Stage.REMOVE, lambda: time.sleep(1))
try:
    with interrupt.undivided():
        print("ready", flush=True)
        time.sleep(0.5)
        (folder / "done").touch()
except KeyboardInterrupt:
    try:
        with interrupt.undivided():
            (folder / "begun").touch()
    except interrupt.Stopped:
        (folder / "refused").touch()
time.sleep(60)
"""
    ended(script, tmp_path, signal.SIGINT)
    assert (tmp_path / "told").read_text() == "True"
    assert (tmp_path / "refused").exists() and not (tmp_path / "begun").exists()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_in_a_flow_too_where_prefect_hears_sigterm_itself(number: signal.Signals, tmp_path: Path) -> None:
    script = """
from prefect import State, flow
from prefect.states import Completed
from steelyard.tasks.prefect_view import flow_runs

@flow
def undivided() -> State[None]:
    with interrupt.undivided():
        print("ready", flush=True)
        time.sleep(0.5)
        interrupt.on_end(Stage.TELL, (folder / "closed").touch)
    return Completed()

flow_runs.run(undivided, folder)
"""
    code, _, said = ended(script, tmp_path, number)
    assert code == 128 + number and said.count("steelyard: ") == 1
    assert (tmp_path / "closed").exists()


def test_after_the_signal_nothing_more_is_said_and_what_raises_then_is_no_traceback(tmp_path: Path) -> None:
    script = READY + "try:\n    time.sleep(60)\nfinally:\n    raise ValueError('cut short')"
    _, _, said = ended("interrupt.on_end(Stage.TELL, lambda: time.sleep(0.5))\n" + script, tmp_path, signal.SIGTERM)
    assert said == "steelyard: ended by SIGTERM; go on\n"


def test_a_process_ends_with_its_parent_if_that_was_asked_for(tmp_path: Path) -> None:
    child = LISTENING + "import os\ninterrupt.end_with(str(os.getppid()))\n"
    child += "interrupt.on_end(Stage.REMOVE, (folder / 'removed').touch)\n" + READY + "time.sleep(60)"
    parent = "import subprocess, sys, time\nchild = subprocess.Popen([sys.executable, '-c', *sys.argv[1:]])\n"
    command = [sys.executable, "-c", parent + "time.sleep(60)", child, str(tmp_path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None and process.stdout.readline() == "ready\n"
        process.kill()
        begun = time.monotonic()
        patience.wait_for((tmp_path / "removed").exists)
    assert time.monotonic() - begun < 10


def test_a_folder_goes_though_another_thread_still_writes_into_it(tmp_path: Path) -> None:
    script = "from steelyard.tasks.atomic_files import own_folder\nready = threading.Event()\n"
    script += "def fill(folder):\n    for number in range(10**9):\n        (folder / str(number)).write_text('')\n"
    script += "        number == 2000 and ready.set()\n"
    script += "with own_folder(folder) as own:\n    threading.Thread(target=fill, args=(own,), daemon=True).start()\n"
    script += "    ready.wait()\n    " + READY + "    time.sleep(60)"
    code, _, _ = ended(script, tmp_path, signal.SIGTERM)
    assert code == 143
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]


def test_a_folder_that_is_being_removed_is_left_to_the_process_that_does_so_while_it_lives(tmp_path: Path) -> None:
    (tmp_path / ".building-1.going").mkdir()
    with FileLock(tmp_path / ".building-1.alive"):
        assert atomic_files.leftovers(tmp_path) == []
    assert [path.name for path in atomic_files.leftovers(tmp_path)] == [".building-1"]
    atomic_files.clear(tmp_path)
    assert [path.name for path in tmp_path.iterdir()] == [".lock"]
