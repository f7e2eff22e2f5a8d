"""What changed since the run before of the same schedule: found, and told wherever people look."""

import logging
from itertools import islice

from steelyard.models.errors import BadInput
from steelyard.models.report.dossier import Dossier
from steelyard.models.words import told
from steelyard.tasks.graph import publish
from steelyard.tasks.report import reports
from steelyard.tasks.report.page.two_sweeps import Joined
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, run_files, search, store

logger = logging.getLogger(__name__)

TRIED = 5
"""Sweeps whose files cannot be read that are passed over before there is none to compare with."""

LONGEST = 3000
"""Characters of the sweep's note that are about what changed; the verdict has the others."""


def find(run_id: str, settings: Settings) -> Dossier | None:
    """The newest sweep of the same schedule that finished and can still be read; None where there is none.

    Args:
        run_id: of a sweep that a schedule started.
        settings: where the store is.
    """
    client = store.client(settings.tracking_uri)
    for earlier in islice(search.earlier_of_schedule(client, run_id), TRIED):
        try:
            return reports.fetch(client.tracking_uri, earlier)
        except BadInput as error:
            logger.warning("not compared with run %s: %s", earlier, error)
    return None


def tell(joined: Joined, settings: Settings) -> None:
    """Say what changed in the log, on the sweep's run in MLflow, and in a table in Prefect.

    Args:
        joined: the sweep and the one before.
        settings: where the store is.
    """
    earlier, later = joined.earlier.dossier, joined.later.dossier
    uri, found = store.resolve_uri(settings.tracking_uri), joined.changes
    before, now = (links.in_markdown(uri, of.found.experiment_id, of.found.sweep_run_id) for of in (earlier, later))
    began = f"{earlier.about.started:%d %B at %H:%M} UTC"
    logger.info("since the run before, %s, begun %s:", earlier.found.sweep_run_id, began)
    for line in told.lines(found):
        logger.info(line)
    words = told.markdown(found, before, LONGEST)
    run_files.note(store.client(uri), later.found.sweep_run_id, lambda _: words)
    publish("changes", [{"what": "run", "before": before, "now": now}, *told.rows(found, earlier, later)], words)


def tell_first(run_id: str, settings: Settings) -> None:
    """Say that there is no run to compare with."""
    words = "The first run of its schedule that finished: there is none before to compare with."
    _tell(run_id, words, "none", settings)


def tell_apart(run_id: str, earlier: Dossier, settings: Settings) -> None:
    """Say that the run before is not compared with, as every class counts in one of the two alone."""
    before = earlier.found.sweep_run_id
    words = f"Not compared with the run before, {before}: in one of the two every class counts."
    _tell(run_id, words, before, settings)


def _tell(run_id: str, words: str, before: str, settings: Settings) -> None:
    logger.info(words)
    run_files.note(store.client(settings.tracking_uri), run_id, lambda _: words)
    publish("changes", [{"what": "run", "before": before, "now": run_id}], words)
