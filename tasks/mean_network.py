"""The network to hand over where folds took turns: the mean of the networks that the best cell's folds trained.

A threshold is chosen on the pooled scores of images that each fold's network had not seen. It means the same for the
mean of these networks, which shares their scale. One network that is fitted to all images does not: it is surer of what
it says, or less sure, than those whose scores chose the threshold.
"""

from collections.abc import Mapping

import torch
from torch import Tensor

from steelyard.models.comparison import short_metrics
from steelyard.models.comparison.outcome import Outcome
from steelyard.models.handlings.registry import method_of
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep_plan import SweepPlan
from steelyard.models.spec.trial import FEATURES
from steelyard.tasks import trial_identity
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import store, sweeps, trials
from steelyard.tasks.tracking.sweeps import SweepRun
from steelyard.tasks.train import keep_files
from steelyard.tasks.workers.trial_process import HEAD, WEIGHTS, state_of

ROLE = "final"
"""Tag of the network's run, which stands beside the trials in MLflow's list."""


def hand_over(
    best: Outcome,
    run_ids: Mapping[str, str],
    objective: Objective,
    plan: SweepPlan,
    sweep: SweepRun,
    settings: Settings,
) -> str:
    """Log the mean of the folds' networks to a run of its own, with the operating point of all folds together.

    Heads on features become one head, which has the mean of their weights and biases. Networks on pixels stay apart in
    one model, which averages their logits. A constant predictor has nothing to hand over.

    Args:
        best: the best cell's best seed, its folds together.
        run_ids: run in MLflow of each trial, by its trial_id.
        objective: what the threshold was chosen for.
        plan: of the sweep, whose files are still on disk.
        sweep: where the run is opened.
        settings: say which store.

    Returns:
        The id of the run; what it keeps lies in the folder ``files`` in that of the run, within the sweep's.

    Raises:
        LookupError: the network of a fold is gone.
    """
    first = next(trial for trial in plan.trials if trial_identity.trial_id(trial) == best.trial_id)
    trial, client = first.model_copy(update={"fold": 0}), store.client(settings.tracking_uri)
    run_id = trials.start(client, sweep, trial, trial_identity.trial_id(trial), ROLE)
    with trials.closing(client, run_id):
        if method_of(trial.handling.name).learns:
            name, mean = (HEAD, mean_head) if trial.recipe.name == FEATURES else (WEIGHTS, ensemble)
            states = [state_of(plan.shared.folder / run_ids[of], name) for of in best.of_folds]
            files = plan.shared.folder / run_id / "files"
            files.mkdir(parents=True)
            torch.save(mean(states), files / name)
            keep_files(trial, run_id, plan.shared, settings, files, members=len(states))
        assert best.operating is not None
        point = best.operating.flat() | short_metrics.of_trial(best.operating, best.classes, objective)
        trials.log_once(client, run_id, point, trial_identity.versions())
        sweeps.finish(client, run_id, "FINISHED")
    return run_id


def mean_head(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the mean of linear layers on the same features; its logits are the mean of theirs."""
    return {name: torch.stack([state[name] for state in states]).double().mean(dim=0).float() for name in states[0]}


def ensemble(states: list[dict[str, Tensor]]) -> dict[str, Tensor]:
    """Return the weights of several networks as those of one ``torch.nn.ModuleList``, which holds them by number."""
    return {f"{number}.{name}": value for number, state in enumerate(states) for name, value in state.items()}
