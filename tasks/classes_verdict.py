"""The evidence of a sweep in which every class counts, gathered from its store, and the verdict on it."""

import logging
from collections.abc import Sequence

from steelyard.models.classes.evidence import ClassesEvidence
from steelyard.models.classes.judge import judge
from steelyard.models.classes.note import markdown
from steelyard.models.classes.verdict import ClassesVerdict
from steelyard.models.objective import Objective
from steelyard.models.outcome import Outcome
from steelyard.models.spec import Sweep
from steelyard.models.sweep_plan import SweepPlan
from steelyard.models.tables import ranked
from steelyard.models.verdict.tried import Finished
from steelyard.tasks.features import store as features
from steelyard.tasks.images import store as image_sets
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import scores, store, verdicts
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.verdict import slices_of

logger = logging.getLogger(__name__)


def judged(
    outcomes: Sequence[Outcome], plan: SweepPlan, spec: Sweep, sweep: SweepRun, settings: Settings
) -> ClassesVerdict | None:
    """The verdict on a sweep whose trials have ended, kept on its run; None where none of them finished.

    Args:
        outcomes: of all trials, in the order they were planned.
        plan: what the sweep is about.
        spec: the objective and the interval of shares.
        sweep: the parent run.
        settings: where the store is.
    """
    if not any(outcome.operating for outcome in outcomes):
        return None
    client, table = store.client(settings.tracking_uri), image_sets.load(plan.shared.image_set).table.set_index("id")
    evidence = ClassesEvidence(
        tried=[
            Finished(trial, outcome, scores.fetch(client, outcome.run_id, plan.shared.folder))
            for trial, outcome in zip(plan.trials, outcomes, strict=True)
            if outcome.operating
        ],
        objective=Objective.parse(spec.objective),
        once=features.once(plan.shared.features),
        classes=plan.shared.subject.classes,
        train=plan.counts["train"],
        interval=spec.interval,
        groups=table["group"],
        slices=slices_of(table),
    )
    logger.info("judging: %d trials on %d images of test", len(evidence.tried), sum(plan.counts["test"]))
    verdict = judge(evidence, ranked(outcomes))
    verdicts.keep_text(client, sweep.run_id, verdict.model_dump_json(indent=2))
    verdicts.tell(client, sweep.run_id, lambda longest: markdown(verdict, longest))
    return verdict
