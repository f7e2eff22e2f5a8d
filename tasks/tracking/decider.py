"""Find a trained network: by the run of its trial or of a sweep, or by the name that it is registered under."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

import pandas as pd
from mlflow import MlflowClient
from mlflow.entities import Run
from mlflow.exceptions import MlflowException
from mlflow.pyfunc import PyFuncModel, load_model

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep_plan import called_negative
from steelyard.tasks.tracking import heads, logged_model, registry, run_files, saved_model, search
from steelyard.tasks.tracking.decisions import Decider, Images

BEST, COMPARED, ASKED = "best", ("comparison.json",), ("spec.json",)


def find(client: MlflowClient, run: str, cache: Path, folder: Path) -> Decider:
    """The network of a trial, the one to use of a sweep, or one that is registered.

    Args:
        client: of the store.
        run: id of a trial's run or of a sweep's, ``best`` for the best of the newest sweep, or a registered model by
            its alias or version: ``parts@challenger``, ``parts/3``.
        cache: folder with backbones, of which a head makes a network.
        folder: that exists, for the model's files.

    Raises:
        BadInput: no such run, one that did not finish, or one that keeps neither a model nor a head.
    """
    if registry.is_named(run):
        return _registered(client, run, folder)
    trial = trial_of(client, run, folder)
    place = saved(client, trial, cache, folder)
    with _whole(trial.info.run_id):
        model = load_model(str(place))
        fields = _fields(model)
    several = tuple(model.metadata.flavors["python_function"]["config"].get("class_names", ()))
    return Decider(
        run_id=trial.info.run_id,
        class_names=several or _two_names(client, trial),
        objective=_objective(client, trial, folder) if several else "",
        threshold=trial.data.metrics["operating/threshold"],
        model=model,
        files=place,
        **fields,
    )


def _registered(client: MlflowClient, named: str, folder: Path) -> Decider:
    version = registry.find(client, named)
    run_id = str(version.run_id)
    with _whole(run_id):
        place = logged_model.download(client, str(version.source), folder / "model")
        model = load_model(str(place))
        decision = model.metadata.flavors["python_function"]["config"]["decision"]
        return Decider(
            run_id=run_id,
            class_names=tuple(decision["labels"]),
            objective=decision["objective"],
            threshold=decision["threshold"],
            model=_Scoring(model),
            files=place,
            version=version,
            band=(band["low"], band["high"]) if (band := decision.get("abstain")) else None,
            decision=decision,
            **_fields(model),
        )


class _Scoring:
    """A model that decides, asked for no more than its scores."""

    def __init__(self, model: PyFuncModel) -> None:
        self.model = model.unwrap_python_model()  # type: ignore[no-untyped-call]

    def predict(self, images: Images) -> pd.DataFrame:
        scores: pd.DataFrame = self.model.predict(None, images)
        return scores

    def unwrap_python_model(self) -> Any:
        return self.model


def _fields(model: PyFuncModel) -> dict[str, Any]:
    """Of a ``Decider``, how its network sees images."""
    config = model.metadata.flavors["python_function"]["config"]
    # A model that takes images of any size says what it was trained on; one of before has it in its signature.
    schema = model.metadata.signature.inputs
    size = config["size"] if "size" in config else schema.inputs[0].shape[1]
    return {
        "size": int(size),
        "channels": int(config["channels"]),
        "bits": int(config.get("bits", 8)),
        # A model of before this key stretched whatever it was shown.
        "fit": config.get("fit", "stretch"),
        "interpolation": config.get("interpolation", "bilinear"),
    }


def wanted(client: MlflowClient, network: Decider, folder: Path) -> dict[str, Any]:
    """What a network was chosen for, and its version: objective, learned, prevalence, model_version; what is known.

    ``learned`` is the share of positives that its scores are for, ``prevalence`` the one that it is judged at.
    """
    if (version := network.version) is not None:
        decision = network.decision
        told = {name: json.dumps(decision[name]) for name in ("calibrator", "abstain") if decision.get(name)}
        return told | {
            "learned": decision["learned"],
            "prevalence": decision["prevalence"],
            "objective": version.tags.get("objective"),
            "model_version": f"{version.name}/{version.version}",
        }
    # A sweep of before this file, or one that was deleted, leaves a network of two classes that decides all the same.
    with suppress(BadInput, MlflowException):
        return {"objective": network.objective or _objective(client, client.get_run(network.run_id), folder)}
    return {}


def _two_names(client: MlflowClient, trial: Run) -> tuple[str, str]:
    negative, positive = (trial.data.params[name] for name in ("negative", "positive"))
    if other := client.get_run(trial.data.tags["sweep_id"]).data.tags.get(search.OTHER_CLASS):
        return other, positive
    # A run of before calls all others rest even where that is the class to find.
    return called_negative(positive, negative if negative != positive else ""), positive


def _objective(client: MlflowClient, trial: Run, folder: Path) -> str:
    # The run's own parameter may be as ``mlflow run`` quoted it for a shell.
    run_files.fetch(client, trial.data.tags["sweep_id"], ASKED, folder)
    return str(json.loads((folder / "spec.json").read_text(encoding="utf-8"))["objective"])


def trial_of(client: MlflowClient, run: str, folder: Path) -> Run:
    """The run of a trial, or of the model to use of a sweep, that is named as ``find`` has it.

    Raises:
        BadInput: there is none, or it did not finish.
    """
    run_id = search.newest_with(client, COMPARED) if run == BEST else run
    try:
        named = client.get_run(run_id)
    except MlflowException as error:
        known = f"the id of a trial's or a sweep's run in {client.tracking_uri}, {BEST}, or a registered NAME@ALIAS"
        raise BadInput(f"run must be {known}, got {run!r}") from error
    role = named.data.tags.get("role")
    if role == "sweep":
        run_files.fetch(client, run_id, COMPARED, folder)
        # Not as its type, which would import all that judges a sweep: 2 s.
        try:
            comparison = json.loads((folder / "comparison.json").read_bytes())
            trials = {trial["trial_id"]: trial["run_id"] for trial in comparison["trials"]}
            best = comparison["final_run"] if comparison.get("pooled") else trials[comparison["best"]]
        except (ValueError, KeyError, TypeError) as error:
            raise BadInput(f"sweep {run_id} has a comparison.json that is damaged; run the same sweep again") from error
        if not best:
            raise BadInput(f"sweep {run_id} keeps no model to use; run the same sweep again")
        return client.get_run(best)
    if role not in ("trial", "final") or named.info.status != "FINISHED":
        raise BadInput(f"run must be that of a trial that finished, or of a sweep, got {run}, which is neither")
    return named


def saved(client: MlflowClient, trial: Run, cache: Path, folder: Path) -> Path:
    """The model that a trial's run keeps, or that its head makes with its backbone, copied below a folder.

    Raises:
        BadInput: it keeps neither, or they are damaged.
        OSError: there is no room.
    """
    run_id, place = trial.info.run_id, folder / "model"
    if location := logged_model.location(client, trial):
        return logged_model.download(client, location, place)
    if heads.has_head(client, run_id):
        heads.fetch_head(client, run_id, folder)
        with _whole(run_id):
            saved_model.save(place, heads.with_backbone(folder, cache, folder))
        return place
    raise BadInput(f"run {run_id} keeps no model: its handling is {trial.data.params.get('handling')}")


@contextmanager
def _whole(run_id: str) -> Iterator[None]:
    """Refuse files of a model that are damaged.

    Raises:
        BadInput: they are; or what the block says itself.
        OSError: there is no room to put it together.
    """
    try:
        yield
    except (BadInput, OSError):
        raise
    # Torch, safetensors, pickle, YAML, pydantic and MLflow each raise their own.
    except Exception as error:
        why = " ".join(str(error).split())[:200] or type(error).__name__
        raise BadInput(
            f"run {run_id} keeps a model that cannot be read ({why}), or its backbone in the cache is damaged; name "
            "another run, or train it again with steelyard sweep --force"
        ) from error
