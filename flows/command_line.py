"""The command line: its commands and options. Help imports neither torch, MLflow nor Prefect."""

import sys
from errno import ENAMETOOLONG
from importlib.metadata import version
from pathlib import Path
from typing import Annotated

import cyclopts
from cyclopts import App, ArgumentCollection, Group, Parameter, validators
from cyclopts.config import Dict
from pydantic import ValidationError

from steelyard.flows.help_groups import UNGROUPED, Grouped, shown
from steelyard.models.errors import BadInput, SweepFailed
from steelyard.models.spec.gate import MARGIN, Asked, Gate
from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.models.statistics.intervals import IntervalName
from steelyard.models.tutorial.chapters import Story
from steelyard.tasks import interrupt
from steelyard.tasks.report import opening
from steelyard.tasks.settings import Settings
from steelyard.tasks.timetable import Timetable
from steelyard.tasks.user_input import one_line, read

OK, FAILED, BAD_INPUT = 0, 1, 2

KEPT = "finished trials are kept; the same command goes on from there"

SPEC, IMAGES, STORY, SETTINGS = Sweep(), Images(), Story(), Settings()
REPORT, PREDICTIONS, FOLDER = Path("report.html"), Path("predictions.csv"), Path("findings")
NETWORK, LOOK = Path("model.onnx"), Path("watch.html")
FINDINGS = (
    "Folder for the page, index.html, and a CSV per finding; relabel.csv in it is for --labels, once you edited it."
)
ONLY_SWEEPS = set(Sweep.model_fields) - set(Images.model_fields)
WHEN, AGAIN = Group("When", sort_key=0), Group("Again and again", sort_key=2)
FIRST = """\
Steelyard finds the class weights and the threshold for imbalanced images.

  steelyard images folder:parts                          what is wrong with them
  steelyard sweep --data folder:parts --positive defect  train, compare, answer
  steelyard show                                         all that it found
  steelyard report                                       the same as a page
  steelyard predict best new-images                      let its network decide

Without images of your own: steelyard sweep --data digits --positive 8
All commands: steelyard --help
Tab completes them: steelyard --install-completion
"""
CONFIG = Parameter(
    help="TOML or JSON file with what is to be asked for, by the names of the options; options given here override it. "
    "Default: none."
)
SHARES = Parameter(help=f"As --interval of sweep. {Sweep.model_fields['interval'].description}")
TABLE = (
    "CSV to write: path, label, score, threshold; of a registered model all that it answers. The score is that of the "
    "class to find; where every class counts, that of the class that the objective asks for, whatever the label, or of "
    "the label where the threshold is -1."
)
RUN = (
    "Run id of a trial, or of a sweep for its model to use; best: of the newest sweep; or a registered model, such as "
    "parts-inspector@challenger or parts-inspector/3."
)
GATE = Parameter(help=Settings.model_fields["gate"].description)
GATE_MARGIN = Parameter(help=Settings.model_fields["gate_margin"].description, validator=validators.Number(gte=0, lt=1))
ABSTAIN = Parameter(help=Settings.model_fields["abstain"].description)
PORT = Parameter(help="Default: 5000, or a free one.", validator=validators.Number(gte=1, lte=65535))


def _from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Let options that were not given take their values from the file that ``--config`` names."""
    config = arguments.get("--config", default=None)
    if config is None or not config.tokens:
        return
    path, shares = config.tokens[0].value, arguments.get("--share-interval", default=None)
    fields = read(Path(path))
    if commands == ("images",):  # What a sweep is asked for beside its images is not asked here.
        fields = {name: value for name, value in fields.items() if name not in ONLY_SWEEPS}
    if shares and "interval" in fields:  # Of a schedule, whose --interval is a time.
        fields["share_interval"] = fields.pop("interval")
    Dict(fields, source=path, use_commands_as_keys=False)(app, commands, arguments)


app = App(
    name="steelyard",
    help="Find the class weights, resampling and decision threshold for imbalanced image data.",
    help_format="plaintext",
    help_formatter=Grouped(),
    group_parameters=Group(UNGROUPED, sort_key=1),
    version=lambda: version("steelyard"),
    version_flags=["--version"],
    config=_from_file,
    # No flag needs its opposite.
    default_parameter=Parameter(negative=(), show_default=shown),
)
app.register_install_completion_command(
    help="Let Tab complete commands and options in this shell: bash, zsh, fish or PowerShell."
)


@app.command
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


@app.command
def show(
    sweep: Annotated[str, Parameter(help="Run id of a sweep. Default: the newest.")] = "",
    /,
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
) -> int:
    """Print all that a sweep found: each cell, each sentence of the verdict, each trial that failed."""
    from steelyard.flows import command

    return command.show(sweep, tracking_uri)


@app.command
def images(
    data: Annotated[str, Parameter(help="As --data.")] = "",
    /,
    *,
    spec: Annotated[Images, Parameter(name="*")] = IMAGES,
    settings: Annotated[Settings, Parameter(name="*")] = SETTINGS,
    config: Annotated[Path | None, CONFIG] = None,
    output: Annotated[Path, Parameter(help=FINDINGS)] = FOLDER,
) -> int:
    """Say what is wrong with images before anything is trained on them: copies, series, wrong labels, shortcuts."""
    interrupt.after("features that were embedded are kept; the same command goes on from there")
    from steelyard.flows import command

    return command.images(spec.model_copy(update={"data": data}) if data else spec, settings, output)


@app.command
def schedule(
    *,
    timetable: Annotated[Timetable | None, Parameter(name="*", group=WHEN)] = None,
    spec: Annotated[Sweep, Parameter(name="*")] = SPEC,
    settings: Annotated[Settings, Parameter(name="*")] = SETTINGS,
    share_interval: Annotated[IntervalName, SHARES] = SPEC.interval,
    config: Annotated[Path | None, CONFIG] = None,
) -> int:
    """Run a sweep again and again on a Prefect server, never two at once, and say what changed each time."""
    times = timetable or Timetable()
    from steelyard.flows import schedule

    return schedule.schedule(spec.model_copy(update={"interval": share_interval}), settings, times, config)


@app.command
def tutorial(
    *,
    story: Annotated[Story, Parameter(name="*")] = STORY,
    settings: Annotated[Settings, Parameter(name="*")] = SETTINGS,
    json: Annotated[
        Path | None, Parameter(help="File to write the claims and all comparisons to. Default: none.")
    ] = None,
) -> int:
    """Reproduce the tutorial on class imbalance, run by run, and judge its claims; 35 to 50 minutes on two cores."""
    interrupt.after(KEPT)
    from steelyard.flows import command

    return command.tutorial(story, settings, json)


@app.command
def sync(
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep. Default: any.")] = "",
    cache: Annotated[Path, Parameter(help="Folder that the sweep had as its cache.")] = SETTINGS.cache,
) -> int:
    """Log to MLflow what sweeps kept on disk while its store did not answer."""
    from steelyard.flows import command

    return command.sync(tracking_uri, cache)


@app.command
def ui(
    sweep: Annotated[str, Parameter(help="Run id of a sweep. Default: the newest.")] = "",
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    port: Annotated[int | None, PORT] = None,
) -> int:
    """Serve MLflow's pages on 127.0.0.1 until Ctrl-C, and print the link to a sweep's trials."""
    from steelyard.flows import command

    return command.ui(sweep, tracking_uri, port)


@app.command
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


@app.command
def register(
    run: Annotated[str, Parameter(help="Run id of a trial, or of a sweep for its model to use.")] = "best",
    /,
    *,
    name: Annotated[str, Parameter(name="--as", help="What the model is called, such as parts-inspector.")],
    gate: Annotated[Gate, GATE] = "not-worse",
    gate_margin: Annotated[float, GATE_MARGIN] = MARGIN,
    abstain: Annotated[float | None, ABSTAIN] = None,
    notify: Annotated[str, Parameter(help=Settings.model_fields["notify"].description)] = "",
    cache: Annotated[Path, Parameter(help="Folder that the sweep had as its cache.")] = SETTINGS.cache,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
) -> int:
    """Register the network of a sweep as a model that decides and can be served; the champion if it is no worse."""
    from steelyard.tasks.register import register

    return register(run, tracking_uri, Asked(name, gate, gate_margin, abstain, notify, cache))


@app.command
def rollback(
    name: Annotated[str, Parameter(help="Of a registered model.")],
    /,
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
) -> int:
    """Make the champion before the champion of a registered model again."""
    from steelyard.tasks.register import rollback

    return rollback(name, tracking_uri)


@app.command
def predict(
    run: Annotated[str, Parameter(help=RUN)],
    paths: Annotated[
        list[Path], Parameter(name="path", help="Images, folders of images, and CSV lists with the column path.")
    ],
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    output: Annotated[Path, Parameter(help=TABLE)] = PREDICTIONS,
) -> int:
    """Let a trained network decide on images, at the threshold that its sweep chose."""
    from steelyard.tasks.predict import predict

    return predict(run, paths, tracking_uri, output)


@app.command
def watch(
    model: Annotated[str, Parameter(help="A registered model, such as parts-inspector@champion.")],
    paths: Annotated[
        list[Path],
        Parameter(
            name="path", help="New images, folders of images, and CSV lists with the columns path and slice_NAME."
        ),
    ],
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    output: Annotated[Path, Parameter(help="Page to write; a CSV of all new images gets its name.")] = LOOK,
    notify: Annotated[str, Parameter(help="Command of a shell that gets JSON where a change is told.")] = "",
    timetable: Annotated[Timetable | None, Parameter(name="*", group=AGAIN)] = None,
) -> int:
    """Compare new images with those that a registered model was tested on, and say which to label next.

    With a time, do so again and again on a Prefect server.
    """
    if timetable:
        from steelyard.flows.schedule import schedule_watch

        return schedule_watch(model, paths, tracking_uri, output, notify, timetable)
    from steelyard.tasks.watch import watch

    return watch(model, paths, tracking_uri, output, notify)


@app.command
def export(
    run: Annotated[str, Parameter(help=RUN)],
    output: Annotated[Path, Parameter(help="ONNX file to write.")] = NETWORK,
    /,
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
) -> int:
    """Write a trained network with its threshold as one ONNX file, which decides where Steelyard is not installed."""
    from steelyard.tasks.export import export

    return export(run, output, tracking_uri)


@app.command
def doctor(
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
    cache: Annotated[Path, Parameter(help="Folder for image sets and downloads, as for sweep.")] = SETTINGS.cache,
    clear: Annotated[bool, Parameter(help="Clear what dead sweeps left.")] = False,
) -> int:
    """Look at versions, devices, folders, store and servers, and say what is broken and how to mend it."""
    from steelyard.flows.doctor import doctor

    return doctor(Settings(tracking_uri=tracking_uri or None, cache=cache), clear)


def run(arguments: list[str] | None = None) -> int:
    """Run a command and return its exit code; a bad input is one line on standard error.

    Without a command it says what to do first.
    """
    given = sys.argv[1:] if arguments is None else arguments
    if not given:
        print(FIRST, end="")
        return OK
    try:
        code = app(
            _joined(given),
            exit_on_error=False,
            print_error=False,
            result_action="return_value",
        )
    except (BadInput, ValidationError, cyclopts.CycloptsError) as error:
        print(f"steelyard: {one_line(error)}", file=sys.stderr)
        return BAD_INPUT
    except (SweepFailed, OSError, MemoryError) as error:  # Often of a disk or a machine that had no room.
        print(f"steelyard: {one_line(error) or 'out of memory'}", file=sys.stderr)
        return BAD_INPUT if getattr(error, "errno", None) == ENAMETOOLONG else FAILED
    return code if isinstance(code, int) else OK


def _joined(arguments: list[str]) -> list[str]:
    """``--force true`` as ``--force=true``: the former is how ``mlflow run -P force=true`` passes a flag on."""
    joined: list[str] = []
    for argument in arguments:
        if argument in ("true", "false") and joined and joined[-1].startswith("--"):
            argument = f"{joined.pop()}={argument}"
        joined.append(argument)
    return joined
