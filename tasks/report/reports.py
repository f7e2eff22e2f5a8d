"""Reports of sweeps that have ended, from what their runs keep."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.models.report.dossier import Dossier
from steelyard.tasks import atomic_files, scratch
from steelyard.tasks.report import dossier_files
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.own_files import GENERATOR
from steelyard.tasks.tracking import run_files, search, store, sweeps

OTHER = {
    "trial": "a trial; give the sweep that it is nested under",
    "tutorial": "a story; give one of the sweeps that are nested under it",
    "": "no run of Steelyard; give one with the tag role=sweep",
}
"""What a run is that is no sweep, by its role, and what to do."""

HEAD = 1000
"""Characters of a page that hold its generator."""


def report(sweep_ids: Sequence[str], tracking_uri: str, output: Path) -> int:
    """Write the report of one sweep, or of two that it compares, the earlier first whatever the order given.

    Args:
        sweep_ids: run ids of one sweep or two; "" for the newest that ended.
        tracking_uri: as for a sweep.
        output: HTML file; one that was there stays as it is if anything fails.

    Returns:
        Bytes of the page.

    Raises:
        BadInput: no such sweep, one that kept nothing to report, one sweep twice, two that cannot be joined, or a file
            that cannot be written.
    """
    check_output(output)
    with store.to_read(store.resolve_uri(tracking_uri)) as uri:
        page = render.render(_found(sweep_ids, uri))
    with atomic_files.whole(output) as file:
        file.write(page)
    return len(page.encode(errors="backslashreplace"))


def comparison(sweep_id: str, uri: str) -> Comparison:
    """What a sweep found, by its run id; "" for the newest that ended.

    Raises:
        BadInput: no such sweep, or one that kept nothing, has lost it, or was kept by another version.
    """
    (run_id,) = _runs([sweep_id], uri)
    with scratch.folder() as folder:
        run_files.fetch(store.client(uri), run_id, dossier_files.WRITTEN[:1], folder)
        with _readable(run_id):
            return dossier_files.comparison(folder)


def _runs(sweep_ids: Sequence[str], uri: str) -> list[str]:
    """Run ids of the sweeps; "" is the newest that ended."""
    client = store.client(uri)
    runs = [
        sweeps.find(client, sweep_id).run_id if sweep_id else search.newest_with(client, *dossier_files.KINDS)
        for sweep_id in sweep_ids
    ]
    for run_id in runs:
        if other := OTHER.get(search.role(client, run_id)):
            raise BadInput(f"sweep must be the run id of a sweep, got {run_id}, which is {other}")
    return runs


def _found(sweep_ids: Sequence[str], uri: str) -> list[Dossier]:
    """The dossiers of the sweeps, the earlier first."""
    runs = _runs(sweep_ids, uri)
    if len(set(runs)) < len(runs):
        raise BadInput(f"sweep must be two different ones to compare, got {runs[0]} twice; give one, or another")
    return sorted((fetch(uri, run_id) for run_id in runs), key=lambda dossier: dossier.about.started)


def check_output(output: Path) -> None:
    """Refuse a file that cannot be written, or that holds something that Steelyard did not write.

    Raises:
        BadInput: it is one of these.
    """
    atomic_files.check_writable(output, "output")
    if (head := atomic_files.head(output, HEAD)) and GENERATOR not in head:
        raise BadInput(f"output must be new or a report, got {output}, which is neither; name another with --output")


def fetch(uri: str, run_id: str) -> Dossier:
    """The dossier of a sweep of either kind that ended.

    Raises:
        BadInput: it kept none, has lost it, or was kept by another version.
    """
    client = store.client(uri)
    with scratch.folder() as folder:
        run_files.fetch(client, run_id, dossier_files.COMMON, folder, dossier_files.LATER)
        with _readable(run_id):
            several = dossier_files.comparison(folder).every_class
            run_files.fetch(client, run_id, (dossier_files.DECISIONS if several else dossier_files.SCORES,), folder)
            return dossier_files.read(folder)


@contextmanager
def _readable(run_id: str) -> Iterator[None]:
    """Read what a sweep kept; BadInput where this version cannot."""
    try:
        yield
    except (ValueError, OSError, KeyError, IndexError) as error:
        why = cut(printable(str(error).partition("\n")[0]))
        raise BadInput(
            f"sweep {run_id} was kept by another version of Steelyard, or is damaged ({why}); run the same sweep "
            "again: what has finished is not trained again, unless what trains has changed too"
        ) from None  # The command line would show what pydantic said, which names fields and no sweep.
