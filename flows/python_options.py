"""What a sweep is asked for in Python: keywords by the names of the fields, values as Python has them."""

import inspect
from collections.abc import Callable, Iterable, Mapping
from difflib import get_close_matches
from os import PathLike, fspath
from textwrap import TextWrapper
from typing import Any, TypeVar

from pydantic import ValidationError
from pydantic.fields import FieldInfo

from steelyard.models.errors import BadInput
from steelyard.models.names import cut
from steelyard.models.spec.images import Images, ImagesOptions
from steelyard.models.spec.sweep import Sweep, SweepOptions
from steelyard.tasks.settings import Resources, ResourcesOptions, Settings, SettingsOptions
from steelyard.tasks.user_input import one_line, written


class Options(SweepOptions, SettingsOptions, total=False):
    """Of both; None stands for the default."""


class OfImages(ImagesOptions, ResourcesOptions, total=False):
    """Of images alone."""


FIELDS = Sweep.model_fields | Settings.model_fields

SETTINGS_OF: dict[type[Images], type[Resources]] = {Sweep: Settings, Images: Resources}
"""What is given beside a spec, and cannot change a metric."""

LINES = TextWrapper(100, initial_indent="    ", subsequent_indent="        ")
"""Of the help on options."""

Asked = TypeVar("Asked", bound=Images)
Called = TypeVar("Called", bound=Callable[..., object])


def asked(options: Mapping[str, Any]) -> tuple[Sweep, Settings]:
    """What was asked of a sweep; as ``asked_of``."""
    return asked_of(options, Sweep)


def asked_of(options: Mapping[str, Any], what: type[Asked]) -> tuple[Asked, Settings]:
    """What was asked for, by the names of fields, checked.

    Raises:
        BadInput: a name that is not known, or a value that cannot be used; the sentence of the command line.
    """
    fields = _fields(what)
    if unknown := [name for name in options if name not in fields]:
        near = get_close_matches(unknown[0], fields, 1)
        told = f"Did you mean {near[0]}?" if near else f"There are {', '.join(fields)}."
        raise BadInput(f"Unknown option: {cut(unknown[0])}. {told}")
    given = {name: _plain(value) for name, value in options.items() if value is not None}
    spec = {name: written(name, value) for name, value in given.items() if name in what.model_fields}
    settings = {name: value for name, value in given.items() if name not in spec}
    try:
        return what.model_validate(spec), Settings.model_validate(settings)
    except ValidationError as error:
        raise BadInput(one_line(error)) from None


def described(function: Called, what: type[Images] = Sweep) -> Called:
    """Give a function the options of a sweep, or of images, as its parameters, for whoever asks for help on it."""
    fields = _fields(what)
    own = inspect.signature(function)
    first = [each for each in own.parameters.values() if each.kind is not each.VAR_KEYWORD]
    options = [
        inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=field.get_default(call_default_factory=True))
        for name, field in fields.items()
    ]
    function.__signature__ = own.replace(parameters=[*first, *options])  # type: ignore[attr-defined]
    told = "\n".join(LINES.fill(f"{name}: {field.description}") for name, field in fields.items())
    function.__doc__ = f"{inspect.getdoc(function)}\n\nOptions:\n{told}\n"
    return function


def _fields(what: type[Images]) -> dict[str, FieldInfo]:
    return what.model_fields | SETTINGS_OF[what].model_fields


def _plain(value: Any) -> Any:
    """Numbers, text and lists of them, of NumPy, pandas and torch too."""
    if isinstance(value, Mapping):
        return ",".join(f"{name}={number}" for name, number in value.items())
    if isinstance(value, PathLike):
        return fspath(value)
    if hasattr(value, "tolist"):
        return value.tolist()
    return list(value) if isinstance(value, Iterable) and not isinstance(value, str | bytes) else value
