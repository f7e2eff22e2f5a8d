"""A look at new images, for a timetable."""

import logging
from pathlib import Path

from prefect import State, flow
from prefect.states import Completed

from steelyard.tasks import deployment, notify
from steelyard.tasks import watch as looks
from steelyard.tasks.given_files import NothingNew
from steelyard.tasks.settings import Settings

CACHE = Settings().cache

logger = logging.getLogger(__name__)


@flow(name="watch", flow_run_name="watch {model}")
def watch(
    model: str,
    paths: list[Path],
    tracking_uri: str = "",
    output: Path = Path("watch.html"),
    notify_command: str = "",
    cache: Path = CACHE,
) -> State[None]:
    """Compare new images with those that a registered model was tested on.

    Args:
        model: Such as parts-inspector@champion.
        paths: Images, folders of images, and CSV lists with the columns path and slice_NAME.
        tracking_uri: MLflow store.
        output: Page to write; a CSV of all new images gets its name.
        notify_command: Command of a shell that gets JSON where a change is told, or a look fails.
        cache: Folder where the runs of a schedule find each other.

    Returns:
        Completed, named Drifted where a change is told.
    """
    with (
        deployment.refusable() as refusal,
        deployment.begun(cache),
        notify.of_failure(notify_command, model=model),
    ):
        try:
            looked = looks.look(model, paths, tracking_uri, output, notify_command)
        except NothingNew as nothing:
            return Completed(message=str(nothing))
        for path, why in looked.unreadable.items():
            logger.warning("unreadable: %s: %s", path, why)
        logger.info("%s", looked.line)
        return Completed(name="Drifted" if looked.drifted else "Completed", message=looked.line)
    return refusal.state()
