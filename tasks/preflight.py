"""What can be refused at once, before a server starts and before anything is read or written."""

import logging
from pathlib import Path

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.models.spec import gate
from steelyard.models.spec.images import Images
from steelyard.models.spec.resolve import settle
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.trial import FEATURES
from steelyard.tasks import user_input
from steelyard.tasks.features.weights import Weights, find
from steelyard.tasks.settings import Settings
from steelyard.tasks.sources import open_source
from steelyard.tasks.tracking import store
from steelyard.tasks.workers.runner import runner

logger = logging.getLogger(__name__)

SERVERS = ("http://", "https://")


def check(spec: Sweep, settings: Settings, config: Path | None = None) -> None:
    """Refuse a source, class, device, store or backbone that cannot be used.

    Of a file that said some of what was asked for, and names no recipe, it is said which is the default.

    Raises:
        BadInput: the first thing that is wrong.
    """
    uri, on = store.resolve_uri(settings.tracking_uri), runner(settings)
    if on.WANTS_SERVER and not uri.startswith(SERVERS):
        raise BadInput(
            f"tracking-uri must be an MLflow server for runner {settings.runner}, got {uri}: whoever looks on from "
            "another machine cannot reach a file of this one; start mlflow server and give --tracking-uri "
            "http://HOST:5000"
        )
    store.check(uri)
    on.machine(settings, 0)
    source = open_source(cache=settings.cache, **spec.origin)
    _registered(settle(spec, source.class_names, source.positive), settings)
    if spec.embeds:
        # Last, since weights that are new are kept.
        backbone(spec, settings)
    if config and spec.recipe == FEATURES and "recipe" not in user_input.read(config):
        logger.info("%s names no recipe: the default is %s now, and was sound before", printable(config), FEATURES)


def _registered(spec: Sweep, settings: Settings) -> None:
    """Refuse what would keep the network from being registered, once all is trained."""
    if not settings.register_as:
        if settings.abstain is not None:
            raise BadInput(f"abstain must come with a name to register, got {settings.abstain:g}; add --register NAME")
        return
    gate.check(settings.gate, spec.objective)
    if settings.abstain is not None and not spec.positive:
        raise BadInput(f"abstain must be left out where every class counts, got {settings.abstain:g}")


def backbone(spec: Images, settings: Settings) -> tuple[Weights, int]:
    """The weights of the backbone that is named, and the pixels per side that it sees.

    Raises:
        BadInput: they cannot be had, or it does not take that size.
    """
    weights = find(spec.backbone, spec.backbone_weights, settings.cache)
    size = spec.backbone_size or weights.size
    if weights.fixed and size != weights.size:
        raise BadInput(f"backbone-size must be {weights.size} for {spec.backbone}, got {size}; leave it out")
    return weights, size
