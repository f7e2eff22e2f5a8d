"""What users name reaches the terminal as it is, and the keys of MLflow as one per class."""

import io

import kept_classes
import pytest
from cpu_trial import cpu_trial
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import LONGEST_LABEL, Handling, Partition
from steelyard.tasks import progress
from steelyard.tasks.progress import SweepNews, TrialNews
from steelyard.tasks.report import cells_table, last_screen, opening, progress_terminal
from steelyard.tasks.report.last_screen import Where
from steelyard.tasks.tracking import class_metrics

HOSTILE = ("[/b]", "[red]x[/red]", "a/b", "x" * 300)


def told(console: Console) -> str:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue()


def test_the_table_shows_names_that_look_like_markup() -> None:
    dossier = kept_classes.kept(names=HOSTILE, wish="recall of [/b] @ precision >= 0.5")
    console = Console(file=io.StringIO(), width=80)
    cells_table.show(dossier.found, console)
    last_screen.show(dossier.found, console, Where())
    assert "recall of [/b] @ precision >= 0.5" in told(console)
    assert "[red]x[/red]" in told(console)


def test_a_folder_whose_name_rich_has_a_picture_for_keeps_it(capsys: pytest.CaptureFixture[str]) -> None:
    with opening.told(Sweep(data="folder:gear:one", positive="dog"), verbose=False, quiet=False):
        pass
    assert "folder:gear:one" in capsys.readouterr().err


def test_progress_shows_names_that_look_like_markup() -> None:
    handling = Handling(name="weights", options="[/b]=4", class_weights=(0.2, 0.4, 0.4))
    trial = cpu_trial(partition=Partition(positive=""), handling=handling)
    console = Console(file=io.StringIO(), width=80, force_terminal=True)
    with progress_terminal.shown(console):
        progress.tell(SweepNews(2, 1))
        progress.tell(TrialNews(trial, "finished", 1, "0.5 on val", rank=0.5))
    assert "best so far: sound · weights:[/b]=4" in told(console)


def test_where_all_trials_failed_that_is_said() -> None:
    found = kept_classes.kept().found
    lost = [trial.model_copy(update={"operating": None, "classes": {}, "every_class": True}) for trial in found.trials]
    bare = found.model_copy(update={"trials": tuple(lost), "verdict": None})
    console = Console(file=io.StringIO(), width=80)
    cells_table.show(bare, console)
    last_screen.show(bare, console, Where())
    assert "No trial finished." in told(console)


@given(st.lists(st.sampled_from(["a/b", "a_b", "a_b-0", "a_b-1", "a_b-0-0", ".", "..", "_", "é", "x" * 200, "a|b"])))
def test_no_two_classes_have_the_same_key(names: list[str]) -> None:
    unique = list(dict.fromkeys(names))
    keys = class_metrics.keys(unique)
    assert len(set(keys)) == len(unique)
    assert all(key == name for key, name in zip(keys, unique, strict=True) if name in ("a_b", "a_b-0", "é"))


def test_a_name_that_mlflow_refuses_has_what_is_left_of_it_and_its_number() -> None:
    assert class_metrics.keys(["a/b", "c", "."]) == ["a_b-0", "c", "._-2"]


@pytest.mark.parametrize("last", ["4", "5"])
def test_the_weights_of_many_classes_are_called_by_their_beginning_and_a_digest(last: str) -> None:
    options = ",".join(f"class{number}=2" for number in range(200)) + f",rest={last}"
    labels = {Handling(name="weights", options=options + more).label for more in ("", "0")}
    assert len(labels) == 2
    assert all(label.startswith("weights:class0=2,") and len(label) <= LONGEST_LABEL for label in labels)
