"""The deployment of Prefect that the current flow run is of."""

import logging

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext

TOLD = ("tasks", "models")


def begun() -> str:
    """Let our log lines through to Prefect if a deployment started the current flow run, and give its name.

    Returns:
        "" for a run that was started otherwise, or by another run.
    """
    context = FlowRunContext.get()
    deployment_id = context.flow_run.deployment_id if context and context.flow_run else None
    if deployment_id is None:
        return ""
    # The command line does this for its own runs; here nobody has, and Python keeps what is below a warning.
    for logger in TOLD:
        logging.getLogger(logger).setLevel(logging.INFO)
    with get_client(sync_client=True) as client:
        return str(client.read_deployment(deployment_id).name)
