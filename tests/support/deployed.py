"""Runs of a deployment on a Prefect server, looked at and asked for as its pages do it."""

import time
from dataclasses import dataclass
from typing import Any

from prefect.client.orchestration import get_client
from prefect.client.schemas.filters import (
    DeploymentFilter,
    DeploymentFilterId,
    FlowRunFilter,
    FlowRunFilterId,
    LogFilter,
    LogFilterFlowRunId,
)
from prefect.client.schemas.objects import FlowRun
from prefect.client.schemas.responses import DeploymentResponse
from prefect.settings import PREFECT_API_URL, temporary_settings

PATIENCE_SECONDS = 240


@dataclass(frozen=True)
class Deployed:
    """A deployment of a flow.

    Attributes:
        url: of the server's API.
        name: of the deployment.
        flow: whose it is.
    """

    url: str
    name: str
    flow: str = "sweep"

    def ask(self, **parameters: Any) -> FlowRun:
        """Have a run started now."""
        with temporary_settings({PREFECT_API_URL: self.url}), get_client(sync_client=True) as client:
            return client.create_flow_run_from_deployment(self.read().id, parameters=parameters or None)

    def read(self) -> DeploymentResponse:
        with temporary_settings({PREFECT_API_URL: self.url}), get_client(sync_client=True) as client:
            return client.read_deployment_by_name(f"{self.flow}/{self.name}")

    def rest(self) -> None:
        """Start no more runs but those that are asked for."""
        deployment = self.read()
        with temporary_settings({PREFECT_API_URL: self.url}), get_client(sync_client=True) as client:
            client.update_deployment_schedule(deployment.id, deployment.schedules[0].id, active=False)

    def runs(self, *only: FlowRun) -> list[FlowRun]:
        """Those that are no longer Scheduled, or some runs as they are now; the first to start first."""
        ids = FlowRunFilter(id=FlowRunFilterId(any_=[run.id for run in only])) if only else None
        mine = DeploymentFilter(id=DeploymentFilterId(any_=[self.read().id]))
        with temporary_settings({PREFECT_API_URL: self.url}), get_client(sync_client=True) as client:
            found = client.read_flow_runs(flow_run_filter=ids, deployment_filter=mine, limit=200)
        begun = [run for run in found if run.state and not run.state.is_scheduled()]
        return sorted(begun, key=lambda run: str(run.start_time or run.created))

    def ended(self, number: int, state: str = "COMPLETED", *only: FlowRun) -> list[FlowRun]:
        """So many runs that ended in a state, once there are as many."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while len(found := [run for run in self.runs(*only) if run.state_type == state]) < number:
            assert time.monotonic() < deadline, [(run.name, run.state) for run in self.runs()]
            time.sleep(0.5)
        return found

    def starts(self, run: FlowRun) -> bool:
        """Whether a run gets its turn, once it has or is refused."""
        deadline = time.monotonic() + PATIENCE_SECONDS
        while not (found := [each for each in self.runs(run) if each.state_type != "PENDING"]):
            assert time.monotonic() < deadline, self.runs(run)
            time.sleep(0.5)
        return found[0].state_type != "CANCELLED"

    def log(self, run: FlowRun) -> str:
        """What a run's page shows as its log."""
        of_run = LogFilter(flow_run_id=LogFilterFlowRunId(any_=[run.id]))
        with temporary_settings({PREFECT_API_URL: self.url}), get_client(sync_client=True) as client:
            return "\n".join(line.message for line in client.read_logs(of_run, limit=200))
