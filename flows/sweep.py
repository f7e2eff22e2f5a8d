"""The main job: a grid of trials on one image set, trained side by side and compared."""

from functools import partial

from prefect import State, flow
from prefect.futures import wait
from prefect.task_runners import ThreadPoolTaskRunner

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import beside, deployment, notify
from steelyard.tasks.atomic_files import own_folder
from steelyard.tasks.compare import collect, compare, end, final_state
from steelyard.tasks.embed import embed
from steelyard.tasks.evaluate import evaluate
from steelyard.tasks.extract import extract
from steelyard.tasks.hand_over import with_registered
from steelyard.tasks.look import look
from steelyard.tasks.planning import settled
from steelyard.tasks.prefect_view import flow_runs
from steelyard.tasks.prefect_view.pages import Futures, opaque, succeeded, trials_shown
from steelyard.tasks.resample import resample
from steelyard.tasks.settings import Settings
from steelyard.tasks.then_finetune import rounds
from steelyard.tasks.tracking.session import as_stored, sweep_run
from steelyard.tasks.train import train
from steelyard.tasks.workers.runner import crew, stop
from steelyard.tasks.write_report import warn_unless_written, write_report

SETTINGS = Settings()


@flow(
    name="sweep",
    flow_run_name=deployment.run_name,
    # Prefect would refuse what a form gave with a page of its own words.
    validate_parameters=False,
    task_runner=ThreadPoolTaskRunner(max_workers=1),  # type: ignore[arg-type]  # Prefect's own
)
def sweep(spec: Sweep, settings: Settings = SETTINGS) -> State[Comparison]:
    """Train a grid of handlings and class weights, and compare them on one objective.

    Args:
        spec: Images, partition, grid, recipe and objective: everything that can change a metric.
        settings: Stores, devices and workers: nothing here can change a metric.

    Returns:
        Completed with the comparison, or Failed with it where trials failed.
    """
    with (
        deployment.refusable() as refusal,
        deployment.served(spec, settings) as (spec, settings, schedule),
        notify.of_failure(settings.notify, data=spec.data),
        own_folder(settings.cache / "sweeps") as folder,
    ):
        image_set = extract(spec, settings)
        spec = settled(spec, image_set, settings)
        look(image_set, embed(image_set, spec, settings, folder), spec, settings, folder)
        planned = resample.submit(image_set, spec, settings, folder)
        plan = planned.result()
        with (
            crew(plan.shared, not any(trial.seeded for trial in (*plan.trials, *plan.later)), settings) as trainers,
            sweep_run(plan, spec, settings, schedule, flow_runs.page()) as run,
            trials_shown(plan, run, settings),
            beside.threads(folder, partial(stop, folder, settings)),
        ):
            inputs = {"shared": opaque(plan.shared), "sweep": opaque(run), "data": spec.data, "settings": settings}
            ended: Futures = {}
            for trials in rounds(plan, ended, spec, settings):
                trained: Futures = {
                    trial: trainers.submit(train, {"trial": opaque(trial)} | inputs, wait_for=[planned])
                    for trial in trials
                }
                evaluated: Futures = {
                    trial: evaluate.submit(future, spec, opaque(plan.shared), settings)
                    for trial, future in succeeded(trained)
                }
                wait(list(evaluated.values()))
                ended |= trained | evaluated
            plan = plan.model_copy(update={"trials": tuple(ended)})
            outcomes = collect(plan.trials, ended)
            comparison = compare(outcomes, opaque(plan), spec, opaque(run), settings)
            # The comparison is kept already: a report that cannot be written fails its task and nothing else.
            warn_unless_written(write_report(opaque(comparison), opaque(plan), spec, settings, return_state=True))
            end(comparison, settings)
        comparison = with_registered(as_stored(comparison, settings), settings)
        notify.of_sweep(comparison, settings)
        return final_state(comparison)
    return refusal.state()
