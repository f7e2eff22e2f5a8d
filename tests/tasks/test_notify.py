"""Commands that are told what happened: they get JSON, and nothing depends on what becomes of them."""

import json
import logging
from pathlib import Path

import pytest

from steelyard.tasks import notify
from steelyard.tasks.settings import Settings


def test_a_command_gets_json_with_every_character_as_it_is(tmp_path: Path) -> None:
    notify.tell(f"cat > {tmp_path / 'told'}", "promoted", line='Prüfer "2" is the champion\nnow', version="2")
    told = json.loads((tmp_path / "told").read_text(encoding="utf-8"))
    assert told == {"event": "promoted", "line": 'Prüfer "2" is the champion\nnow', "version": "2"}


@pytest.mark.parametrize(
    ("command", "why"),
    [
        ("echo no network >&2; exit 7", "it ended with 7: no network"),
        ("sleep 30 | cat", "it took more than 1 seconds"),
        (r"printf '\351' >&2; exit 1", r"it ended with 1: \xe9"),
    ],
)
def test_one_that_fails_or_hangs_is_warned_of(
    command: str, why: str, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(notify, "SECONDS", 1)
    with caplog.at_level(logging.WARNING):
        notify.tell(command, "ended")
    assert why in caplog.text


def test_a_sweep_that_raises_is_told_of_and_goes_on_raising(tmp_path: Path) -> None:
    settings = Settings(notify=f"cat > {tmp_path / 'told'}")
    with pytest.raises(ValueError, match="no room"), notify.of_failure(settings.notify, data="folder:parts"):
        raise ValueError("no room")
    told = json.loads((tmp_path / "told").read_text())
    assert told == {"event": "failed", "data": "folder:parts", "reason": "no room"}


def test_nobody_is_told_where_nobody_asked() -> None:
    notify.tell("", "ended")
