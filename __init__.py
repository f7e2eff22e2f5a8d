"""Finds the class weights, resampling and decision threshold for imbalanced image data.

import steelyard as sy

tables = sy.images(data="folder:parts")
found = sy.sweep(data="folder:parts", positive="defect", objective="recall @ precision >= 0.9")
print(found.answer)
found.report("report.html")
sy.predict(found, ["new/"])
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from steelyard.flows.python_api import images, predict, report, sweep
    from steelyard.flows.result import Found
    from steelyard.models.errors import BadInput, SweepFailed

__all__ = ["BadInput", "Found", "SweepFailed", "images", "predict", "report", "sweep"]

_HOMES = {"BadInput": "models.errors", "SweepFailed": "models.errors", "Found": "flows.result"}


def __getattr__(name: str) -> Any:
    """What this package offers, imported when it is first used."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOMES.get(name, 'flows.python_api')}"), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
