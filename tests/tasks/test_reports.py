"""Reports of sweeps that have ended, through the command line, on a real store."""

import os
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import kept_classes
import pytest

from steelyard.flows.__main__ import run
from steelyard.models.report.dossier import Dossier
from steelyard.tasks import write_report
from steelyard.tasks.report import dossier_files
from steelyard.tasks.report.page import render
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import run_files, search, store, sweeps

PAIR = {"none": 0.0, "weights 0.8": 0.0}


@pytest.fixture(scope="module")
def night(judged: Callable[..., Dossier]) -> Dossier:
    return judged(cells=PAIR)


@pytest.fixture
def keep(sqlite_uri: str, tmp_path: Path) -> Callable[[Dossier], str]:
    """``keep(dossier)`` puts a sweep that has ended into the store, and gives its run id."""

    def put(found: Dossier) -> str:
        client, folder = store.client(sqlite_uri), tmp_path / "kept"
        made = sweeps.start(client, found.about.subject.title, found.spec, {}, "")
        folder.mkdir(exist_ok=True)
        dossier_files.write(found, folder)
        if isinstance(found, Dossier):
            found.scores.to_parquet(folder / "corrected_scores.parquet", index=False)
        run_files.put(client, made.run_id, folder)
        sweeps.finish(client, made.run_id, "FINISHED")
        return made.run_id

    return put


@pytest.fixture
def report(sqlite_uri: str, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str]]:
    """``report("run id", output=...)`` gives the exit code and what was said on standard error."""

    def command(*names: str, output: Path, uri: str = sqlite_uri) -> tuple[int, str]:
        code = run(["report", *names, "--tracking-uri", uri, "--output", str(output)])
        return code, capsys.readouterr().err

    return command


Report = Callable[..., tuple[int, str]]
Keep = Callable[[Dossier], str]


def refused(told: tuple[int, str], why: str) -> None:
    """In one line that begins with the program's name."""
    code, said = told
    assert (code, said.count("\n")) == (2, 1) and said.startswith("steelyard: ") and why in said, told


def test_the_page_is_that_of_what_the_run_keeps(keep: Keep, night: Dossier, report: Report, tmp_path: Path) -> None:
    earlier = replace(night, about=night.about.model_copy(update={"started": night.about.started - timedelta(days=1)}))
    first, second = keep(night), keep(earlier)
    assert report(first, output=tmp_path / "one.html") == (0, "")
    assert (tmp_path / "one.html").read_text() == render.render([night])
    assert report(output=tmp_path / "newest.html") == (0, "")
    assert (tmp_path / "newest.html").read_text() == render.render([earlier])
    for number, names in enumerate([(first, second), (second, first)]):
        assert report(*names, output=tmp_path / f"{number}.html") == (0, "")
        assert (tmp_path / f"{number}.html").read_text() == render.render([earlier, night])


def test_the_newest_sweep_is_that_of_either_kind_and_only_two_of_a_kind_are_joined(
    keep: Keep, night: Dossier, report: Report, tmp_path: Path
) -> None:
    several, output = kept_classes.kept(), tmp_path / "newest.html"
    one, every = keep(night), keep(several)
    assert report(output=output) == (0, "")
    assert output.read_text() == render.render([several])
    refused(report(every, one, output=output), "sweep and other must be of one kind to be compared")
    assert output.read_text() == render.render([several])
    assert report(every, keep(several), output=output) == (0, "")
    assert "The earlier sweep" in output.read_text()
    assert report(keep(night), output=output) == (0, "")
    assert output.read_text() == render.render([night])


def test_a_scheduled_sweep_is_compared_with_the_one_before_if_that_is_of_its_kind(
    keep: Keep, night: Dossier, sqlite_uri: str
) -> None:
    client, settings, words = store.client(sqlite_uri), Settings(tracking_uri=sqlite_uri), []
    kinds: list[Dossier] = [kept_classes.kept(), kept_classes.kept(), night]
    for found in kinds:
        run_id = keep(found)
        client.set_tag(run_id, search.SCHEDULE, "nightly")
        own = replace(found, found=found.found.model_copy(update={"sweep_run_id": run_id}))
        page = write_report.page_of(own, settings)
        assert (page == render.render([own])) == (len(words) != 1)
        words.append(client.get_run(run_id).data.tags[run_files.NOTE])
    assert words[0].startswith("The first run of its schedule")
    assert words[1].startswith("**Since the run before**")
    assert words[2].startswith("Not compared with the run before")


def test_what_is_no_sweep_with_its_files_is_refused(
    keep: Keep, night: Dossier, report: Report, sqlite_uri: str, tmp_path: Path
) -> None:
    output, client, whole = tmp_path / "out.html", store.client(sqlite_uri), keep(night)
    refused(report("f" * 32, output=output), "sweep must be the run id of a sweep")
    refused(report("no such\nsweep", output=output), "sweep must be the run id of a sweep")
    refused(report(whole, whole, output=output), f"sweep must be two different ones to compare, got {whole} twice")
    refused(report("", whole, output=output), f"got {whole} twice")
    experiment = client.get_run(whole).info.experiment_id
    for role, why in (("trial", "which is a trial"), ("tutorial", "which is a story"), ("other", "without comparison")):
        made = client.create_run(experiment, tags={"role": role, "mlflow.parentRunId": whole}).info.run_id
        refused(report(made, output=output), why)
    refused(report(client.create_run(experiment).info.run_id, output=output), "which is no run of Steelyard")
    old = sweeps.start(client, "pets", night.spec, {}, "").run_id
    for names in ([old], [whole, old]):
        refused(report(*names, output=output), f"got {old} without comparison.json; run the same sweep again")
    assert not output.exists()


@pytest.mark.parametrize("file", [name for name in dossier_files.KINDS[0] if not name.startswith("spec")])
@pytest.mark.parametrize("left", [b"", b"{}", b"PAR1 and no more"])
def test_files_that_this_version_cannot_read_are_refused(
    keep: Keep, night: Dossier, report: Report, sqlite_uri: str, tmp_path: Path, file: str, left: bytes
) -> None:
    name = keep(night)
    (tmp_path / file).write_bytes(left)
    store.client(sqlite_uri).log_artifact(name, str(tmp_path / file))
    refused(report(name, output=tmp_path / "out.html"), f"sweep {name} was kept by another version of Steelyard")


def test_a_store_that_is_not_there_is_refused_and_not_made(report: Report, tmp_path: Path) -> None:
    missing = tmp_path / "none.db"
    refused(
        report(output=tmp_path / "out.html", uri=f"sqlite:///{missing}"), "tracking-uri must be a store that exists"
    )
    refused(report(output=tmp_path / "out.html", uri=str(tmp_path)), "tracking-uri must not be a folder")
    assert not missing.exists()


def test_an_empty_store_is_refused(report: Report, tmp_path: Path) -> None:
    refused(report(output=tmp_path / "out.html"), "has no sweep that ended with a trial to report")


def test_an_output_that_is_not_ours_is_refused_and_left_as_it_is(
    keep: Keep, night: Dossier, report: Report, tmp_path: Path
) -> None:
    keep(night)
    refused(report(output=tmp_path / "none" / "out.html"), f"output must lie in a folder that exists, got {tmp_path}")
    refused(report(output=tmp_path), "output must be a file that can be written")
    for number, content in enumerate([b"a\xff\x00b\r\n", b"<!doctype html>\n<title>Mine</title>", b" " * 5000]):
        file = tmp_path / f"mine-{number}"
        file.write_bytes(content)
        refused(report(output=file), f"output must be new or a report, got {file}, which is neither")
        assert file.read_bytes() == content


def test_a_report_goes_through_a_link_and_into_a_device_which_stay_what_they_are(
    keep: Keep, night: Dossier, report: Report, tmp_path: Path
) -> None:
    keep(night)
    # By a link: were the device itself replaced, a user who may do anything would lose it.
    device, link, linked = tmp_path / "device", tmp_path / "link.html", tmp_path / "linked.html"
    device.symlink_to(os.devnull)
    link.symlink_to(linked.name)
    assert [report(output=output) for output in (device, link, link)] == [(0, "")] * 3
    assert device.is_char_device() and link.is_symlink()
    assert linked.read_text() == render.render([night])


@contextmanager
def files_of_at_most(size: int) -> Iterator[None]:
    """The system ends every file that this process writes at so many bytes."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_report_is_replaced_whole_or_not_at_all(keep: Keep, night: Dossier, report: Report, tmp_path: Path) -> None:
    first = keep(night)
    second = keep(replace(night, about=night.about.model_copy(update={"image_set": "42 pictures"})))
    output = tmp_path / "out.html"
    assert report(first, output=output) == (0, "")
    written = output.read_bytes()
    with files_of_at_most(len(written) * 3 // 4):
        code, said = report(second, output=output)
    assert code == 1 and said == f"steelyard: {output} could not be written: File too large\n"
    assert output.read_bytes() == written
    assert report(second, output=output) == (0, "")
    assert b"42 pictures" not in written and b"42 pictures" in output.read_bytes()
    assert [path.name for path in tmp_path.iterdir() if "building" in path.name] == []
