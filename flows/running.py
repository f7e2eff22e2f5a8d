"""A sweep from what was asked for to what was found, for the command line and for Python alike."""

from pathlib import Path

from steelyard.flows.sweep import sweep as sweep_flow
from steelyard.models.comparison.comparison import Comparison
from steelyard.models.errors import BadInput, SweepFailed
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks import prefect_server, preflight
from steelyard.tasks.settings import Settings


def swept(spec: Sweep, settings: Settings, config: Path | None = None) -> Comparison:
    """Run a sweep, once ``prefect_server.begin`` was called.

    Args:
        spec: what was asked for.
        settings: likewise.
        config: file that said some of it, if one did.

    Returns:
        The comparison, whether or not trials failed.

    Raises:
        BadInput: something that was asked for cannot be used.
        SweepFailed: whatever else left the sweep without a comparison.
        OSError: Prefect's temporary server did not start.
    """
    preflight.check(spec, settings, config)
    prefect_server.wait()
    state = sweep_flow(spec, settings, return_state=True)
    # Where an event loop runs, as in a notebook, Prefect would give something to await.
    found = state.result(raise_on_failure=False, _sync=True)  # type: ignore[call-overload]
    if isinstance(found, Comparison):
        return found
    if isinstance(found, BadInput):
        raise found
    raise SweepFailed(f"the sweep failed: {found or state.message}")
