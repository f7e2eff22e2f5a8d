"""Give the network of a sweep a name in MLflow's registry, as a model that decides."""

import shlex
from typing import Any

from rich.console import Console

from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.answer import answer
from steelyard.models.words.model_card import card
from steelyard.tasks import scratch
from steelyard.tasks.report import reports
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import decider, links, logged_model, registry, store

OUT = Console()

CARD = "model_card.md"
"""Beside the model's own files."""


def register(run: str, name: str, tracking_uri: str) -> int:
    """Make the network of a trial, or of a sweep the one to use, the newest version of a registered model.

    Args:
        run: id of a trial's run or of a sweep's, or ``best`` of the newest sweep.
        name: of the model.
        tracking_uri: as for a sweep.

    Raises:
        BadInput: no such run, one that keeps no model, or a name that cannot be one.
        OSError: the disk or the store failed.
    """
    registry.check_name(name)
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with store.told(uri), scratch.folder() as folder:
        client = store.client(uri)
        trial = decider.trial_of(client, run, folder)
        run_id, sweep_id = trial.info.run_id, trial.data.tags["sweep_id"]
        dossier = reports.fetch(uri, sweep_id)
        cell = _cell(dossier, run_id)
        decision = decision_of(dossier, cell, trial.data.metrics["operating/threshold"])
        model = folder / "deciding"
        logged_model.save_deciding(model, decider.saved(client, trial, default_cache(), folder), decision)
        said = card(dossier, cell, decision["threshold"], _links(uri, trial.info.experiment_id, sweep_id, run_id))
        (model / CARD).write_text(said, encoding="utf-8")
        version = registry.add(client, name, model, run_id, _tags(dossier, decision, sweep_id), said)
    _say(f"{name} version {version}, the challenger: {cell.cell} at threshold {decision['threshold']:.3g}")
    alias, option = f"{name}@{registry.CHALLENGER}", links.option(uri)
    _say(f"steelyard predict {alias} NEW/{option}  decides with it")
    serve = f"mlflow models serve -m models:/{alias} --env-manager local"
    _say(f"MLFLOW_TRACKING_URI={shlex.quote(uri)} {serve}  serves it")
    return 0


def _cell(dossier: Dossier, run_id: str) -> CellVerdict:
    """What trained the network of a run: where folds took turns, the one to use is that of the recommended cell."""
    trial = next((of for of in dossier.found.trials if of.run_id == run_id), None)
    if trial is None:
        return dossier.best
    name = trial.cell, trial.weight_positive
    return next(of for of in dossier.cells if (of.cell, of.weight_positive) == name)


def decision_of(dossier: Dossier, cell: CellVerdict, threshold: float) -> dict[str, Any]:
    """What turns scores into decisions, as ``logged_model.save_deciding`` takes it."""
    names = dossier.about.subject.class_names
    corrected = cell.calibration[0] if cell.calibration else None
    return {
        "objective": dossier.found.objective if dossier.every_class else "",
        "labels": list(dossier.about.subject.read),
        "place": threshold_class(dossier.objective, names),
        "threshold": threshold,
        "learned": corrected.learned if corrected and corrected.after else None,
        "prevalence": corrected.prevalence if corrected else None,
    }


def _links(uri: str, experiment_id: str, sweep_id: str, run_id: str) -> list[tuple[str, str]]:
    sweep, own = (links.in_markdown(uri, experiment_id, of) for of in (sweep_id, run_id))
    return [("sweep", sweep), ("run", own), ("report", links.report(uri, sweep_id) if uri.startswith("http") else "")]


def _tags(dossier: Dossier, decision: dict[str, Any], sweep_id: str) -> dict[str, str]:
    said, about = answer(dossier.found), dossier.about
    told = {
        "objective": dossier.found.objective,
        "threshold": decision["threshold"],
        "prevalence": decision["prevalence"],
        "badge": said.badge if said else None,
        "image_set": about.subject.content_hash,
        "backbone": about.embedding.backbone if about.embedding else None,
        "sweep_id": sweep_id,
    }
    return {key: str(value) for key, value in told.items() if value is not None}


def _say(line: str) -> None:
    OUT.print(line, markup=False, highlight=False, soft_wrap=True)
