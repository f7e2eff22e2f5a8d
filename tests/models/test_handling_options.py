"""The little language of handlings: what each text means, and what is said of one that means nothing."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.errors import BadInput
from steelyard.models.handlings.parse import parse, resolve
from steelyard.models.handlings.registry import METHODS
from steelyard.models.spec.trial import Handling

COUNTS = (4800, 1200)
DEFERRED = Handling(name="deferred", deferred_after=0.8, streamed=True)


def refusal(text: str) -> str:
    with pytest.raises(BadInput) as caught:
        parse(text)
    return str(caught.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", ("none", {})),
        ("focal", ("focal", {"gamma": 2.0})),
        ("focal:gamma=0.5", ("focal", {"gamma": 0.5})),
        ("effective_number", ("effective_number", {"beta": 0.999})),
        ("logit_adjusted", ("logit_adjusted", {"tau": 1.0})),
        ("balanced_sampling", ("balanced_sampling", {"power": 1.0})),
        ("mixup", ("mixup", {"alpha": 0.2})),
        ("deferred", ("deferred", {"after": 0.8, "by": "weights"})),
        ("deferred:by=sampling:after=0.5", ("deferred", {"after": 0.5, "by": "sampling"})),
        (" deferred : after = 5e-1 ", ("deferred", {"after": 0.5, "by": "weights"})),
    ],
)
def test_a_text_is_a_name_and_options_with_the_defaults_filled_in(text: str, expected: tuple[str, object]) -> None:
    assert parse(text) == expected


@pytest.mark.parametrize("text", ["smote", "", "Focal", "focal gamma=2", "gamma=2:focal"])
def test_an_unknown_name_is_refused_and_the_known_ones_named(text: str) -> None:
    name = text.partition(":")[0]
    assert refusal(text) == f"handling must be among {', '.join(METHODS)}, got {name!r}"


@pytest.mark.parametrize(
    ("text", "usage"),
    [
        ("focal:alpha=2", "handling focal takes options as in focal:gamma=2.0"),
        ("focal:2", "handling focal takes options as in focal:gamma=2.0"),
        ("focal:", "handling focal takes options as in focal:gamma=2.0"),
        ("deferred:until=1", "handling deferred takes options as in deferred:after=0.8:by=weights|sampling"),
        ("downsample:ratio=2", "handling downsample takes no options"),
        ("constant:0.3", "handling constant takes no options"),
    ],
)
def test_an_unknown_option_is_refused_and_the_usage_shown(text: str, usage: str) -> None:
    assert refusal(text) == f"{usage}, got {text!r}"


@pytest.mark.parametrize(
    ("name", "key", "value", "told"),
    [
        ("focal", "gamma", "-1", "from 0 to 20, got '-1'; try 2.0"),
        ("focal", "gamma", "many", "from 0 to 20, got 'many'; try 2.0"),
        ("focal", "gamma", "", "from 0 to 20, got ''; try 2.0"),
        ("logit_adjusted", "tau", "nan", "from 0 to 10, got 'nan'; try 1.0"),
        ("mixup", "alpha", "inf", "from 0 to 10, got 'inf'; try 0.2"),
        ("balanced_sampling", "power", "1.01", "from 0 to 1, got '1.01'; try 1.0"),
        ("deferred", "after", "2", "from 0 to 1, got '2'; try 0.8"),
        ("effective_number", "beta", "1", "from 0 to 0.999999999, got '1'; try 0.999"),
    ],
)
def test_a_number_out_of_bounds_is_refused_and_the_bounds_given(name: str, key: str, value: str, told: str) -> None:
    assert refusal(f"{name}:{key}={value}") == f"handling {name}:{key} must be a number {told}"


def test_a_word_that_is_none_of_the_options_is_refused() -> None:
    assert refusal("deferred:by=hand") == "handling deferred:by must be weights or sampling, got 'hand'"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("none", Handling(name="none")),
        ("downsample", Handling(name="downsample", streamed=True)),
        ("upsample", Handling(name="upsample", streamed=True)),
        ("constant", Handling(name="constant", prior=(0.8, 0.2))),
        ("balanced", Handling(name="weights", class_weights=(0.2, 0.8))),
        ("focal", Handling(name="focal", options="gamma=2", numbers={"focal_gamma": 2})),
        (
            "logit_adjusted",
            Handling(name="logit_adjusted", options="tau=1", numbers={"logit_adjusted_tau": 1}, prior=(0.8, 0.2)),
        ),
        (
            "balanced_sampling:power=0.5",
            Handling(name="balanced_sampling", options="power=0.5", numbers={"sampling_power": 0.5}, streamed=True),
        ),
        ("mixup", Handling(name="mixup", options="alpha=0.2", mixup_alpha=0.2, streamed=True)),
        ("deferred", DEFERRED.model_copy(update={"options": "after=0.8:by=weights", "class_weights": (0.2, 0.8)})),
        (
            "deferred:by=sampling",
            DEFERRED.model_copy(update={"options": "after=0.8:by=sampling", "numbers": {"sampling_power": 1}}),
        ),
    ],
)
def test_a_handling_resolves_to_the_numbers_it_sets_for_4800_and_1200(text: str, expected: Handling) -> None:
    assert resolve(text, COUNTS) == expected


@pytest.mark.parametrize(
    ("text", "label"),
    [
        ("focal:gamma=2", "focal:gamma=2"),
        ("deferred:by=sampling", "deferred:after=0.8:by=sampling"),
        ("mixup", "mixup:alpha=0.2"),
        ("downsample", "downsample"),
        ("effective_number", "weights 0.5866"),
    ],
)
def test_a_label_shows_the_options_and_reads_back_as_the_same_handling(text: str, label: str) -> None:
    found = resolve(text, COUNTS)
    assert found.label == label
    assert found.name == "weights" or resolve(label, COUNTS) == found


@given(counts=st.tuples(st.integers(1, 9999), st.integers(1, 9999)))
def test_what_is_deferred_by_nothing_is_what_it_defers(counts: tuple[int, int]) -> None:
    assert resolve("deferred:after=0:by=weights", counts) == resolve("balanced", counts)
    assert resolve("deferred:after=0:by=sampling", counts) == resolve("balanced_sampling", counts)


@given(size=st.integers(1, 9999))
def test_on_balanced_data_what_only_weighs_is_the_baseline(size: int) -> None:
    for text in ("balanced", "effective_number", "deferred", "deferred:after=0"):
        assert resolve(text, (size, size)) == Handling(name="none")
