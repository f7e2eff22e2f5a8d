"""The commands on images and sweeps. Their help imports neither torch, MLflow nor Prefect."""

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, validators

from steelyard.models.errors import BadInput
from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.models.tutorial.chapters import Story
from steelyard.tasks import interrupt
from steelyard.tasks.report import opening
from steelyard.tasks.settings import Resources, Settings, Stored
from steelyard.tasks.timetable import Timetable

KEPT = "finished trials are kept; the same command goes on from there"

SPEC, IMAGES, STORY = Sweep(), Images(), Story()
SETTINGS, STORED, RESOURCES = Settings(), Stored(), Resources()
REPORT, FOLDER = Path("report.html"), Path("findings")
FINDINGS = (
    "Folder for the page, index.html, and a CSV per finding; relabel.csv in it is for --labels, once you edited it."
)
WHEN = Group("When", sort_key=0)
CONFIG = Parameter(
    help="TOML or JSON file with what is to be asked for, by the names of the options; options given here override it. "
    "Default: none."
)
PORT = Parameter(help="Default: 5000, or a free one.", validator=validators.Number(gte=1, lte=65535))


def sweep(
    *,
    spec: Annotated[Sweep, Parameter(name="*")] = SPEC,
    settings: Annotated[Settings, Parameter(name="*")] = SETTINGS,
    config: Annotated[Path | None, CONFIG] = None,
    dry_run: Annotated[bool, Parameter(help="Print the plan and its cost, and train nothing.")] = False,
    json: Annotated[Path | None, Parameter(help="File to write the comparison to. Default: none.")] = None,
    verbose: Annotated[bool, Parameter(help="Print a line per trial, and at the end what steelyard show has.")] = False,
    quiet: Annotated[bool, Parameter(help="Print the answer and errors, and nothing else.")] = False,
) -> int:
    """Train a grid of handlings and class weights side by side, and compare them in MLflow."""
    if verbose and quiet:
        raise BadInput("verbose and quiet must not be given both; leave one of them out")
    if dry_run:
        from steelyard.flows import command

        return command.dry_run(spec, settings, config)
    interrupt.after(KEPT)
    with opening.told(spec, verbose, quiet):
        # Torch, MLflow and Prefect take seconds: what is asked for is on the screen before.
        from steelyard.flows import command

        found = command.swept(spec, settings, json, config)
    return command.tell(found, settings, json, verbose, quiet)


def show(
    sweep: Annotated[str, Parameter(help="Run id of a sweep. Default: the newest.")] = "",
    /,
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
) -> int:
    """Print all that a sweep found: each cell, each sentence of the verdict, each trial that failed."""
    from steelyard.flows import command

    return command.show(sweep, tracking_uri)


def images(
    data: Annotated[str, Parameter(help="As --data.")] = "",
    /,
    *,
    spec: Annotated[Images, Parameter(name="*")] = IMAGES,
    resources: Annotated[Resources, Parameter(name="*")] = RESOURCES,
    config: Annotated[Path | None, CONFIG] = None,
    output: Annotated[Path, Parameter(help=FINDINGS)] = FOLDER,
) -> int:
    """Say what is wrong with images before anything is trained on them: copies, series, wrong labels, shortcuts."""
    interrupt.after("features that were embedded are kept; the same command goes on from there")
    from steelyard.flows import command

    return command.images(spec.model_copy(update={"data": data}) if data else spec, Settings.of(resources), output)


def schedule(
    *,
    timetable: Annotated[Timetable | None, Parameter(name="*", group=WHEN)] = None,
    spec: Annotated[Sweep, Parameter(name="*")] = SPEC,
    settings: Annotated[Settings, Parameter(name="*")] = SETTINGS,
    config: Annotated[Path | None, CONFIG] = None,
) -> int:
    """Run a sweep again and again on a Prefect server, never two at once, and say what changed each time."""
    times = timetable or Timetable()
    from steelyard.flows import schedule

    return schedule.schedule(spec, settings, times, config)


def tutorial(
    *,
    story: Annotated[Story, Parameter(name="*")] = STORY,
    stored: Annotated[Stored, Parameter(name="*")] = STORED,
    json: Annotated[
        Path | None, Parameter(help="File to write the claims and all comparisons to. Default: none.")
    ] = None,
) -> int:
    """Reproduce the tutorial on class imbalance, run by run, and judge its claims; 35 to 50 minutes on two cores."""
    interrupt.after(KEPT)
    from steelyard.flows import command

    return command.tutorial(story, Settings.of(stored), json)


def sync(
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep. Default: any.")] = "",
    cache: Annotated[Path, Parameter(help="Folder that the sweep had as its cache.")] = SETTINGS.cache,
) -> int:
    """Log to MLflow what sweeps kept on disk while its store did not answer."""
    from steelyard.flows import command

    return command.sync(tracking_uri, cache)


def ui(
    sweep: Annotated[str, Parameter(help="Run id of a sweep. Default: the newest.")] = "",
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    port: Annotated[int | None, PORT] = None,
) -> int:
    """Serve MLflow's pages on 127.0.0.1 until Ctrl-C, and print the link to a sweep's trials."""
    from steelyard.flows import command

    return command.ui(sweep, tracking_uri, port)


def report(
    sweep: Annotated[str, Parameter(help="Run id of a sweep. Default: the newest.")] = "",
    other: Annotated[str, Parameter(help="Run id of another sweep, to say what changed between the two.")] = "",
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    output: Annotated[Path, Parameter(help="File to write.")] = REPORT,
) -> int:
    """Write the report of a sweep, or of two and what changed between them, as one page that opens anywhere."""
    from steelyard.flows import command

    return command.report([sweep, other] if other else [sweep], tracking_uri, output)


def doctor(
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    cache: Annotated[Path, Parameter(help="Folder for image sets and downloads, as for sweep.")] = SETTINGS.cache,
    clear: Annotated[bool, Parameter(help="Clear what dead sweeps left.")] = False,
) -> int:
    """Look at versions, devices, folders, store and servers, and say what is broken and how to mend it."""
    from steelyard.flows.doctor import doctor

    return doctor(Settings(tracking_uri=tracking_uri or None, cache=cache), clear)
