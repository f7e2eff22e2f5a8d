"""The command line: its commands, a file of options, and how it ends. Help imports neither torch nor MLflow."""

import sys
from errno import ENAMETOOLONG
from importlib.metadata import version
from pathlib import Path

import cyclopts
from cyclopts import App, ArgumentCollection, Group, Parameter
from cyclopts.config import Dict
from pydantic import ValidationError

from steelyard.flows import model_commands, sweep_commands
from steelyard.flows.help_groups import UNGROUPED, Grouped, shown
from steelyard.models.errors import BadInput, SweepFailed
from steelyard.models.spec.images import Images
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.user_input import one_line, read

OK, FAILED, BAD_INPUT = 0, 1, 2

ONLY_SWEEPS = set(Sweep.model_fields) - set(Images.model_fields)
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


def _from_file(app: App, commands: tuple[str, ...], arguments: ArgumentCollection) -> None:
    """Let options that were not given take their values from the file that ``--config`` names."""
    config = arguments.get("--config", default=None)
    if config is None or not config.tokens:
        return
    path = config.tokens[0].value
    fields = read(Path(path))
    if commands == ("images",):  # What a sweep is asked for beside its images is not asked here.
        fields = {name: value for name, value in fields.items() if name not in ONLY_SWEEPS}
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
for command in (
    *(sweep_commands.images, sweep_commands.sweep, sweep_commands.show, sweep_commands.report, sweep_commands.ui),
    *(sweep_commands.schedule, sweep_commands.sync, sweep_commands.tutorial, sweep_commands.doctor),
    *(model_commands.predict, model_commands.register, model_commands.rollback, model_commands.export),
    model_commands.watch,
):
    app.command(command)


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
