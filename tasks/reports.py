"""Reports of sweeps that have ended, from what their runs keep."""

import os
import tempfile
from collections.abc import Sequence
from pathlib import Path

from models.errors import BadInput
from models.report.dossier import Kept
from tasks import dossiers
from tasks.report.page import render
from tasks.tracking import kept, store, sweeps

OTHER = {
    "trial": "a trial; give the sweep that it is nested under",
    "tutorial": "a story; give one of the sweeps that are nested under it",
    "": "no run of Steelyard; give one with the tag role=sweep",
}
"""What a run is that is no sweep, by its role, and what to do."""

HEAD = 1000
"""Characters of a page that hold its generator."""


def report(sweep_ids: Sequence[str], tracking_uri: str, output: Path) -> None:
    """Write the report of one sweep, or of two that it compares, the earlier first whatever the order given.

    Args:
        sweep_ids: run ids of one sweep or two; "" for the newest that ended.
        tracking_uri: as for a sweep.
        output: HTML file; one that was there stays as it is if anything fails.

    Raises:
        BadInput: no such sweep, one that kept nothing to report, one sweep twice, two that cannot be joined, or a file
            that cannot be written.
    """
    check_output(output)
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    client = store.client(uri)
    runs = [
        sweeps.find(client, sweep_id).run_id if sweep_id else kept.newest(client, *dossiers.KINDS)
        for sweep_id in sweep_ids
    ]
    for run_id in runs:
        if other := OTHER.get(sweeps.role(client, run_id)):
            raise BadInput(f"sweep must be the run id of a sweep, got {run_id}, which is {other}")
    if len(set(runs)) < len(runs):
        raise BadInput(f"sweep must be two different ones to compare, got {runs[0]} twice; give one, or another")
    found = sorted((fetch(uri, run_id) for run_id in runs), key=lambda dossier: dossier.about.started)
    render.write(render.render(found), output)


def check_output(output: Path) -> None:
    """Refuse a file that cannot be written, or that holds something that Steelyard did not write.

    Raises:
        BadInput: it is one of these.
    """
    folder = output.absolute().parent
    if not folder.is_dir():
        raise BadInput(f"output must lie in a folder that exists, got {output}; create {output.parent}")
    there = output.exists()
    # A device or a pipe is no file: it would be replaced by one.
    if (there and not output.is_file()) or not all(os.access(of, os.W_OK) for of in (folder, output) if of.exists()):
        raise BadInput(f"output must be a file that can be written, got {output}; name another with --output")
    if there and not _is_ours(output):
        raise BadInput(f"output must be new or a report, got {output}, which is neither; name another with --output")


def _is_ours(file: Path) -> bool:
    with file.open(encoding="utf-8", errors="replace") as opened:
        head = opened.read(HEAD)
    return not head or render.GENERATOR in head


def fetch(uri: str, run_id: str) -> Kept:
    """The dossier of a sweep of either kind that ended.

    Args:
        uri: of the store, absolute.
        run_id: the parent run.

    Raises:
        BadInput: it kept none, has lost it, or was kept by another version.
    """
    client = store.client(uri)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        kept.fetch(client, run_id, dossiers.COMMON, folder)
        try:
            several = dossiers.comparison(folder).every_class
            kept.fetch(client, run_id, (dossiers.DECISIONS if several else dossiers.SCORES,), folder)
            return dossiers.read(folder)
        except ValueError as error:
            why = str(error).partition("\n")[0]
            raise BadInput(
                f"sweep {run_id} was kept by another version of Steelyard ({why}); run the same sweep again: what has "
                "finished is not trained again, unless what trains has changed too"
            ) from None  # The command line would show what pydantic said, which names fields and no sweep.
