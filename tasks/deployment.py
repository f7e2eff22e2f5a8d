"""The deployment of Prefect that the current flow run is of."""

from prefect.client.orchestration import get_client
from prefect.context import FlowRunContext


def name() -> str:
    """Name of the deployment that started the current flow run; "" for a run that was started otherwise, or by one."""
    context = FlowRunContext.get()
    deployment_id = context.flow_run.deployment_id if context and context.flow_run else None
    if deployment_id is None:
        return ""
    with get_client(sync_client=True) as client:
        return str(client.read_deployment(deployment_id).name)
