"""What a registered model's probabilities are worth, and where it abstains, for its card."""

from collections.abc import Iterator

from steelyard.models.calibration.abstention import Abstention
from steelyard.models.calibration.reliability import Reliability
from steelyard.models.report.model_answers import Answers

METHODS = {"platt": "Platt scaling", "isotonic": "isotonic regression"}


def abstains(answers: Answers) -> Iterator[str]:
    """Where it abstains, a sentence each; nothing where it always decides."""
    if found := answers.abstention:
        yield _where(found)
        yield f"On test it decides on {found.decided:,} images, {found.wrong:,} of them wrongly."
        if answers.grouped:
            yield "Images of a group count as if they were all decided alike."
        if answers.is_mean:
            yield "This is approximate, as the network is the mean of those that were measured."


def _where(found: Abstention) -> str:
    most = f"at most {100 * found.most:.3g} in 100 are wrong, with 95 % certainty."
    if found.low > found.high:
        return f"It abstains on no image, and of its decisions {most}"
    band = f"score between {found.low:.4g} and {found.high:.4g}"
    return f"It abstains on about {100 * found.share:.2g} of 100 images ({band}); of the others {most}"


def probabilities(answers: Answers) -> Iterator[str]:
    """Whether they are calibrated, and a list of what that does; nothing where several classes count."""
    if (found := answers.calibration) is None:
        return
    if found.after is None:
        yield "Its probabilities are not calibrated: test has too few images."
        return
    method = METHODS[found.method]
    if found.calibrator:
        yield f"Its probabilities are calibrated by {method} on the images of test:"
    else:
        yield f"Its probabilities are not calibrated: {method} on the images of test shows no gain:"
    yield ""
    yield _row("not calibrated", found.before)
    yield _row(f"{method}, cross-validated", found.after)


def _row(name: str, of: Reliability) -> str:
    return f"* {name}: Brier score {of.brier:.4f}, calibration error {of.calibration_error:.4f}"
