"""Gather all that is known of a sweep that has just ended."""

import pandas as pd

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.data.image_set import ImageSet
from steelyard.models.data.partition import Turns
from steelyard.models.objective import Objective
from steelyard.models.objective.threshold_choice import threshold_class
from steelyard.models.report import wrong_images
from steelyard.models.report.dossier import OWN, About, Dossier
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.tasks import parting, preview, trial_identity
from steelyard.tasks.findings import files
from steelyard.tasks.images import image_sets
from steelyard.tasks.judging import VERDICT
from steelyard.tasks.report import dossier_files
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import curves, run_files, store


def gather(found: Comparison, plan: SweepPlan, spec: Sweep, settings: Settings) -> Dossier:
    """The dossier of a sweep, but for what is pictured of its images."""
    image_set = image_sets.load(plan.shared.image_set)
    turns = parting.taught_by(plan.shared.image_set, plan.partition, plan.shared.features)
    runs = [(trial.trial_id, trial.run_id) for trial in found.trials if trial.operating]
    return Dossier(
        found=found,
        spec=spec,
        about=_about(found, plan, spec, turns, settings),
        images=_images(image_set, turns),
        curves=curves.fetch(runs, plan.shared.folder),
        gallery=pd.DataFrame(),
        scores=_decisions(found, plan, settings)
        if found.every_class
        else pd.read_parquet(plan.shared.folder / VERDICT / dossier_files.SCORES),
    )


def _about(found: Comparison, plan: SweepPlan, spec: Sweep, turns: Turns, settings: Settings) -> About:
    name, started = run_files.begun(store.client(settings.tracking_uri), found.sweep_run_id)
    manifest = image_sets.read_manifest(plan.shared.image_set)
    return About(
        name=name,
        started=started,
        data=spec.data,
        subject=plan.shared.subject,
        partition=plan.partition,
        counts=plan.counts,
        image_set=manifest.summary,
        findings=(*manifest.notes, *preview.findings(plan, turns, spec)),
        found=files.of_sweep(plan.shared.folder),
        recipe=plan.recipes[0],
        compute=plan.trials[0].compute,
        versions=trial_identity.versions(),
        other_recipes=plan.recipes[1:],
        embedding=plan.embedding,
        licence=plan.shared.licence,
    )


def _decisions(found: Comparison, plan: SweepPlan, settings: Settings) -> pd.DataFrame:
    """Of all trials, by the threshold of all folds together; the scores of one are held at a time."""
    client, objective = store.client(settings.tracking_uri), Objective.parse(found.objective)
    folder, place = plan.shared.folder, threshold_class(objective, plan.shared.subject.class_names)
    runs = {trial.trial_id: trial.run_id for trial in found.trials}
    tables = [
        wrong_images.decisions(run_files.scores(client, runs[name], folder), of.operating.threshold, place).assign(
            trial_id=name
        )
        for of in found.judged
        if of.operating
        for name in of.of_folds or (of.trial_id,)
    ]
    table = pd.concat(tables, ignore_index=True)
    return table[[*wrong_images.COLUMNS, *({OWN} & {*table})]]


def _images(image_set: ImageSet, turns: Turns) -> pd.DataFrame:
    tables = [
        image_set.table.iloc[parts.rows()[part]].assign(part=part, label=parts.labels[parts.rows()[part]])
        for part in ("train", "val", "test")
        for parts in turns.values()
    ]
    # Where test is val too, or each image is all of them in turn, it is test.
    table = pd.concat(tables, ignore_index=True).drop_duplicates("id", keep="last")
    return table[dossier_files.IMAGES].reset_index(drop=True)
