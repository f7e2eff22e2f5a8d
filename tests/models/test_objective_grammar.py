"""How an objective is written: every form reads back to the last digit, and what does not parse is told why."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.errors import BadInput
from steelyard.models.names import brief
from steelyard.models.objective import GRAMMAR, Objective
from steelyard.models.objective.grammar import ALONE, CONSTRAINTS, EXAMPLES

SHARES = st.floats(0, 1, exclude_min=True, exclude_max=True)
POSITIVE = st.floats(0, exclude_min=True, allow_infinity=False)
STATED = st.one_of(st.none(), SHARES)

READ = {
    "recall @ precision >= 0.7": Objective("recall", "precision", 0.7),
    "recall @ false_positive_rate <= 0.05": Objective("recall", "false_positive_rate", 0.05),
    "recall @ alarms <= 30 per 1000": Objective("recall", "alarms", 30),
    "precision @ recall >= 0.95": Objective("precision", "recall", 0.95),
    "precision @ false_positive_rate <= 0.05": Objective("precision", "false_positive_rate", 0.05),
    "precision @ alarms <= 0.5 per 1000": Objective("precision", "alarms", 0.5),
    "recall @ accuracy >= 0.9": Objective("recall", "accuracy", 0.9),
    "recall @ balanced_accuracy >= 0.8": Objective("recall", "balanced_accuracy", 0.8),
    "recall @ f1 >= 0.6": Objective("recall", "f1", 0.6),
    "recall @ fbeta 2 >= 0.6": Objective("recall", "fbeta", 0.6, beta=2),
    "precision @ cost fn=10 fp=1 <= 0.3": Objective(
        "precision", "cost", 0.3, false_negative_cost=10, false_positive_cost=1
    ),
    "recall": Objective("recall"),
    "f1": Objective("f1"),
    "fbeta 2": Objective("fbeta", beta=2),
    "balanced_accuracy": Objective("balanced_accuracy"),
    "average_precision": Objective("average_precision"),
    "cost fn=10 fp=1": Objective("cost", false_negative_cost=10, false_positive_cost=1),
}
"""Each form, and what it means."""


@pytest.mark.parametrize("text", READ)
def test_every_form_is_read_with_and_without_a_prevalence(text: str) -> None:
    assert Objective.parse(text) == READ[text]
    assert Objective.parse(f"{text} at prevalence 0.02").prevalence == 0.02


@pytest.mark.parametrize("where", ["", " at prevalence 0.02", " at prevalence 1e-05"])
@pytest.mark.parametrize("text", [*READ, "recall @ precision >= 1e-05", "cost fn=1e+16 fp=0.5"])
def test_an_objective_is_written_as_it_was_read(text: str, where: str) -> None:
    assert str(Objective.parse(text + where)) == text + where


def test_the_grammar_shows_every_constraint_and_every_metric_that_may_stand_alone() -> None:
    examples = [Objective.parse(text) for text in EXAMPLES]
    assert [str(wish) for wish in examples] == [*EXAMPLES]
    assert {wish.constraint or wish.metric for wish in examples} == {*CONSTRAINTS, *ALONE}
    assert all(text.split(" @ ")[-1] in GRAMMAR for text in EXAMPLES)


@given(
    st.one_of(
        st.builds(Objective, st.just("recall"), st.sampled_from(["precision", "false_positive_rate"]), SHARES, STATED),
        st.builds(Objective, st.just("precision"), st.sampled_from(["recall", "false_positive_rate"]), SHARES, STATED),
        st.builds(
            Objective,
            st.sampled_from(["recall", "precision"]),
            st.just("alarms"),
            st.floats(0, 1000, exclude_min=True, exclude_max=True),
            STATED,
        ),
        st.builds(Objective, st.just("fbeta"), prevalence=STATED, beta=POSITIVE),
        st.builds(Objective, st.just("recall"), st.just("fbeta"), SHARES, STATED, beta=POSITIVE),
        st.builds(
            Objective,
            st.just("precision"),
            st.just("cost"),
            POSITIVE,
            STATED,
            false_negative_cost=POSITIVE,
            false_positive_cost=POSITIVE,
            class_name=st.sampled_from(["", "a fox"]),
        ),
        st.builds(
            Objective, st.just("cost"), prevalence=STATED, false_negative_cost=POSITIVE, false_positive_cost=POSITIVE
        ),
    )
)
def test_every_number_reads_back_to_the_last_digit(objective: Objective) -> None:
    assert Objective.parse(str(objective)) == objective


@pytest.mark.parametrize(
    ("text", "canonical"),
    [
        (" recall@precision>=0.70 ", "recall @ precision >= 0.7"),
        ("recall  @ alarms<=30.0  per  1000", "recall @ alarms <= 30 per 1000"),
        ("precision @recall >=.95", "precision @ recall >= 0.95"),
        ("cost fp=1 fn=10", "cost fn=10 fp=1"),
        ("cost  fp = 1.50 fn =10  at prevalence .02", "cost fn=10 fp=1.5 at prevalence 0.02"),
        ("recall@cost fp=1  fn=10<=.3", "recall @ cost fn=10 fp=1 <= 0.3"),
        ("recall of fox @fbeta  2>=.6", "recall of fox @ fbeta 2 >= 0.6"),
        (" f1  at  prevalence 0.050 ", "f1 at prevalence 0.05"),
    ],
)
def test_blanks_around_signs_zeros_and_the_order_of_costs_do_not_matter(text: str, canonical: str) -> None:
    assert str(Objective.parse(text)) == canonical


@pytest.mark.parametrize(
    "text",
    [
        *("", "win", "precision", "accuracy", "Recall", "RECALL @ precision >= 0.7", "recall @ fpr <= 0.1"),
        *("f1 @ precision >= 0.7", "recall @ precision <= 0.7", "precision @ recall <= 0.9", "recall @ recall >= 0.9"),
        *("recall @ alarms >= 30 per 1000", "recall @ alarms <= 30", "recall @ alarms <= 30 per 100"),
        *("recall @ precision >= 0.7 x", "recall @ precision >= 0.7 per 1000", "recall @ precision", "recall @"),
        *("recall @ f1 <= 0.6", "recall @ fbeta >= 0.6", "recall @ cost <= 0.3", "recall @ cost fn=1 fp=1 >= 0.3"),
        *("recall @ average_precision >= 0.5", "recall @ roc_auc >= 0.9", "f1 @ fbeta 2 >= 0.6"),
        *("fbeta", "fbeta2", "fbeta 2 @ recall >= 0.9", "cost", "cost fn=10", "cost fn=10 fn=1", "cost 10 1"),
        *("f1 at prevalence", "f1 at prevalence 5 %", "f1 prevalence 0.5", "at prevalence 0.5", "f1\nat prevalence"),
        "f1 at prevalence 0.5 recall @ precision >= 0.7",
    ],
)
def test_what_is_of_no_form_is_answered_with_the_grammar_in_one_line(text: str) -> None:
    with pytest.raises(BadInput) as caught:
        Objective.parse(text)
    assert str(caught.value) == f"objective must be one of: {GRAMMAR}; got {text!r}"
    assert "\n" not in str(caught.value)


OUT_OF_RANGE = [
    *((f"recall @ precision >= {bound}", bound, "a bound strictly between 0 and 1", "precision >= 0.7")
      for bound in ("0", "1", "1.5", "0.5.5", ".", "-0.1", "nan", "high")),
    *((f"recall @ false_positive_rate <= {bound}", bound, "a bound strictly between 0 and 1",
       "false_positive_rate <= 0.1") for bound in ("0", "1")),
    *((f"precision @ recall >= {bound}", bound, "a bound strictly between 0 and 1", "recall >= 0.95")
      for bound in ("0", "1")),
    *((f"precision @ alarms <= {bound} per 1000", bound, "a bound strictly between 0 and 1000",
       "alarms <= 30 per 1000") for bound in ("0", "1000", "-3", "inf")),
    *((f"recall @ cost fn=10 fp=1 <= {bound}", bound, "a bound above 0 and finite", "cost fn=10 fp=1 <= 0.3")
      for bound in ("0", "-1", "inf", "nan")),
    *((f"recall @ fbeta {beta} >= 0.6", beta, "a beta above 0 and finite", "fbeta 2") for beta in ("0", "-1")),
    *((f"recall @ fbeta 2 >= {bound}", bound, "a bound strictly between 0 and 1", "fbeta 2 >= 0.6")
      for bound in ("0", "1")),
    *((f"fbeta {beta}", beta, "a beta above 0 and finite", "fbeta 2") for beta in ("0", "-1", "inf", "nan", "1e999")),
    *((f"cost fn={cost} fp=1", cost, "a cost fn above 0 and finite", "fn=10") for cost in ("0", "-1", "inf", "1e-999")),
    *((f"cost fp={cost} fn=1", cost, "a cost fp above 0 and finite", "fp=1") for cost in ("0", "-1", "inf")),
    *((f"f1 at prevalence {share}", share, "a prevalence strictly between 0 and 1", "at prevalence 0.02")
      for share in ("0", "1", "20", "0.5.5", "-0.5")),
    *((f"{form} at prevalence 2", "2", "a prevalence strictly between 0 and 1", "at prevalence 0.02")
      for form in EXAMPLES),
]  # fmt: skip
"""An objective, its number that is out of range, what that must be, and what to try."""


@pytest.mark.parametrize(("text", "given", "must", "attempt"), OUT_OF_RANGE)
def test_a_number_out_of_range_is_told_what_it_must_be(text: str, given: str, must: str, attempt: str) -> None:
    with pytest.raises(BadInput) as caught:
        Objective.parse(text)
    assert str(caught.value) == f"objective must have {must}, got {given} in {text!r}; try {attempt}"


def test_a_refusal_says_all_forms_in_the_line_that_the_command_prints() -> None:
    with pytest.raises(BadInput) as caught:
        Objective.parse("recall of a long class @ precision => 0.7")
    assert brief(f"steelyard: {caught.value}") == f"steelyard: {caught.value}"
