import pytest
import synthetic_classes as synthetic

from steelyard.models.verdict.evidence import Evidence
from steelyard.models.verdict.judge import judge
from steelyard.models.verdict.sweep_verdict import Verdict
from steelyard.models.words.verdict_sentences import worded


def judged(evidence: Evidence) -> Verdict:
    return worded(judge(evidence, list(evidence.cells)))


@pytest.fixture(scope="module")
def verdict() -> Verdict:
    return judged(synthetic.sweep({"up": 1.5, "none": -1.0}, sizes=(100,) * 4))


def test_the_answer_comes_first_with_its_interval_and_what_it_rests_on(verdict: Verdict) -> None:
    found = verdict.cells[0].point["balanced_accuracy"]
    assert verdict.words[0] == (
        f"Best on val for balanced accuracy: up, balanced accuracy {found.value:.2f} [{found.low:.2f}, "
        f"{found.high:.2f}] on test (4 classes, 400 images, 3 seeds)."
    )


def test_the_handling_is_beside_the_unweighted_model_and_its_halves_are_told(verdict: Verdict) -> None:
    assert verdict.words[1].startswith("The unweighted model gives balanced accuracy 0.")
    assert "The handling's difference: balanced accuracy +0." in verdict.words[1]
    rare = verdict.cells[0].differences["rare"]
    assert f"Mean recall of the rarer half of the classes +{rare.value:.2f} [" in verdict.words[1]


def test_the_sweep_says_what_was_shown_and_what_it_could_have_shown(verdict: Verdict) -> None:
    told = " ".join(verdict.words)
    assert "Of 1 handling compared 1 had a higher balanced accuracy. On 400 images of test" in told
    assert "4 of 5 such sweeps would show a true difference of 0." in told


def test_the_worst_classes_are_named_with_their_images(verdict: Verdict) -> None:
    worst = min(verdict.cells[0].classes, key=lambda of: of.recall.value)
    assert f"Recall of up by class, lowest first: {worst.name} at {worst.recall.value:.2f} [" in " ".join(verdict.words)
    assert f"of 100 images ({worst.train:,} in train), " in " ".join(verdict.words)


def test_a_cell_says_what_it_did_and_in_which_classes(verdict: Verdict) -> None:
    told = " ".join(verdict.cells[0].words)
    assert told.startswith("Higher: balanced accuracy +0.")
    assert "after Holm's correction over 1 cell (4 classes, 400 images, 3 seeds)." in told
    assert "Recall changed, after Holm's correction over 4 comparisons: dog by +0." in told


def test_one_seed_says_what_its_intervals_leave_out() -> None:
    told = " ".join(judged(synthetic.sweep({"none": 0.0, "up": 1.0}, seeds=(1,))).words)
    assert "1 seed: what another would give is not in the intervals)" in told
    assert "leaving out what seeds add" in told


def test_a_class_that_is_never_called_is_named() -> None:
    found = judged(synthetic.sweep({"none": -30.0})).cells[0]
    assert any("is called bee, cat, dog; precision counts as 0 there." in words for words in found.words)


def test_the_objective_of_a_class_tells_its_recall_precision_and_difference() -> None:
    told = judged(
        synthetic.sweep({"none": 0.0, "up": 1.5}, wish="recall of dog @ precision >= 0.2", sizes=(100,) * 4)
    ).words
    assert told[0].startswith("Best on val for recall of dog @ precision >= 0.2: none, the unweighted baseline, recall")
    assert told[1] == "Another cell is as good on val; of the two the one planned first is named."
    assert told[2].startswith("FEASIBLE: precision of dog 0.")
    assert "on test, of which 25 % are dog; all of the interval keeps to 0.2." in told[2]
    assert "The handling's difference: recall of dog " in told[3]


def test_a_class_that_train_lacks_is_named() -> None:
    told = " ".join(judged(synthetic.sweep({"none": 0.0}, train=(9, 9, 9, 0))).words)
    assert "No image of train is dog; its recall can only be chance." in told
