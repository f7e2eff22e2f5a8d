"""The registry: all that is a handling's own. One more is an entry here, and its formula in ``losses.py``."""

from collections.abc import Callable, Mapping
from typing import NamedTuple

from steelyard.models.handlings.selections import DOWNSAMPLED, UPSAMPLED, Selection, sampled
from steelyard.models.handlings.weighing import balanced, by_effective_number
from steelyard.models.spec.trial import Handling

Counts = tuple[int, ...]
Values = Mapping[str, float | str]


class Option(NamedTuple):
    """An option of a handling: a number within bounds, both included, or one of some words.

    Attributes:
        default: value where none is given.
        low: smallest number.
        high: largest number.
        words: what it may be instead of a number.
        parameter: MLflow's name for the number, of which 0 does nothing; "" where ``resolve`` makes others of it.
    """

    default: float | str
    low: float = 0.0
    high: float = 1.0
    words: tuple[str, ...] = ()
    parameter: str = ""


class Method(NamedTuple):
    """One handling; in whatever it does not state it is as the baseline.

    Attributes:
        source: where the method comes from.
        options: by name.
        resolve: (images of each class in train, option values) -> what it sets; None for the options' own parameters.
        prior: whether it needs the share of each class in train.
        loss: name of its formula in ``losses.py``, which takes logits, labels and weights, then its options and the
            prior, where it needs it, by name; "" for weighted cross-entropy. A name, since help imports no torch.
        factor: what its loss multiplies the odds of each class by, and the network learns to divide them by.
        selection: what it draws; None for every image once an epoch.
        misfit: why no change of prior corrects its scores, in words; "" where one does.
        learns: whether there is anything to train.
    """

    source: str
    options: Mapping[str, Option] = {}
    resolve: Callable[[Counts, Values], Handling] | None = None
    prior: bool = False
    loss: str = ""
    factor: Callable[[Handling], tuple[float, ...]] = lambda handling: (1.0,) * handling.classes
    selection: Callable[[Handling], Selection | None] = lambda handling: None
    misfit: str = ""
    learns: bool = True


def _deferred(counts: Counts, given: Values) -> Handling:
    drawn = Handling(name="balanced_sampling", options="power=1", numbers={"sampling_power": 1})
    now = balanced(counts) if given["by"] == "weights" else drawn
    if given["after"] == 1 or now.name == "none":
        return Handling(name="none")
    if not given["after"]:
        return now
    return now.model_copy(update={"name": "deferred", "options": "", "deferred_after": given["after"]})


METHODS: dict[str, Method] = {
    "none": Method("the baseline"),
    "constant": Method("scikit-learn, DummyClassifier(strategy='prior')", prior=True, learns=False),
    "downsample": Method("Japkowicz & Stephen 2002; redrawn each epoch", selection=lambda handling: DOWNSAMPLED),
    "upsample": Method("Japkowicz & Stephen 2002", selection=lambda handling: UPSAMPLED),
    "balanced": Method(
        "scikit-learn, compute_class_weight('balanced')",
        resolve=lambda counts, given: balanced(counts),
    ),
    "effective_number": Method(
        "Cui et al. 2019, Class-balanced loss, eq. 2",
        {"beta": Option(0.999, 0, 1 - 1e-9)},
        resolve=lambda counts, given: by_effective_number(counts, float(given["beta"])),
    ),
    "focal": Method(
        "Lin et al. 2017, Focal loss, eq. 4",
        {"gamma": Option(2.0, 0, 20, parameter="focal_gamma")},
        loss="focal",
        # Charoenphakdee et al. 2021, "On focal loss for class-posterior probability estimation": its minimiser is not
        # the posterior.
        misfit="the focal loss flattens scores, which no change of prior undoes",
    ),
    "logit_adjusted": Method(
        "Menon et al. 2021, Long-tail learning via logit adjustment, eq. 10",
        {"tau": Option(1.0, 0, 10, parameter="logit_adjusted_tau")},
        prior=True,
        loss="logit_adjusted",
        factor=lambda handling: tuple(share ** handling.number("logit_adjusted_tau") for share in handling.prior),
    ),
    "balanced_sampling": Method(
        "Kang et al. 2020, Decoupling representation and classifier, eq. 1 with q = 1 - power",
        {"power": Option(1.0, 0, 1, parameter="sampling_power")},
        selection=sampled,
    ),
    "deferred": Method(
        "Cao et al. 2019, LDAM, deferred re-weighting and re-sampling",
        {"after": Option(0.8, 0, 1), "by": Option("weights", words=("weights", "sampling"))},
        resolve=_deferred,
        selection=sampled,
    ),
    "mixup": Method(
        "Zhang et al. 2018, mixup",
        {"alpha": Option(0.2, 0, 10)},
        resolve=lambda counts, given: Handling(name="mixup", mixup_alpha=float(given["alpha"])),
        # Carratino et al. 2022, "On mixup regularization": it shrinks outputs towards their mean.
        misfit="mixup learns from mixed labels, which flattens scores, and no change of prior undoes it",
    ),
}

WEIGHTS_ALONE = Method("weights that are given, by number, class or power")


def method_of(name: str) -> Method:
    """The method of a resolved handling, by its name."""
    return METHODS.get(name, WEIGHTS_ALONE)


def parameters_known() -> tuple[str, ...]:
    """Parameters of trials that are the number of some method; 0 in trials of all others."""
    options = (option for method in METHODS.values() for option in method.options.values())
    return tuple(option.parameter for option in options if option.parameter)
