"""What is said of an objective before anything trains: what wins it cheaply, and what these images cannot give."""

import re

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models.objective import Objective, met_by_all, out_of_reach, shifted
from steelyard.models.objective.certificate import Candidates
from steelyard.models.objective.grammar import EXAMPLES

PRECISE, CAREFUL = "recall @ precision >= 0.7", "recall @ false_positive_rate <= 0.1"
FEW = "recall @ alarms <= 30 per 1000"
COUNTS = st.tuples(st.integers(1, 5000), st.integers(1, 5000))


def test_recall_alone_is_won_by_calling_everything_positive() -> None:
    told = "objective recall alone is won by calling everything positive"
    assert Objective.parse("recall").caution == Objective.parse("recall at prevalence 0.05").caution == told


@pytest.mark.parametrize(
    "bound", ["false_positive_rate <= 0.1", "alarms <= 30 per 1000", "accuracy >= 0.9 at prevalence 0.05"]
)
def test_precision_under_a_bound_on_calls_is_won_by_a_single_image(bound: str) -> None:
    text = f"precision @ {bound}"
    told = f"objective {text} asks for no recall: it can be won by calling a single image positive"
    assert Objective.parse(text).caution == told
    labels, scores = np.array([1] * 50 + [0] * 450), np.linspace(0.9, 0.1, 500)
    objective = Objective.parse(text)
    threshold = Candidates.of(objective, labels, scores).choose(objective).threshold
    assert (scores >= threshold).sum() == 1, "all 50 positives come before the first negative"


def test_no_other_form_comes_with_a_caution() -> None:
    assert {text for text in EXAMPLES if Objective.parse(text).caution} == {"recall"}


@pytest.mark.parametrize(
    ("text", "share"),
    [
        ("recall @ precision >= 0.3 at prevalence 0.3", "precision 0.3"),
        ("recall @ precision >= 0.3", "precision 0.4"),
        ("recall @ balanced_accuracy >= 0.4", "balanced accuracy 0.5"),
        ("recall @ f1 >= 0.5", "F1 0.571"),
        ("recall @ cost fn=10 fp=1 <= 0.69", "cost 0.6"),
    ],
)
def test_a_constraint_that_calling_everything_meets_asks_for_nothing(text: str, share: str) -> None:
    counts, asked = {"val": (70, 30), "test": (60, 40)}, Objective.parse(text)
    told = met_by_all(counts, asked)
    assert f"objective {text} asks for nothing: calling every image positive finds all, with {share};" in told
    labels, scores = np.repeat([1, 0], (400, 600)), np.linspace(0, 1, 1000)
    assert Candidates.of(asked, labels, scores).choose(asked).value == 1, "the worst ranking there is finds all"
    for proposal in re.findall("'(.+?)'", told):
        assert not met_by_all(counts, Objective.parse(proposal))


@pytest.mark.parametrize(
    "text",
    [
        "recall @ precision >= 0.41",
        "recall @ precision >= 0.3 at prevalence 0.29",
        "recall @ false_positive_rate <= 0.1 at prevalence 0.5",
        "precision @ recall >= 0.3 at prevalence 0.5",
        "f1",
    ],
)
def test_an_objective_that_asks_for_something_is_not_said_to_ask_for_nothing(text: str) -> None:
    assert met_by_all({"val": (70, 30), "test": (60, 40)}, Objective.parse(text)) == ""


@pytest.mark.parametrize(
    ("text", "what"),
    [
        *((PRECISE, "precision"), ("f1", "F1"), ("fbeta 2", "F-beta"), ("cost fn=10 fp=1", "cost")),
        *((FEW, "alarms"), ("precision @ alarms <= 30 per 1000", "alarms"), ("recall @ accuracy >= 0.9", "accuracy")),
        *(("precision @ recall >= 0.95", "precision"), ("precision @ false_positive_rate <= 0.1", "precision")),
        ("average_precision", "average precision"),
    ],
)
def test_shares_more_than_five_points_apart_are_told_with_an_objective_to_use(text: str, what: str) -> None:
    counts = {"train": (90, 10), "val": (80, 20), "test": (50, 50)}
    assert shifted(counts, Objective.parse(text)) == (
        f"val holds 20 % positives and test 50 %, so val says little about {what} on test; "
        f"state what you expect in use: --objective '{text} at prevalence 0.5'"
    )


@pytest.mark.parametrize(
    "text", [CAREFUL, "recall", "balanced_accuracy", f"{PRECISE} at prevalence 0.2", "f1 at prevalence 0.9"]
)
def test_an_objective_that_does_not_depend_on_the_share_or_states_one_is_left_alone(text: str) -> None:
    assert shifted({"val": (80, 20), "test": (50, 50)}, Objective.parse(text)) == ""


@pytest.mark.parametrize("permille", range(10, 950, 50))
def test_five_points_are_not_more_than_five_points(permille: int) -> None:
    low, high, over = ((1000 - share, share) for share in (permille, permille + 50, permille + 51))
    objective = Objective.parse("f1")
    assert shifted({"val": low, "test": high}, objective) == shifted({"val": high, "test": low}, objective) == ""
    assert shifted({"val": low, "test": over}, objective)
    assert shifted({"val": over, "test": low}, objective)


@given(COUNTS, COUNTS)
def test_the_proposed_objective_parses_and_silences_the_warning(val: tuple[int, int], test: tuple[int, int]) -> None:
    line = shifted({"val": val, "test": test}, Objective.parse(PRECISE))
    if line:
        proposed = Objective.parse(line.split("'")[1])
        assert proposed.prevalence == pytest.approx(test[1] / sum(test), rel=0.05)
        assert shifted({"val": val, "test": test}, proposed) == ""


def test_a_share_that_rounds_to_one_or_nothing_is_proposed_as_a_prevalence_all_the_same() -> None:
    nearly = (1, 4999)
    assert shifted({"val": (50, 50), "test": nearly}, Objective.parse("f1")).endswith("'f1 at prevalence 0.99'")
    assert shifted({"val": (50, 50), "test": nearly[::-1]}, Objective.parse("f1")).endswith("'f1 at prevalence 0.0002'")


def test_more_positives_than_alarms_are_told_with_the_recall_that_is_left() -> None:
    assert out_of_reach({"val": (63, 37), "test": (50, 50)}, Objective.parse(FEW)) == (
        f"objective {FEW} can find at most 0.081 of the positives where 37 % of images are positive; "
        "state what you expect in use: add 'at prevalence 0.02'"
    )


def test_a_prevalence_that_is_stated_is_the_one_that_counts_and_none_is_proposed() -> None:
    counts, text = {"val": (63, 37)}, f"{FEW} at prevalence 0.12"
    told = f"objective {text} can find at most 0.25 of the positives where 12 % of images are positive"
    assert out_of_reach(counts, Objective.parse(text)) == told
    assert out_of_reach(counts, Objective.parse(f"{FEW} at prevalence 0.03")) == ""


@pytest.mark.parametrize("text", [text for text in EXAMPLES if "alarms" not in text])
def test_what_limits_no_alarms_has_every_recall_in_reach(text: str) -> None:
    assert out_of_reach({"val": (1, 99)}, Objective.parse(text)) == ""


@given(COUNTS, st.floats(0.01, 999), st.sampled_from(["recall", "precision"]))
def test_the_recall_in_reach_is_that_of_a_perfect_model(val: tuple[int, int], bound: float, metric: str) -> None:
    objective = Objective(metric, "alarms", bound)
    line, reach = out_of_reach({"val": val}, objective), bound / 1000 / (val[1] / sum(val))
    assert bool(line) == (reach < 0.995)
    if line:
        assert float(line.split("at most ")[1].split()[0]) == pytest.approx(reach, rel=0.06)
        proposal = Objective.parse(f"{objective} {line.split(chr(39))[1]}")
        assert out_of_reach({"val": val}, proposal) == "", "what is proposed is in reach"


def test_no_choice_finds_more_than_is_in_reach() -> None:
    labels, scores = np.array([1] * 40 + [0] * 60), np.linspace(0.9, 0.1, 100)
    objective = Objective.parse("recall @ alarms <= 100 per 1000")
    assert 0 < Candidates.of(objective, labels, scores).choose(objective).value < 0.25
    assert "at most 0.25 of" in out_of_reach({"val": (60, 40)}, objective)
