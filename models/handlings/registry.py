"""The registry: what each handling sets, from the class counts of train and its own options."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from steelyard.models.handlings.weighing import balanced, by_effective_number
from steelyard.models.trial import Handling

Counts = tuple[int, ...]


class Option(NamedTuple):
    """An option of a handling: a number within bounds, both included, or one of some words.

    Attributes:
        default: value where none is given.
        low: smallest number.
        high: largest number.
        words: what it may be instead of a number.
    """

    default: float | str
    low: float = 0.0
    high: float = 1.0
    words: tuple[str, ...] = ()


class Method(NamedTuple):
    """One handling.

    Attributes:
        source: where the method comes from.
        resolve: (images of each class in train, option values) -> the numbers it sets.
        options: by name.
    """

    source: str
    resolve: Callable[[Counts, Mapping[str, float | str]], Handling]
    options: Mapping[str, Option] = {}


def share_of(counts: Counts) -> tuple[float, ...]:
    """Share of each class."""
    return tuple(count / sum(counts) for count in counts)


def _deferred(counts: Counts, given: Mapping[str, float | str]) -> Handling:
    by_weights = given["by"] == "weights"
    now = balanced(counts) if by_weights else Handling(name="balanced_sampling", options="power=1", sampling_power=1)
    if not given["after"] or now.name == "none":
        return now
    return now.model_copy(update={"name": "deferred", "options": "", "deferred_after": given["after"]})


METHODS: dict[str, Method] = {
    "none": Method("the baseline", lambda counts, given: Handling(name="none")),
    "constant": Method(
        "scikit-learn, DummyClassifier(strategy='prior')",
        lambda counts, given: Handling(name="constant", prior=share_of(counts)),
    ),
    "downsample": Method(
        "Japkowicz & Stephen 2002; redrawn each epoch", lambda counts, given: Handling(name="downsample")
    ),
    "upsample": Method("Japkowicz & Stephen 2002", lambda counts, given: Handling(name="upsample")),
    "balanced": Method(
        "scikit-learn, compute_class_weight('balanced')", lambda counts, given: balanced(counts)
    ),
    "effective_number": Method(
        "Cui et al. 2019, Class-balanced loss, eq. 2",
        lambda counts, given: by_effective_number(counts, float(given["beta"])),
        {"beta": Option(0.999, 0, 1 - 1e-9)},
    ),
    "focal": Method(
        "Lin et al. 2017, Focal loss, eq. 4",
        lambda counts, given: Handling(name="focal", focal_gamma=given["gamma"]),
        {"gamma": Option(2.0, 0, 20)},
    ),
    "logit_adjusted": Method(
        "Menon et al. 2021, Long-tail learning via logit adjustment, eq. 10",
        lambda counts, given: Handling(
            name="logit_adjusted", logit_adjusted_tau=given["tau"], prior=share_of(counts)
        ),
        {"tau": Option(1.0, 0, 10)},
    ),
    "balanced_sampling": Method(
        "Kang et al. 2020, Decoupling representation and classifier, eq. 1 with q = 1 - power",
        lambda counts, given: Handling(name="balanced_sampling", sampling_power=given["power"]),
        {"power": Option(1.0, 0, 1)},
    ),
    "deferred": Method(
        "Cao et al. 2019, LDAM, deferred re-weighting and re-sampling",
        _deferred,
        {"after": Option(0.8, 0, 1), "by": Option("weights", words=("weights", "sampling"))},
    ),
    "mixup": Method(
        "Zhang et al. 2018, mixup",
        lambda counts, given: Handling(name="mixup", mixup_alpha=given["alpha"]),
        {"alpha": Option(0.2, 0, 10)},
    ),
}  # fmt: skip


def names_known() -> tuple[str, ...]:
    """Names that ``--handling`` accepts."""
    return tuple(METHODS)
