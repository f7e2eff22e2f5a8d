"""The commands on models that decide. Their help imports neither torch, MLflow nor Prefect."""

from pathlib import Path
from typing import Annotated

from cyclopts import Group, Parameter, validators

from steelyard.models.spec.gate import MARGIN, Asked, Gate
from steelyard.tasks.settings import Settings
from steelyard.tasks.timetable import Timetable

SETTINGS = Settings()
PREDICTIONS, NETWORK, LOOK = Path("predictions.csv"), Path("model.onnx"), Path("watch.html")
AGAIN = Group("Again and again", sort_key=2)
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


def rollback(
    name: Annotated[str, Parameter(help="Of a registered model.")],
    /,
    *,
    tracking_uri: Annotated[str, Parameter(help="MLflow store, as for sweep.")] = "",
) -> int:
    """Make the champion before the champion of a registered model again."""
    from steelyard.tasks.register import rollback

    return rollback(name, tracking_uri)


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
