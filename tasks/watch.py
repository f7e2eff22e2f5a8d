"""Compare new images with those that a registered model was tested on, and say which of them to label next."""

from collections.abc import Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from rich.console import Console

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.models.words import drift_words as say
from steelyard.tasks import atomic_files, notify, scratch
from steelyard.tasks.drift import look_files
from steelyard.tasks.drift.look import Look, found
from steelyard.tasks.given_files import NothingNew, files_of
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.report.page.own_files import GENERATOR
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import decider, registry, store, watches

OUT, ERR = Console(emoji=False), Console(stderr=True, emoji=False)

HEAD = 1000
"""Characters of a page that hold its generator."""


@dataclass(frozen=True)
class Looked:
    """What a look came to.

    Attributes:
        line: in words.
        drifted: whether a change is told.
        unreadable: path -> why it is no image.
    """

    line: str
    drifted: bool
    unreadable: dict[str, str]


def watch(run: str, paths: Sequence[Path], tracking_uri: str, output: Path, command: str = "") -> int:
    """Look at new images once, as ``look`` does, and print what it came to.

    Returns:
        0, whatever changed; 1 if some images could not be read.

    Raises:
        BadInput: as ``look``.
        OSError: the disk or the store failed.
    """
    with progress_terminal.shown(ERR):
        looked = look(run, paths, tracking_uri, output, command)
    for path, why in looked.unreadable.items():
        _print(ERR, f"unreadable: {printable(path)}: {why}", "yellow")
    _print(OUT, looked.line)
    return 1 if looked.unreadable else 0


def look(run: str, paths: Sequence[Path], tracking_uri: str, output: Path, command: str = "") -> Looked:
    """Compare new images with those of a registered model's test, for a page, a CSV beside it and a run in MLflow.

    Args:
        run: a registered model, ``NAME@ALIAS`` or ``NAME/VERSION``.
        paths: images, folders of images, and lists, as ``files_of`` takes them.
        tracking_uri: as for a sweep.
        output: page to write; the CSV has its name.
        command: of a shell, told of a change; "" for none.

    Raises:
        BadInput: no registered model, one that keeps nothing to compare with, or files that cannot be written.
        NothingNew: no image that is new.
        OSError: the disk or the store failed.
    """
    table, uri = _check(run, output), store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with store.told(uri), scratch.folder() as folder:
        network = decider.find(store.client(uri), run, default_cache(), folder)
        seen = found(network, paths, datetime.now().astimezone())
        look_files.write(seen, output, table)
        assert network.version is not None
        params = {"model": str(network.version.name), "version": str(network.version.version), "folder": _listed(paths)}
        run_id = watches.log(store.client(uri), params["model"], params, seen.metrics, [output, table], seen.at)
    line, drifted = _line(seen), bool(seen.metrics["drifted"])
    if drifted:
        page = str(output.absolute())
        notify.tell(command, "drifted", **params, line=line, run_id=run_id, tracking_uri=uri, page=page)
    return Looked(f"{line}; {output}, {table}, run {run_id}", drifted, seen.now.unreadable)


def _line(seen: Look) -> str:
    grouped = bool(seen.before.origin.get("group_by"))
    return say.line(seen.named, len(seen.now.files), seen.changes, grouped)


def check(run: str, paths: Sequence[Path], tracking_uri: str, output: Path) -> str:
    """Refuse at once what no look at a time to come could do; images may be yet to come.

    Returns:
        The store.

    Raises:
        BadInput: as ``look``; or a path that is not there.
    """
    _check(run, output)
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with store.told(uri):
        registry.find(store.client(uri), run)
    with suppress(NothingNew):
        files_of(paths)
    return uri


def _check(run: str, output: Path) -> Path:
    """The CSV beside the page."""
    if not registry.is_named(run):
        raise BadInput(f"model must be registered, such as parts-inspector@champion, got {run!r}")
    _check_output(output, GENERATOR)
    if output.suffix.lower() == ".csv":
        raise BadInput(f"output must be a page, got {output}; the table of the same name is written beside it")
    table = output.with_suffix(".csv")
    _check_output(table, ",".join(look_files.COLUMNS))
    return table


def _check_output(file: Path, mark: str) -> None:
    atomic_files.check_writable(file, "output")
    if (head := atomic_files.head(file, HEAD)) and mark not in head:
        raise BadInput(f"output must be new or of a look, got {file}, which is neither; name another with --output")


def _listed(paths: Sequence[Path]) -> str:
    return cut(", ".join(printable(path.absolute()) for path in paths))


def _print(console: Console, line: str, style: str | None = None) -> None:
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)
