"""The deployment of Prefect that the current flow run is of."""

import logging
from collections.abc import Iterator
from contextlib import contextmanager

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import preflight, run_lock
from steelyard.tasks.settings import Settings

logger = logging.getLogger(__name__)


@contextmanager
def served(spec: Sweep, settings: Settings) -> Iterator[str]:
    """If a deployment started the current flow run, do what the command line does for its own sweeps.

    That is: refuse at once what cannot be, let our log lines through, and say in one why the run failed.

    Args:
        spec: what was asked for.
        settings: where the store is.

    Yields:
        Name of the deployment; "" for a run that was started otherwise, or by another run.

    Raises:
        BadInput: as ``preflight.check``.
    """
    context = FlowRunContext.get()
    name = _name(context)
    if not context or not context.flow_run or not name:
        yield name
        return
    logging.getLogger("steelyard").setLevel(logging.INFO)
    try:
        preflight.check(spec, settings)
        # Shows a schedule that comes after a crash whether this run goes on.
        with run_lock.held(settings.cache, str(context.flow_run.id)):
            yield name
    except Exception as error:
        logger.error("the run failed: %s", " ".join(str(error).split()) or type(error).__name__)
        raise


def _name(context: FlowRunContext | None) -> str:
    deployment_id = context.flow_run.deployment_id if context and context.flow_run else None
    if deployment_id is None:
        return ""
    with get_client(sync_client=True) as client:
        return str(client.read_deployment(deployment_id).name)
