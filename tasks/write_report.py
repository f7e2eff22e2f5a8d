"""Write the report of a sweep; of one that a schedule started, with what changed since the run before, told as well."""

import logging
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.errors import BadInput
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.words import changes_note
from steelyard.models.words.found_lines import Told
from steelyard.tasks import beside, progress, scratch
from steelyard.tasks.findings.newcomers import newcomers
from steelyard.tasks.judging import PICTURED
from steelyard.tasks.prefect_view.pages import show_table
from steelyard.tasks.report import dossier_files, reports
from steelyard.tasks.report.gather import gather
from steelyard.tasks.report.page import render
from steelyard.tasks.report.page.two_sweeps import Joined
from steelyard.tasks.report.pictured import Pictured
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import links, run_files, search, store
from steelyard.tasks.tracking.contact import Away

logger = logging.getLogger(__name__)

TRIED = 5
"""Sweeps whose files cannot be read that are passed over before there is none to compare with."""

LONGEST = 3000
"""Characters of the sweep's note that are about what changed; the verdict has the others."""


@task(name="report", cache_policy=NO_CACHE, task_run_name="report on {spec.called}")
def write_report(comparison: Comparison, plan: SweepPlan, spec: Sweep, settings: Settings) -> None:
    """Keep ``report.html`` and what it is made of at the root of the sweep's run; nothing where no trial finished.

    The index plans of the sweep are still on disk.
    """
    if comparison.verdict is None:
        return
    progress.tell(progress.Doing("writing the report"))
    client, run_id = store.client(settings.tracking_uri), comparison.sweep_run_id
    dossier = gather(comparison, plan, spec, settings)
    made: Pictured = beside.done(plan.shared.folder, PICTURED)
    dossier = replace(dossier, gallery=made.gallery, map=made.map, sprite=made.sprite)
    with scratch.folder() as files, scratch.folder() as page:
        # Predictions need what was found, whatever becomes of the page.
        dossier_files.write(dossier, files)
        run_files.put(client, run_id, files)
        (page / links.REPORT).write_text(
            page_of(dossier, settings, partial(newcomers, later=dossier, plan=plan)), encoding="utf-8"
        )
        run_files.put(client, run_id, page)
    logger.info("report: %s of run %s", links.REPORT, run_id)


def warn_unless_written(state: State[None]) -> None:
    """Warn where the task that should have written a report failed; nothing else depends on it."""
    if not state.is_completed():
        logger.warning("no report: %s", " ".join(str(state.message).split()))


def page_of(
    dossier: Dossier,
    settings: Settings,
    came: Callable[[Dossier], list[Told]] = lambda earlier: [],
) -> str:
    """The report as a page; what changed is also told in the log, on the run in MLflow, and in a table in Prefect.

    ``came`` says of an earlier sweep what is to be told of the images that it did not have.
    """
    run_id = dossier.found.sweep_run_id
    if not search.schedule_of(store.client(settings.tracking_uri), run_id):
        return render.render([dossier])
    earlier = run_before(run_id, settings)
    if earlier and earlier.every_class == dossier.every_class:
        found = (*((line.key, line.line) for line in came(earlier)), *(dossier.about.found or ()))
        dossier = replace(dossier, about=dossier.about.model_copy(update={"found": found}))
        joined = Joined.since(earlier, dossier)
        _tell_changes(joined, settings)
        return render.render_since(joined)
    before, words = "none", "The first run of its schedule that finished: there is none before to compare with."
    if earlier:
        before = earlier.found.sweep_run_id
        words = f"Not compared with the run before, {before}: in one of the two every class counts."
    logger.info(words)
    run_files.note(store.client(settings.tracking_uri), run_id, lambda _: words)
    show_table("changes", [{"what": "run", "before": before, "now": run_id}], words)
    return render.render([dossier])


def run_before(run_id: str, settings: Settings) -> Dossier | None:
    """The newest sweep of the same schedule that finished and can still be read; None where there is none."""
    client = store.client(settings.tracking_uri)
    try:
        for earlier in islice(search.earlier_of_schedule(client, run_id), TRIED):
            try:
                return reports.fetch(client.tracking_uri, earlier)
            except BadInput as error:
                logger.warning("not compared with run %s: %s", earlier, error)
    except Away as error:
        logger.warning("not compared with the run before: %s", error)
    return None


def _tell_changes(joined: Joined, settings: Settings) -> None:
    earlier, later = joined.earlier.dossier, joined.later.dossier
    uri, changes = store.resolve_uri(settings.tracking_uri), joined.changes
    before, now = (links.in_markdown(uri, of.found.experiment_id, of.found.sweep_run_id) for of in (earlier, later))
    began = f"{earlier.about.started:%d %B at %H:%M} UTC"
    logger.info("since the run before, %s, begun %s:", earlier.found.sweep_run_id, began)
    for line in changes_note.lines(changes):
        logger.info(line)
    words = changes_note.markdown(changes, before, LONGEST)
    run_files.note(store.client(uri), later.found.sweep_run_id, lambda _: words)
    show_table(
        "changes", [{"what": "run", "before": before, "now": now}, *changes_note.rows(changes, earlier, later)], words
    )
