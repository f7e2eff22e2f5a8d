"""What a sweep leaves open, settled once the classes are known: the class to find, and what is wanted."""

from collections.abc import Sequence
from dataclasses import replace

from steelyard.models.errors import BadInput
from steelyard.models.names import listed
from steelyard.models.objective import Objective
from steelyard.models.spec.sweep import DEFAULT, EVERY_CLASS, Sweep


def settle(spec: Sweep, class_names: Sequence[str], positive: str) -> Sweep:
    """The same sweep with its positive class, if it has one, and its objective.

    Args:
        spec: what was asked for.
        class_names: of the source.
        positive: class that the source names as the one to find; "" for none.

    Returns:
        A spec with an objective; ``positive`` is "" where every class counts.

    Raises:
        BadInput: two classes of which none is the one to find, a class that is not there, or an option that does not
            fit.
    """
    found = spec.positive or positive
    if not found and len(class_names) <= 2:
        raise BadInput(f"positive must name the class to find, one of {listed(class_names)}; give --positive NAME")
    if found:
        return _one_to_find(spec, class_names, found)
    return _every_class(spec, class_names)


def _one_to_find(spec: Sweep, class_names: Sequence[str], positive: str) -> Sweep:
    for argument, name in (("positive", positive), ("negative", spec.negative)):
        if name and name not in class_names:
            raise BadInput(f"{argument} must be one of the classes {listed(class_names)}, got {name!r}")
    if positive == spec.negative:
        raise BadInput(f"negative must be another class than the positive, got {spec.negative!r} for both")
    if spec.imbalance_factor is not None:
        raise BadInput(
            f"imbalance-factor must be left out where one class is to be found, got {spec.imbalance_factor:g} with "
            f"{positive}; give --imbalance"
        )
    asked = spec.objective or DEFAULT
    wanted = Objective.parse(asked)
    if wanted.class_name not in ("", positive):
        raise BadInput(f"objective must be about the class to find, {positive}, got {spec.objective!r}")
    return spec.model_copy(
        update={"positive": positive, "objective": str(replace(wanted, class_name="")) if wanted.class_name else asked}
    )


def _every_class(spec: Sweep, class_names: Sequence[str]) -> Sweep:
    example = f"--positive {class_names[-1]}"
    if spec.negative:
        raise BadInput(f"negative must come with the class to find, got {spec.negative!r} alone; give {example} too")
    if spec.imbalance is not None:
        raise BadInput(
            f"imbalance must come with the class to find, got {spec.imbalance:g} alone; give {example} too, or "
            "--imbalance-factor for all classes"
        )
    asked = spec.objective or EVERY_CLASS
    wanted = Objective.parse(asked)
    if not wanted.class_name and str(wanted) != EVERY_CLASS:
        raise BadInput(
            f"objective must, where every class counts, be {EVERY_CLASS} or name its class, such as recall of "
            f"{class_names[-1]} @ precision >= 0.7, got {spec.objective!r}; or give {example}"
        )
    if wanted.class_name and wanted.class_name not in class_names:
        raise BadInput(f"objective must name one of the classes {listed(class_names)}, got {wanted.class_name!r}")
    return spec.model_copy(update={"objective": asked})
