"""Register the network of a sweep that has ended, where asked for; the sweep is kept whatever becomes of it."""

import logging

from prefect import State, task
from prefect.cache_policies import NO_CACHE

from steelyard.models.comparison.comparison import Comparison
from steelyard.models.spec.gate import Asked
from steelyard.tasks import progress
from steelyard.tasks.register import registered
from steelyard.tasks.settings import Settings
from steelyard.tasks.tracking import store
from steelyard.tasks.user_input import one_line

logger = logging.getLogger(__name__)


@task(name="register", cache_policy=NO_CACHE, task_run_name="register {settings.register_as}")
def hand_over(comparison: Comparison, settings: Settings) -> tuple[str, ...]:
    """Make the network to use a version of a registered model, and the champion if the gate lets it.

    Returns:
        What there is to say about it, a line each.
    """
    progress.tell(progress.Doing(f"registering {settings.register_as}"))
    uri = store.resolve_uri(settings.tracking_uri)
    asked = Asked(
        settings.register_as, settings.gate, settings.gate_margin, settings.abstain, settings.notify, settings.cache
    )
    made = registered(comparison.sweep_run_id, uri, asked)
    for line in made.lines:
        logger.info(line)
    return made.lines


def with_registered(comparison: Comparison, settings: Settings) -> Comparison:
    """The same with what was registered of it, or with why nothing was."""
    if not settings.register_as:
        return comparison
    return comparison.model_copy(update={"registered": _lines(comparison, settings)})


def _lines(comparison: Comparison, settings: Settings) -> tuple[str, ...]:
    name = settings.register_as
    none = f"{name}: nothing registered"
    if not comparison.best_run:
        return (f"{none}, since there is no network to use",)
    if store.client(settings.tracking_uri).undelivered:
        return (f"{none}, since the store is away; after steelyard sync: steelyard register --as {name}",)
    state: State[tuple[str, ...]] = hand_over(comparison, settings, return_state=True)
    if state.is_completed():
        return state.result()
    failure = state.result(raise_on_failure=False)
    why = one_line(failure) if isinstance(failure, Exception) else str(state.message)
    logger.warning("%s: %s", none, why)
    return (f"{none}: {why}",)
