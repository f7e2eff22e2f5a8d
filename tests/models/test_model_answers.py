"""What a registered model answers beside its decision: of which images, in which words, and what is refused."""

from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.special import expit

from steelyard.models.errors import BadInput
from steelyard.models.objective import Objective
from steelyard.models.report.dossier import Dossier
from steelyard.models.report.model_answers import Answers, answers
from steelyard.models.verdict.scores_by_image import Part
from steelyard.models.words.model_card import card

Make = Callable[..., Dossier]
WISH = "f1"
DECISION = {"threshold": 0.5, "learned": 0.2, "prevalence": 0.2}


def sure(slope: float = 1.0, apart: float = 3.0) -> Callable[..., Any]:
    """Scores of two normal classes that are ``apart`` of log odds too sure by ``slope``, of the parts of a sweep."""

    def scored(part: str, cell: str, seed: int) -> tuple[Any, Any]:
        labels = np.repeat([1, 0], [200, 800])
        brightness = np.random.default_rng([len(part), seed]).standard_normal(1000) + apart * (labels - 0.5)
        return labels, expit(slope * (apart * brightness - np.log(4)))

    return scored


def of(found: Dossier, abstain: float | None = None, **decision: Any) -> Answers:
    return answers(found, found.best, found.finished[found.rows(found.best)[0]].run_id, DECISION | decision, abstain)


def written(found: Dossier, given: Answers) -> str:
    return card(found, found.best, 0.5, [], given)


def test_a_model_that_is_asked_for_nothing_more_is_calibrated_where_that_gains(judged: Make) -> None:
    right, wrong = (judged(WISH, scores=sure(slope)) for slope in (1.0, 3.0))
    assert of(right).decision == {"calibrator": None, "abstain": None}
    assert "Platt scaling on the images of test shows no gain" in written(right, of(right))
    found = of(wrong).decision["calibrator"]
    assert found["kind"] == "platt" and found["slope"] == pytest.approx(1 / 3, rel=0.2)
    assert "Its probabilities are calibrated by Platt scaling on the images of test:" in written(wrong, of(wrong))


def test_the_card_has_figures_before_and_after(judged: Make) -> None:
    found = judged(WISH, scores=sure(3.0))
    given = of(found)
    assert given.calibration and given.calibration.after
    before, after = given.calibration.before, given.calibration.after
    assert (
        f"* not calibrated: Brier score {before.brier:.4f}, calibration error {before.calibration_error:.4f}"
        in written(found, given)
    )
    figures = f"Brier score {after.brier:.4f}, calibration error {after.calibration_error:.4f}"
    row = f"* Platt scaling, cross-validated: {figures}"
    assert row in written(found, given)


def test_it_abstains_around_its_threshold_and_its_card_says_where(judged: Make) -> None:
    found = judged(WISH, scores=sure())
    given = of(found, abstain=0.03)
    assert given.abstention and given.decision["abstain"].keys() == {"low", "high"}
    assert 0 < given.abstention.low < 0.5 < given.abstention.high < 1
    band = f"(score between {given.abstention.low:.4g} and {given.abstention.high:.4g})"
    said = f"It abstains on about {100 * given.abstention.share:.2g} of 100 images {band}; of the others at most 3 in"
    assert f"{said} 100 are wrong, with 95 % certainty." in written(found, given)
    assert "approximate" not in written(found, given)


def test_errors_count_at_the_prevalence_of_the_objective(judged: Make) -> None:
    as_counted, rare = (of(judged(wish, scores=sure()), 0.05) for wish in (WISH, f"{WISH} at prevalence 0.05"))
    assert as_counted.abstention and rare.abstention
    assert as_counted.abstention.share != rare.abstention.share


@pytest.mark.parametrize(
    ("abstain", "line"),
    [
        (0.001, r"abstain must be at least 0\.\d+, with no answer on \d+ of 100 images, for 1,000 images of test show"),
        (0.0, r"abstain must be a share of wrong decisions in \(0, 0.5\), got 0.0"),
        (float("nan"), r"abstain must be a share of wrong decisions in \(0, 0.5\), got nan"),
        (0.5, r"abstain must be a share of wrong decisions in \(0, 0.5\), got 0.5"),
    ],
)
def test_what_cannot_be_kept_is_refused_with_what_can(judged: Make, abstain: float, line: str) -> None:
    with pytest.raises(BadInput, match=f"^{line}"):
        of(judged(WISH, scores=sure()), abstain)


def test_the_share_that_a_refusal_names_can_be_had(judged: Make) -> None:
    found = judged(WISH, scores=sure())
    with pytest.raises(BadInput) as refused:
        of(found, 0.001)
    least = float(str(refused.value).removeprefix("abstain must be at least ").partition(",")[0])
    assert of(found, least).abstention


def test_of_several_classes_scores_stay_as_they_are_and_no_band_can_be_asked_for() -> None:
    found: Any = SimpleNamespace(every_class=True, verdict=SimpleNamespace(classes=("a", "b", "c")))
    given = answers(found, None, "", DECISION, None)  # type: ignore[arg-type]
    assert given.decision == {"calibrator": None, "abstain": None}
    with pytest.raises(BadInput, match="abstain must be left out where 3 classes count"):
        answers(found, None, "", DECISION, 0.1)  # type: ignore[arg-type]


def test_a_fold_answers_for_itself_and_the_model_of_all_is_their_mean() -> None:
    folds = np.array([1, 2, 1, 2, 1])
    test = Part(pd.RangeIndex(5), np.array([0, 1, 0, 1, 1]), np.arange(10, dtype=np.float32).reshape(2, 5), folds=folds)
    trials = [SimpleNamespace(run_id=f"run {name}", trial_id=name, fold=fold) for fold, name in ((1, "a"), (2, "b"))]
    finished = (
        SimpleNamespace(trial_id="other", of_folds=("x", "y")),
        SimpleNamespace(trial_id="all", of_folds=("a", "b")),
    )
    found: Any = SimpleNamespace(
        found=SimpleNamespace(trials=trials, best="all"), finished=finished, test=test, network=lambda cell: 1
    )
    found.every_class, found.objective = False, Objective.parse("f1")
    asked = DECISION | {"prevalence": None}
    whole, one = (answers(found, None, run, asked, None) for run in ("run of all", "run b"))  # type: ignore[arg-type]
    assert whole.is_mean and not one.is_mean


def test_a_card_says_what_makes_its_certainty_approximate(judged: Make) -> None:
    found = judged(WISH, scores=sure())
    band = of(found, abstain=0.03).abstention
    said = written(found, Answers(abstention=band, is_mean=True, grouped=True))
    assert "This is approximate, as the network is the mean of those that were measured." in said
    assert "Images of a group count as if they were all decided alike." in said
