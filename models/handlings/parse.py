"""Handlings as people write them: ``focal:gamma=2``, ``deferred:after=0.8:by=sampling``."""

from steelyard.models.errors import BadInput
from steelyard.models.handlings.registry import METHODS, Counts, Option, Values, method_of
from steelyard.models.handlings.weighing import even
from steelyard.models.spec.trial import Handling


def parse(text: str) -> tuple[str, dict[str, float | str]]:
    """Name and options, the defaults filled in.

    Raises:
        BadInput: a name, an option or a value that is not known, with what is.
    """
    name, *parts = (part.strip() for part in text.split(":"))
    if name not in METHODS:
        raise BadInput(f"handling must be among {', '.join(METHODS)}, got {name!r}")
    options = METHODS[name].options
    values, given = {key: option.default for key, option in options.items()}, set[str]()
    for part in parts:
        key, equals, value = (word.strip() for word in part.partition("="))
        if not equals or key not in options:
            raise BadInput(f"handling {name} takes {_usage(name)}, got {text!r}")
        if key in given:
            raise BadInput(f"handling {name} takes {key} once, got {text!r}")
        given.add(key)
        values[key] = _value(f"{name}:{key}", value, options[key])
    return name, values


def resolve(text: str, counts: Counts) -> Handling:
    """A handling as written, resolved to numbers.

    With two classes one that only weighs is called ``weights``, or ``none`` if evenly; and one whose numbers do nothing
    is ``none``, so that what trains the same is trained once. ``counts`` are the images of each class in train, > 0.
    """
    name, values = parse(text)
    handling, evenly = _complete(_set_by(name, values, counts), counts), even(len(counts))
    if handling.name != name or not values:
        return handling
    if handling.class_weights == evenly and not handling.numbers and not handling.streamed:
        return Handling(name="none", class_weights=evenly)
    written = (f"{key}={value}" if isinstance(value, str) else f"{key}={value:.9g}" for key, value in values.items())
    return handling.model_copy(update={"options": ":".join(written)})


def _set_by(name: str, values: Values, counts: Counts) -> Handling:
    method = METHODS[name]
    if method.resolve:
        return method.resolve(counts, values)
    given = {option.parameter: float(values[key]) for key, option in method.options.items()}
    return Handling(name=name, numbers={parameter: value for parameter, value in given.items() if value})


def _complete(handling: Handling, counts: Counts) -> Handling:
    """With what its method says of it, and weights for as many classes as there are."""
    method = method_of(handling.name)
    streamed = bool(method.selection(handling) or handling.mixup_alpha or handling.deferred_after)
    weights = handling.class_weights if handling.classes == len(counts) else even(len(counts))
    prior = tuple(count / sum(counts) for count in counts) if method.prior else ()
    return handling.model_copy(update={"class_weights": weights, "prior": prior, "streamed": streamed})


def _value(where: str, text: str, option: Option) -> float | str:
    if option.words:
        if text not in option.words:
            raise BadInput(f"handling {where} must be {' or '.join(option.words)}, got {text!r}")
        return text
    try:
        value = float(text)
    except ValueError:
        value = float("nan")
    if not option.low <= value <= option.high:
        raise BadInput(
            f"handling {where} must be a number from {option.low:g} to {option.high:.9g}, got {text!r}; "
            f"try {option.default}"
        )
    return float(f"{value:.9g}")  # As its label shows it.


def _usage(name: str) -> str:
    options = METHODS[name].options
    shown = ":".join(f"{key}={'|'.join(option.words) or option.default}" for key, option in options.items())
    return f"options as in {name}:{shown}" if shown else "no options"
