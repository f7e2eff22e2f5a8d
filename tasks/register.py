"""Give the network of a sweep a name in MLflow's registry, as a model that decides."""

import shlex
from dataclasses import dataclass
from typing import Any

from rich.console import Console

from steelyard.models.names import check_model_name
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.model_answers import answers
from steelyard.models.report.reference_scores import reference_scores
from steelyard.models.spec.gate import Asked, check
from steelyard.models.spec.trial import FEATURES
from steelyard.models.verdict.cell_verdict import CellVerdict
from steelyard.models.words.answer import answer
from steelyard.models.words.model_card import card
from steelyard.tasks import gate as gates
from steelyard.tasks import notify, scratch, unseen
from steelyard.tasks.drift import reference
from steelyard.tasks.gate import Challenger, Passed
from steelyard.tasks.report import progress_terminal, reports
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import champions, decider, ledger, links, registry, saved_model, store
from steelyard.tasks.tracking.champions import CHAMPION, Overtaken

OUT, ERR = Console(emoji=False), Console(stderr=True, emoji=False)

CARD = "model_card.md"
"""Beside the model's own files."""


@dataclass(frozen=True)
class Registered:
    """A version that was registered: its number, what it decides by, and what the gate said."""

    name: str
    version: str
    cell: str
    threshold: float
    passed: Passed

    @property
    def alias(self) -> str:
        """How it is asked for from now on."""
        return f"{self.name}@{CHAMPION if self.passed.champion else registry.CHALLENGER}"

    @property
    def lines(self) -> tuple[str, str]:
        """What it is, and whether it is the champion."""
        decides = f"{self.name} version {self.version}: {self.cell} at threshold {self.threshold:.3g}"
        return decides, self.passed.line


def register(run: str, tracking_uri: str, asked: Asked) -> int:
    """Make the network of a trial, or of a sweep the one to use, the newest version of a registered model.

    Args:
        run: id of a trial's run or of a sweep's, or ``best`` of the newest sweep.
        tracking_uri: as for a sweep.
        asked: name, gate and more.

    Raises:
        BadInput: no such run, one that keeps no model, a name that cannot be one, a gate that needs a constraint, or a
            share of wrong decisions that it cannot keep to.
        OSError: the disk or the store failed.
    """
    check_model_name(asked.name, "as")
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with progress_terminal.shown(ERR), store.told(uri):
        made = registered(run, uri, asked)
    for line in made.lines:
        _say(line)
    _say(f"steelyard predict {made.alias} NEW/{links.option(uri)}  decides with it")
    serve = f"mlflow models serve -m models:/{made.alias} --env-manager local"
    _say(f"MLFLOW_TRACKING_URI={shlex.quote(uri)} {serve}  serves it")
    return 0


def registered(run: str, uri: str, asked: Asked) -> Registered:
    """As ``register``, of the store at a URI, without a word."""
    client, name, cache = store.client(uri), asked.name, asked.cache or default_cache()
    with scratch.folder() as folder:
        trial = decider.trial_of(client, run, folder)
        run_id, sweep_id = trial.info.run_id, trial.data.tags["sweep_id"]
        dossier = reports.fetch(uri, sweep_id)
        cell = _cell(dossier, run_id)
        check(asked.gate, dossier.found.objective)
        decision = decision_of(dossier, cell, trial.data.metrics["operating/threshold"])
        more = answers(dossier, cell, run_id, decision, asked.abstain)
        decision |= more.decision
        model, looks = folder / "deciding", ledger.looks(client, sweep_id, dossier.about.subject.content_hash)
        saved_model.save_deciding(model, decider.saved(client, trial, cache, folder), decision)
        places = _links(uri, trial.info.experiment_id, sweep_id, run_id)
        said = card(dossier, cell, decision["threshold"], places, more, looks)
        (model / CARD).write_text(said, encoding="utf-8")
        unseen.learned_from(dossier).to_parquet(model / unseen.LEARNED)
        scored = reference_scores(dossier, cell, run_id, decision)
        reference.keep(dossier, scored, cell.recipe == FEATURES, cache, model)
        version = str(registry.add(client, name, model, run_id, _tags(dossier, decision, sweep_id), said))
    passed = gates.enter(client, Challenger(name, version, dossier, cell, run_id), asked)
    registry.tell(client, name, version, passed.line, passed.compared)
    event: notify.Event = "promoted" if passed.champion else "kept out"
    notify.tell(asked.notify, event, model=name, version=version, line=passed.line, tracking_uri=uri)
    return Registered(name, version, cell.cell, decision["threshold"], passed)


def rollback(name: str, tracking_uri: str) -> int:
    """Make the champion before the champion again.

    Raises:
        BadInput: no such model, or it has had no other champion.
        OSError: the store failed.
    """
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with store.told(uri):
        try:
            was, now = champions.roll_back(store.client(uri), name)
        except Overtaken:
            raise OSError(
                f"another process changed the champion of {name} at the same time; look and try again"
            ) from None
    _say(f"{name} version {now} is the champion again{f' instead of version {was}' if was else ''}")
    return 0


def _cell(dossier: Dossier, run_id: str) -> CellVerdict:
    """What trained the network of a run: where folds took turns, the one to use is that of the recommended cell."""
    trial = next((of for of in dossier.found.trials if of.run_id == run_id), None)
    if trial is None:
        return dossier.best
    name = trial.cell, trial.weight_positive
    return next(of for of in dossier.cells if (of.cell, of.weight_positive) == name)


def decision_of(dossier: Dossier, cell: CellVerdict, threshold: float) -> dict[str, Any]:
    """What turns scores into decisions, as ``saved_model.save_deciding`` takes it."""
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
        ledger.IMAGE_SET: about.subject.content_hash,
        "backbone": about.embedding.backbone if about.embedding else None,
        "sweep_id": sweep_id,
    }
    return {key: str(value) for key, value in told.items() if value is not None}


def _say(line: str) -> None:
    OUT.print(line, markup=False, highlight=False, soft_wrap=True)
