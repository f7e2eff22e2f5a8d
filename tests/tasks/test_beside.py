"""What is done beside the tasks of a sweep: whoever asks has it or its error, and nothing outlives the sweep."""

import threading
from pathlib import Path

import pytest

from steelyard.tasks import beside


def test_what_was_done_is_had_by_its_name_and_an_error_is_raised_there(tmp_path: Path) -> None:
    with beside.threads(tmp_path, pytest.fail), beside.threads(tmp_path / "another", pytest.fail):
        for folder, number in ((tmp_path, 1), (tmp_path / "another", 0)):
            beside.begin(folder, "quotient", lambda of: 6 / of, number)
        assert beside.done(tmp_path, "quotient") == 6
        with pytest.raises(ZeroDivisionError):
            beside.done(tmp_path / "another", "quotient")


def test_whatever_ends_a_sweep_cuts_short_what_has_begun_waits_for_it_and_ends_the_rest(tmp_path: Path) -> None:
    begun, ended, stopped = threading.Barrier(3), [], threading.Event()

    def work(name: str) -> None:
        begun.wait()
        stopped.wait()
        ended.append(name)

    with pytest.raises(KeyboardInterrupt), beside.threads(tmp_path, stopped.set):
        for name in ("one", "another"):
            beside.begin(tmp_path, name, work, name)
        beside.begin(tmp_path, "a third", ended.append, "a third")
        begun.wait()
        raise KeyboardInterrupt
    assert sorted(ended) == ["another", "one"]
    with pytest.raises(KeyError):
        beside.done(tmp_path, "one")
