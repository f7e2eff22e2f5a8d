"""Write the report of a sweep: one page that opens anywhere, and the files that it is made of."""

import logging
import tempfile
from pathlib import Path

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks import before
from steelyard.tasks.report import dossier_files
from steelyard.tasks.report.gather import gather
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.two_sweeps import Joined
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, run_files, search, store

logger = logging.getLogger(__name__)


def written(state: State[None]) -> None:
    """Warn where the task that should have written a report failed; nothing else depends on it."""
    if not state.is_completed():
        logger.warning("no report: %s", " ".join(str(state.message).split()))


@task(name="report", cache_policy=NO_CACHE)
def present(found: Comparison, plan: SweepPlan, spec: Sweep, settings: Settings) -> None:
    """Keep ``report.html`` and what it is made of at the root of the sweep's run.

    Args:
        found: the comparison; without a trial that finished there is nothing to report.
        plan: what the sweep was about; its index plans are still on disk.
        spec: what was asked for.
        settings: where the store is.
    """
    if found.verdict is None:
        return
    client, dossier = store.client(settings.tracking_uri), gather(found, plan, spec, settings)
    with tempfile.TemporaryDirectory() as files, tempfile.TemporaryDirectory() as page:
        # Predictions need what was found, whatever becomes of the page.
        dossier_files.write(dossier, Path(files))
        run_files.put(client, found.sweep_run_id, Path(files))
        render.write(page_of(dossier, settings), Path(page, links.REPORT))
        run_files.put(client, found.sweep_run_id, Path(page))
    logger.info("report: %s of run %s", links.REPORT, found.sweep_run_id)


def page_of(dossier: Dossier, settings: Settings) -> str:
    """The report; of a sweep that a schedule started, with what changed since the run before, which is told too."""
    run_id = dossier.found.sweep_run_id
    if not search.schedule_of(store.client(settings.tracking_uri), run_id):
        return render.render([dossier])
    if (earlier := before.find(run_id, settings)) is None:
        before.tell_first(run_id, settings)
        return render.render([dossier])
    if earlier.every_class != dossier.every_class:
        before.tell_apart(run_id, earlier, settings)
        return render.render([dossier])
    joined = Joined.since(earlier, dossier)
    before.tell(joined, settings)
    return render.render_since(joined)
