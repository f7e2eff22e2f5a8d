"""What a served model makes of scores in NumPy alone is what its calibrator says."""

import numpy as np
import pytest
from scipy.special import expit

from steelyard.models.calibration.calibrator import Isotonic, Platt, calibrated, isotonic, platt
from steelyard.models.calibration.priors import correct
from steelyard.tasks.tracking import served_model

SCORES = np.array([0.0, 1e-9, 0.1, 0.25, 0.5, 0.9, 1 - 1e-9, 1.0])


@pytest.mark.parametrize("fit", [platt, isotonic])
@pytest.mark.parametrize("wanted", [0.02, 0.3])
def test_it_calibrates_as_the_calibrator_does(fit: type[Platt | Isotonic], wanted: float) -> None:
    rng = np.random.default_rng(0)
    odds = rng.normal(-1, 2, 400)
    fitted = fit((rng.random(400) < expit(odds)).astype(np.int64), expit(2 * odds))
    decision = {"learned": 0.5, "calibrator": fitted.model_dump(mode="json")}
    given = served_model._probability(SCORES, decision, wanted)
    assert given == pytest.approx(calibrated(fitted, SCORES, wanted), rel=1e-9)


def test_without_a_calibrator_it_corrects_and_without_either_it_knows_no_probability() -> None:
    given = served_model._probability(SCORES, {"learned": 0.5, "calibrator": None}, 0.1)
    assert given == pytest.approx(correct(SCORES, 0.5, 0.1), abs=1e-12)
    assert np.isnan(served_model._probability(SCORES, {"learned": None, "calibrator": None}, 0.1)).all()
