from dataclasses import replace

import kept_classes
import numpy as np
import pytest
from sklearn.metrics import balanced_accuracy_score

from steelyard.models.changes import told
from steelyard.models.changes.classes.changes import changes
from steelyard.models.changes.classes.pairing import ClassesPairing
from steelyard.models.report.dossier import Dossier

METRIC = "balanced_accuracy"


@pytest.fixture(scope="module")
def sweep() -> Dossier:
    return kept_classes.kept()


def worse(sweep: Dossier, share: float) -> Dossier:
    """The same sweep, whose trials call so many images the next class."""
    rng, decisions = np.random.default_rng(0), sweep.scores.copy()
    wrong = rng.random(len(decisions)) < share
    decisions.loc[wrong, "called"] = (decisions.loc[wrong, "called"] + 1) % len(sweep.verdict.classes)
    trials = tuple(trial.model_copy(update={"trial_id": f"{trial.trial_id}-now"}) for trial in sweep.found.trials)
    decisions["trial_id"] = decisions["trial_id"] + "-now"
    return replace(sweep, scores=decisions, found=sweep.found.model_copy(update={"trials": trials}))


def test_the_same_sweep_twice_has_changed_in_nothing(sweep: Dossier) -> None:
    found = changes(sweep, sweep)
    assert found.answer[0].endswith("now, on test: they are the same networks.")
    assert found.answer[1] == "Nothing changed: the same images in the same parts, the same spec and the same versions."
    assert (found.data, found.spec, found.versions) == (("the same images in the same parts",), (), ())
    assert all(cell.changes[METRIC].same for cell in found.cells)


def test_the_change_of_a_cell_is_that_of_its_seeds_on_the_same_images(sweep: Dossier) -> None:
    now = worse(sweep, 0.3)
    found = changes(sweep, now)
    for cell in found.cells:
        judged = next(of for of in sweep.cells if of.cell == cell.cell)
        by_hand = []
        for before, after in zip(sweep.trials(judged), now.trials(judged), strict=True):
            accuracies = []
            for dossier, trial in ((sweep, before), (now, after)):
                rows = dossier.scores[dossier.scores["trial_id"] == trial.trial_id]
                accuracies.append(balanced_accuracy_score(rows["label"], rows["called"]))
            by_hand.append(accuracies[1] - accuracies[0])
        change = cell.changes[METRIC]
        assert change.value == pytest.approx(np.mean(by_hand))
        assert (change.paired, change.seeds) == (True, len(by_hand))
        assert change.high < 0
        assert change.shown
    assert "paired by image and 2 seeds" in found.answer[0]


def test_other_images_of_test_are_compared_as_if_independent(sweep: Dossier) -> None:
    images = sweep.images.copy()
    images.loc[images["part"] == "test", "digest"] += "-now"
    now = replace(worse(sweep, 0.0), images=images)
    found = changes(sweep, now)
    assert not ClassesPairing(sweep, now).same_test
    assert all(not cell.changes[METRIC].paired for cell in found.cells)
    assert "as if independent: no difference shown" in found.answer[0]
    assert any(line.startswith("test: 0 images came, 0 went") for line in found.data)


def test_other_classes_are_not_compared(sweep: Dossier) -> None:
    other = kept_classes.kept(names=tuple(f"{name}!" for name in sweep.verdict.classes))
    found = changes(sweep, other)
    assert "about different things" in found.answer[0]
    assert all(not cell.changes for cell in found.cells)


def test_a_changed_spec_is_told_and_all_of_it_fits_a_note(sweep: Dossier) -> None:
    found = changes(sweep, kept_classes.kept(handling="focal", weights="power:0:1:3"))
    assert [change.name for change in found.spec] == ["weights", "handling"]
    note = told.markdown(found, "the run before", 3000)
    assert note.startswith("**Since the run before**, the run before: Best on val for")
    assert {row["what"] for row in told.rows(found, sweep, sweep)} >= {"best on val", "images of test"}
