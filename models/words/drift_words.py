"""What a look at new images shows, in words."""

from collections.abc import Collection, Mapping, Sequence

from steelyard.models.drift.drift import ALARMS, FEATURES, FEWEST, LEVEL, SCORES, Change, named_part
from steelyard.models.names import listed, printable
from steelyard.models.words import phrases as say

NAMES, MOST = {ALARMS: "share of alarms", SCORES: "scores", FEATURES: "features"}, 3
"""Of what changed, beside the looks, which are called what they are; and how many changes a line names."""

HOW = (
    "Shares are compared by Fisher's exact test, numbers by Kolmogorov and Smirnov's, features by a permutation test "
    f"of the energy distance. p is corrected for all tests of the look (Holm): of looks at images that are as before "
    f"at most {100 * LEVEL:.3g} % tell anything. Before and now are medians, of alarms shares; an effect is 0 where "
    "nothing changed and at most 1. Images count as independent: a series of one object can look like a change."
)

APPROXIMATE = (
    "The model is a mean of networks that learned from these images, or they chose it; its scores are compared with "
    "those of networks that had not learned from an image, which is approximate and does not count."
)


def line(model: str, images: int, changes: Sequence[Change], grouped: bool = False) -> str:
    """One line: whether the new images are like those of test, and what changed; the tests know of no groups."""
    head, told = f"{model} on {say.counted(images, 'new image')}", [of for of in changes if of.told]
    alarms = next(of for of in changes if of.what == ALARMS)
    shares = f"{percent(alarms.now)} alarms, {percent(alarms.before)} before"
    if not told:
        tests = say.counted(sum(of.p_holm is not None for of in changes), "test")
        return f"{head}: no change told ({tests} together at {percent(LEVEL)}); {shares}"
    changed = say.listed([f"{_called(of)} (p {short_p(of.p_holm or 0)})" for of in told], MOST)
    return f"{head}: they have changed in {changed}{', or are of few groups' * grouped}; {shares}"


def _called(change: Change) -> str:
    name = NAMES.get(change.what, change.what)
    return f"{name} of {printable(change.part)}" if change.part else name


def headline(changes: Sequence[Change]) -> str:
    """The sentence that opens the page."""
    told = [_called(of) for of in changes if of.told]
    if not told:
        return "No change told: the new images are as those that the model was tested on, as far as the tests can see"
    return f"The new images have changed in {say.listed(told, MOST)}"


def made_of(images: int, before: int, known: int, repeated: int, unreadable: int) -> str:
    """What was compared, and what was left out."""
    out = {"known from the sweep": known, "equal to another": repeated, "not readable": unreadable}
    left = [f"{count:,} {why}" for why, count in out.items() if count]
    compared = f"{say.counted(images, 'new image')}, compared with {before:,} images of test"
    return f"{compared}; left out: {say.listed(left)}" if left else compared


def apart(sizes: Mapping[tuple[str, str], tuple[int, int]], new: Collection[str], known: Collection[str]) -> str:
    """Which parts of the new images are not compared by themselves, and why, from the slices of either; "" for none."""
    few = [
        f"{named_part(*of)} ({say.counted(now, 'new image')}, {before:,} of test)"
        for of, (before, now) in sizes.items()
        if min(before, now) < FEWEST
    ]
    told = [f"Not compared by themselves, for fewer than {FEWEST}: {listed(few)}."] if few else []
    if unknown := [name for name in new if name not in known]:
        told.append(f"The sweep knows no slice {listed(unknown)}.")
    return " ".join(told)


def value(change: Change, number: float | None) -> str:
    """A share or a median."""
    if number is None:
        return "–"
    return percent(number) if change.what == ALARMS else f"{number:.3g}"


def percent(share: float | None) -> str:
    """A share in per cent, in three digits."""
    return f"{100 * (share or 0):.3g} %"


def short_p(p: float) -> str:
    """A p-value in two digits."""
    return "< 0.0001" if p < 1e-4 else f"{p:.2g}"


def named(change: Change, alarms: Sequence[str]) -> str:
    """What was compared, as the table has it."""
    if change.part:
        return _called(change)
    if change.what == ALARMS:
        return f"called {say.listed(alarms)}" if len(alarms) < 4 else "not called as most are"
    return NAMES.get(change.what, change.what)
