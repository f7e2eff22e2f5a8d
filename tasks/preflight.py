"""What can be refused at once, before a server starts and before anything is read or written."""

from models.settle import settle
from models.spec import Sweep
from tasks import planning
from tasks.settings import Settings
from tasks.sources import open_source
from tasks.tracking import store
from tasks.workers import devices


def check(spec: Sweep, settings: Settings) -> None:
    """Refuse a source, class, backbone, device or store that cannot be used.

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
