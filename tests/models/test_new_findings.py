"""What a sweep tells of its images that the sweep before it did not."""

from collections.abc import Callable

import pytest
from changed import changes, dossier, with_about

from steelyard.models.changes.pairing import Pairing
from steelyard.models.verdict.scored_trials import ScoredTrial
from steelyard.models.words.changes_note import lines, new_findings

Make = Callable[..., ScoredTrial]
Found = tuple[tuple[str, str], ...]

STAMP = ("shortcut border dog", "border alone tells dog with area 0.99 [0.96, 1.00]: a shortcut")
TWO, THREE = (("suspects", f"{number} labels are suspect") for number in (2, 3))
DARK = ("odd dark", "2 images are dark")


def pairing(scored_trial: Make, before: Found | None, now: Found) -> Pairing:
    base = dossier(scored_trial)
    return Pairing(with_about(base, found=before), with_about(base, found=now))


@pytest.mark.parametrize(
    ("before", "now", "told"),
    [
        ((TWO,), (TWO,), []),
        ((TWO,), (TWO, DARK), [f"new: {DARK[1]}"]),
        ((TWO,), (THREE,), ["3 labels are suspect; before, 2 labels are suspect"]),
        (
            (TWO,),
            (THREE, STAMP, DARK),
            [f"new: {STAMP[1]}", f"new: {DARK[1]}", "3 labels are suspect; before, 2 labels are suspect"],
        ),
        ((TWO, DARK), (TWO,), []),
        ((TWO,), (), []),
        ((), (TWO, STAMP), [f"new: {TWO[1]}", f"new: {STAMP[1]}"]),
        (None, (TWO, STAMP), []),
    ],
    ids=[
        "the same",
        "one more",
        "another number",
        "new ones first",
        "one less",
        "none left",
        "a first",
        "nobody looked",
    ],
)
def test_new_findings_are_told_and_then_those_with_another_number(
    scored_trial: Make, before: Found | None, now: Found, told: list[str]
) -> None:
    assert list(new_findings(pairing(scored_trial, before, now))) == told


def test_they_come_before_what_happened_to_the_images(scored_trial: Make) -> None:
    of = pairing(scored_trial, (TWO,), (TWO, STAMP))
    found = changes(*of.sweeps)
    assert found.data == (f"new: {STAMP[1]}", "the same images in the same parts")
    assert f"images: new: {STAMP[1]}" in lines(found)
