"""What the commands do once something is really to be done: this imports torch, MLflow and Prefect."""

import gc
from contextlib import suppress
from pathlib import Path

from rich.console import Console
from rich.text import Text

from steelyard.flows.command_line import FAILED
from steelyard.flows.result import result_of, run_sweep
from steelyard.flows.tutorial import tutorial as tutorial_flow
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.models.tutorial.chapters import Story
from steelyard.models.tutorial.findings import Account
from steelyard.tasks import atomic_files, cost, planning, preflight, preview
from steelyard.tasks.findings import looking
from steelyard.tasks.images import extraction, image_sets
from steelyard.tasks.prefect_view import flow_runs, unsent
from steelyard.tasks.prefect_view import server as prefect_server
from steelyard.tasks.report import cells_table, last_screen, progress_terminal, reports, tutorial_table
from steelyard.tasks.report.last_screen import Where
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.tracking import contact, links, outbox, server, store, sweeps
from steelyard.tasks.tracking.sweeps import SweepRun

OUT, ERR = Console(emoji=False), Console(stderr=True, emoji=False)

# Whatever is imported stays: to look through it for garbage stops all threads for 0.6 s, again and again.
gc.freeze()


def swept(spec: Sweep, settings: Settings, output: Path | None, config: Path | None = None) -> Comparison:
    """Run the sweep; ``output`` is the file that the comparison is written to later."""
    if output:
        atomic_files.check_writable(output, "json")
    return run_sweep(spec, settings, config)


def tell(found: Comparison, settings: Settings, output: Path | None, verbose: bool = False, quiet: bool = False) -> int:
    """Say what a sweep found, all of it or no more than the answer, and write it to ``output``; 1 if a trial failed."""
    kept = store.client(settings.tracking_uri).undelivered
    if quiet:
        for line in last_screen.say_answer(found):
            say(OUT, line)
        if found.failed and found.verdict:
            say(
                ERR, f"steelyard: {len(found.failed):,} of {len(found.trials):,} trials failed; steelyard show says why"
            )
    else:
        _tell(found, Where(kept=True) if kept else _where(found, found.tracking_uri), verbose)
    return _write(found, output) or (FAILED if kept else 0)


def show(sweep_id: str, tracking_uri: str) -> int:
    """Print all that a sweep found."""
    named = store.resolve_uri(tracking_uri)
    with store.told(named), store.to_read(named) as uri:
        found = reports.comparison(sweep_id, uri)
        _tell(found, _where(found, uri, named, sweep_id), verbose=True)
    return 0


def _tell(found: Comparison, where: Where, verbose: bool) -> None:
    if verbose:
        cells_table.show(found, OUT)
    last_screen.show(found, OUT, where)


def _where(found: Comparison, uri: str, named: str = "", sweep_id: str = "") -> Where:
    """Where a sweep can be looked at, whose store is read at a URI and has been named by another or the same."""
    run, served = SweepRun(found.sweep_run_id, found.experiment_id), uri.startswith("http")
    return Where(
        sweep=sweep_id,
        option=links.option(named or uri),
        report=links.report(uri, run.run_id),
        trials=links.to_look(uri, run, len(found.trials)) if served else "",
        flow_run=links.flow_run(uri, run.run_id),
    )


def sync(tracking_uri: str, cache: Path) -> int:
    """Log what sweeps kept while their store was away, of one store or of any; 1 if something stays.

    Prefect's server, if one is named, is told how flow runs ended while it was away.
    """
    for line in unsent.deliver(cache):
        say(OUT, line)
    uri, code = store.resolve_uri(tracking_uri) if tracking_uri else "", 0
    for kept in outbox.left(cache):
        if uri in ("", kept.contact.uri):
            with suppress(*contact.FAILURES):
                if runs := kept.deliver():
                    say(OUT, f"{runs} runs logged to {kept.contact.uri}")
            if kept.waiting:
                why = f"{kept.contact.uri} refused them" if kept.refused else f"{kept.contact} does not answer"
                say(ERR, f"{kept.waiting} runs stay in {kept.folder}: {why}")
                code = FAILED
    return code


def tutorial(story: Story, settings: Settings, output: Path | None) -> int:
    """Tell the tutorial's story, show its claims beside what was measured, and write them to ``output``."""
    if output:
        atomic_files.check_writable(output, "json")
    with progress_terminal.shown(ERR):
        prefect_server.check_named()
        preflight.check(next(iter(story.chapters().values())), settings)
        account = result_of(flow_runs.run(tutorial_flow, settings.cache, story, settings), Account, "story")
    run = SweepRun(account.run_id, account.experiment_id)
    tutorial_table.show(account, OUT, links.to_look(account.tracking_uri, run))
    return _write(account, output)


def images(spec: Images, settings: Settings, output: Path) -> int:
    """Look at a set of images, say what is wrong with it, and write a page and tables."""
    with progress_terminal.shown(ERR):
        about, found = looking.look_at(spec, settings, output)
    for line in (*about, *(f"{line.line}{f': {line.do}' if line.do else ''}" for line in found)):
        say(OUT, line)
    say(OUT, f"Look at them: {(output / looking.PAGE).absolute().as_uri()}")
    return 0


def dry_run(spec: Sweep, settings: Settings, config: Path | None = None) -> int:
    """Print counts, cells and cost; train nothing and touch no store."""
    with progress_terminal.shown(ERR):
        preflight.check(spec, settings, config)
        source = open_source(cache=settings.cache, **spec.origin)
        image_set = extraction.extract_images(source, spec.size, settings.cache, spec.skip_unusable, spec.fit)
        spec = planning.settled(spec, image_set, settings)
        plan, turns = planning.plan_sweep(image_set, spec, settings, settings.cache)
        manifest = image_sets.read_manifest(image_set)
        embeds = planning.embedding(image_set, spec, settings) if spec.embeds else None
        work = cost.estimate(plan, turns[plan.trials[0].fold], spec.size, manifest.channels, embeds, spec.then_finetune)
    about = manifest.summary, *manifest.notes
    for line in (*about, *preview.describe(plan, turns), *preview.cautions(plan, spec)):
        say(OUT, line)
    OUT.print(work)
    return 0


def ui(sweep_id: str, tracking_uri: str, port: int | None) -> int:
    """Serve MLflow's pages until Ctrl-C."""
    named = store.resolve_uri(tracking_uri)
    with store.told(named), store.to_read(named) as uri:
        run = sweeps.find(store.client(uri), sweep_id)
        if uri.startswith("http"):
            OUT.print(links.page(uri, run, uri), soft_wrap=True)
            return 0
        with server.serve(uri, port, named) as served:
            OUT.print(links.page(served.base, run, uri), soft_wrap=True)
            OUT.print("Ctrl-C stops the server", style="dim")
            served.process.wait()
    raise OSError("MLflow's server ended; steelyard ui starts it again")


def report(sweep_ids: list[str], tracking_uri: str, output: Path) -> int:
    """Write the report of one sweep or two."""
    with store.told(store.resolve_uri(tracking_uri)):
        try:
            size = reports.report(sweep_ids, tracking_uri, output)
        except OSError as error:
            raise OSError(f"{output} could not be written: {error.strerror or error}") from error
    say(ERR if atomic_files.is_stdout(output) else OUT, f"{output}: {size / 1e6:.1f} MB, opens in any browser")
    return 0


def _write(result: Comparison | Account, output: Path | None) -> int:
    try:
        if output:
            with atomic_files.whole(output) as file:
                file.write(result.model_dump_json(indent=2) + "\n")
    except OSError as error:
        raise OSError(f"{output} could not be written: {error.strerror}") from error
    return FAILED if result.failed else 0


def say(console: Console, line: str | Text) -> None:
    """Print a line as it is, whatever is in it and however long it is."""
    console.print(line, markup=False, highlight=False, soft_wrap=True)
