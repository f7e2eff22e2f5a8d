"""What can be refused at once, before a server starts and before anything is read or written."""

import logging
from pathlib import Path

from models.names import printable
from models.settle import settle
from models.spec import Sweep
from models.trial import FEATURES
from tasks import config as configs
from tasks import planning
from tasks.settings import Settings
from tasks.sources import open_source
from tasks.tracking import store
from tasks.workers import devices

logger = logging.getLogger(__name__)


def check(spec: Sweep, settings: Settings, config: Path | None = None) -> None:
    """Refuse a source, class, device, store or backbone that cannot be used.

    Args:
        spec: what was asked for.
        settings: likewise.
        config: file that said some of it; one that names no recipe is told which is the default.

    Raises:
        BadInput: the first thing that is wrong.
    """
    store.check(store.resolve_uri(settings.tracking_uri))
    devices.resolve(settings)
    source = open_source(spec.data, settings.cache, spec.class_names)
    settle(spec, source.class_names, source.positive)
    if spec.embeds:
        # Last, since weights that are new are kept.
        planning.backbone(spec, settings)
    if config and spec.recipe == FEATURES and not configs.names_recipe(config):
        logger.info("%s names no recipe: the default is %s now, and was sound before", printable(config), FEATURES)
