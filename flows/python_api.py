"""Steelyard as Python calls it. Importing this imports neither torch, MLflow nor Prefect; calling it does."""

import threading
import warnings
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from functools import wraps
from os import PathLike
from pathlib import Path
from typing import TYPE_CHECKING, ParamSpec, TypeVar, Unpack

from steelyard.flows.python_options import OfImages, Options, asked, asked_of, described
from steelyard.models.errors import BadInput, SweepFailed
from steelyard.models.names import listed
from steelyard.models.spec.images import Images

if TYPE_CHECKING:
    import pandas as pd

    from steelyard.flows.result import Found

AnyPath = str | PathLike[str]
P = ParamSpec("P")
R = TypeVar("R")

_one_at_a_time = threading.Lock()
"""Two sweeps at once would only share the cores, and the place where progress is shown."""


def _plainly(function: Callable[P, R]) -> Callable[P, R]:
    """Let what was wrong with an input be raised where it was given: the way that it took in here says nothing."""

    @wraps(function)
    def called(*args: P.args, **options: P.kwargs) -> R:
        try:
            return function(*args, **options)
        except (BadInput, SweepFailed) as error:
            raise error.with_traceback(None) from None

    return called


@described
@_plainly
def sweep(*, progress: bool = True, **options: Unpack[Options]) -> "Found":
    """Train a grid of handlings and class weights side by side, and compare them; all of it is kept in MLflow.

    Values may be written as on the command line (``weights="0.5,0.9"``) or as Python has them (``[0.5, 0.9]``). Trials
    that failed are among ``found.trials``, with the reason. A script needs no ``if __name__ == "__main__"``.

    Args:
        progress: whether to show how far it is, on standard error or below the cell of a notebook.
        options: by the names of the command line, with _ for -.

    Raises:
        BadInput: an option that is not known, or a value that cannot be used.
        SweepFailed: the sweep ended without a comparison.
        KeyboardInterrupt: what had finished is kept, and the same call goes on from there.
    """
    spec, settings = asked(options)
    from steelyard.tasks import interrupt

    with _one_at_a_time, interrupt.once():
        with _quiet():
            from steelyard.flows.result import Found, run_sweep
            from steelyard.tasks.report import progress_notebook

        with progress_notebook.shown(progress):
            return Found(run_sweep(spec, settings))


@_plainly
def images(
    *, output: AnyPath = "findings", progress: bool = True, **options: Unpack[OfImages]
) -> "dict[str, pd.DataFrame]":
    """Say what is wrong with images before anything is trained on them, and write a page and a CSV per finding.

    Args:
        output: folder for them; the page is ``index.html``.
        progress: as for ``sweep``.
        options: by the names of the command line, with _ for -.

    Returns:
        ``copies``, ``relabel``, ``odd``, ``groups``, ``shortcuts`` and ``parts``, as the files have them, and
        ``findings``: each in a ``line``, with its ``kind`` and what to ``do``.

    Raises:
        BadInput: an option that is not known, images that cannot be used, or a folder that cannot be written.
    """
    spec, settings = asked_of(options, Images)
    with _one_at_a_time, _quiet():
        from steelyard.tasks.findings import files, looking
        from steelyard.tasks.report import progress_notebook

        with progress_notebook.shown(progress):
            looking.look_at(spec, settings, Path(output))
    return files.read_all(Path(output))


images = described(images, Images)


@_plainly
def predict(
    run: "str | Found", paths: AnyPath | Iterable[AnyPath], tracking_uri: str = "", *, progress: bool = True
) -> "pd.DataFrame":
    """Let a trained network decide on images, at the threshold that its sweep chose.

    Args:
        run: what ``sweep`` found, for its model to use; or the run id of a trial or of a sweep; or ``best``: of the
            newest sweep; or a registered model, such as ``parts-inspector@champion``.
        paths: images, and folders whose images are taken at any depth.
        tracking_uri: MLflow store, as for ``sweep``.
        progress: as for ``sweep``.

    Returns:
        A row per image, in the order given: ``path``, ``label``, ``score`` (of the class to find; where every class
        counts of that which the objective asks for, or of the label where the threshold is -1) and ``threshold``; of a
        registered model also ``probability``, ``version`` and, if it may abstain, ``abstain``. What could not be read
        has no row: it is warned of, and ``attrs["unreadable"]`` has path -> why.

    Raises:
        BadInput: no such run, or no such path.
        OSError: the store failed.
    """
    with _quiet():
        from steelyard.tasks.predict import predictions
        from steelyard.tasks.report import progress_notebook

    named = [paths] if isinstance(paths, str | PathLike) else paths
    with progress_notebook.shown(progress):
        table = predictions(_run_id(run), [Path(path) for path in named], _uri(run, tracking_uri))
    if unreadable := table.attrs["unreadable"]:
        told = listed([f"{path} ({why})" for path, why in unreadable.items()])
        where = "without a row (all are in .attrs['unreadable'])"
        warnings.warn(f"{len(unreadable):,} unreadable, {where}: {told}", stacklevel=3)
    return table


@_plainly
def report(
    sweep: "str | Found" = "", other: "str | Found" = "", output: AnyPath = "report.html", tracking_uri: str = ""
) -> Path:
    """Write the report of a sweep, or of two and what changed between them, as one page that opens anywhere.

    Args:
        sweep: what ``sweep`` found, or the run id of a sweep. Default: the newest.
        other: of another sweep, to say what changed between the two.
        output: file to write.
        tracking_uri: MLflow store, as for ``sweep``.

    Returns:
        The file.

    Raises:
        BadInput: no such sweep, one that kept nothing to report, or a file that cannot be written.
        OSError: the disk or the store failed.
    """
    from steelyard.tasks.report import reports
    from steelyard.tasks.tracking import store

    uri, file = _uri(sweep, tracking_uri), Path(output)
    with store.told(store.resolve_uri(uri)):
        reports.report([_run_id(of) for of in (sweep, other)[: 1 + bool(other)]], uri, file)
    return file


@contextmanager
def _quiet() -> Iterator[None]:
    """Imports, without what one of them says in a notebook that has no ipywidgets: nothing here needs them."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", "IProgress not found")
        yield


def _run_id(of: "str | Found") -> str:
    return of if isinstance(of, str) else of.sweep_run_id


def _uri(of: "str | Found", given: str) -> str:
    return given or ("" if isinstance(of, str) else of.tracking_uri)
