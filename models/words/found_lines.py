"""What is found in a set of images, a line each, first what makes results too good; and what its pictures show."""

import shlex
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from steelyard.models.findings.areas import Area
from steelyard.models.findings.found import FEWEST, Asked, Found
from steelyard.models.findings.looks.odd_images import GREY, REASONS
from steelyard.models.findings.unlike_parts import NEW, Unlike
from steelyard.models.words.phrases import called, counted, listed, quoted

KINDS = {
    "shortcuts": "Shortcuts",
    "groups": "Groups that nobody named",
    "copies": "Copies",
    "parts": "Parts that differ",
    "labels": "Suspect labels",
    "odd": "Odd images",
    "learning": "How much there is to learn",
}
"""Kinds of findings, the gravest first, and what they are called."""

ODD = {
    "blank": ("blank", "contrast"),
    "dark": ("dark", "light of its brightest parts"),
    "bright": ("bright", "light of its darkest parts"),
    "blurred": ("blurred", "sharpness"),
    "size": ("of another size", "pixels"),
    "shape": ("of another shape", "pixels"),
    "colour": ("grey among coloured ones", "saturation"),
    "tint": ("tinted", "beyond green"),
}
"""Why an image is odd -> what it is called, and what its number is."""
assert set(ODD) == set(REASONS)

WAYS = {
    "exact": "are exact copies of others, of which one is used",
    "near": "are near-copies of others (compression, size, brightness), which parts keep together",
    "alike": "look like others but for a crop or a turn, which parts do not keep together",
}
"""In what way images are copies."""

LEARNING = "learning"
"""The finding that is no defect."""

OUT = "take them out of train, or leave the split out and keep the copies in one part: --group-by=findings/copies.csv"
KEEP = "strike out of copies.csv what is no copy, and keep the rest in one part: --group-by=findings/copies.csv"

NAMED = 3
"""Classes whose images are counted."""

SHOWN = {
    "shortcuts": "The mean image of each class: a stamp or a border that only one class has stands out.",
    "groups": "Images of the largest groups. Those of a group should not be in train and in test at once.",
    "copies": "Those across parts first, then those under several labels, then the largest.",
    "labels": "Each suspect beside the nearest image of its class and of the one proposed.",
}
"""Kind of a finding -> what its pictures show."""

COPIES = {"exact": "exact copies", "near": "near-copies", "alike": "look-alikes"}
"""Kind of a cluster of copies -> what its images are called."""

CURVE = "ROC area of a linear head by the share of the images that taught it; a bar begins at 0.5, a guess."


class Told(NamedTuple):
    """A finding in words: what it is about, in a sentence, its section, what to do about it, and in a few words.

    The key is equal from one night to the next while the finding is the same; what is not told is "".
    """

    key: str
    line: str
    kind: str
    do: str = ""
    short: str = ""

    @property
    def is_grave(self) -> bool:
        """Whether it makes all that is measured other than it is."""
        return self.kind in ("shortcuts", "parts") or (self.kind == "groups" and bool(self.do))


def told(found: Found, asked: Asked) -> list[Told]:
    """The findings, the gravest first."""
    lines = [*_shortcuts(found, asked), *_groups(found, asked), *_copies(found, asked), *map(of_unlike, found.unlike)]
    return [*lines, *_suspects(found, asked), *_odd(found), *_learning(found)]


def brief(lines: Sequence[Told], command: str) -> list[str]:
    """What a sweep says of its images: what is grave whole, and the rest in a line, with the command that shows it."""
    short = ", ".join(line.short for line in lines if line.short)
    grave = [f"{line.line}{f': {line.do}' * bool(line.do)}" for line in lines if line.is_grave]
    return [*grave, f"images: {short}; {command} shows them"] if short else grave


def _copies(found: Found, asked: Asked) -> Iterator[Told]:
    of, tested = found.copies, asked.parts == "test"
    if twins := int(of.twins.sum()):
        among, copy = int(np.sum(tested if tested.any() else asked.labels >= 0)), "a copy in another fold"
        do, parts = KEEP, "the images"
        if tested.any():
            do, parts, copy = OUT, "test", "a copy in train"
        line = f"{twins:,} of {among:,} images of {parts} {'has' if twins == 1 else 'have'} {copy}"
        yield Told("twins", line, "copies", do, f"{twins:,} with {copy}")
    if of.torn:
        line = f"{counted(of.torn, 'cluster')} of copies {'has' if of.torn == 1 else 'have'} several labels"
        do, short = "look at them and correct the label that is wrong", f"{of.torn:,} copied under several labels"
        yield Told("torn", line, "copies", do, short)
    for kind, way in WAYS.items():
        if images := of.images.get(kind):
            line = f"{images:,} images in {counted(of.clusters[kind], 'cluster')} {way}"
            yield Told(kind, line, "copies", KEEP if kind == "alike" and not (asked.parts != "").any() else "")


def _groups(found: Found, asked: Asked) -> Iterator[Told]:
    for of in found.groups:
        areas = f"a head's area is {of.area_random:.2f} where they are torn apart and {of.area_grouped:.2f} where not"
        images, option = f"{of.images:,} images ({_by_class(of.by_class, asked)})", shlex.quote(of.option)
        if of.option:
            line = f"{images} are in {of.groups:,} groups by {option}: {areas}"
            yield Told(f"groups {of.option}", line, "groups", f"give --group-by={option}")
        else:
            yield Told("groups", f"{images} come in {of.groups:,} clusters that no name explains: {areas}", "groups")


def _shortcuts(found: Found, asked: Asked) -> Iterator[Told]:
    for each in found.shortcuts:
        of = quoted(each.class_name)
        rest = f"{of} from the rest" if len(asked.class_names) > 2 else of
        line = f"{each.what} alone tells {rest} with area {between(Area(each.area, each.low, each.high))}: a shortcut"
        do = "mask it, crop it or make it equal, unless it is the class itself"
        yield Told(f"shortcut {each.what} {each.class_name}", line, "shortcuts", do)


def of_unlike(each: Unlike) -> Told:
    """That a part, or what came since a sweep before, is unlike the images that it should be like."""
    among = f" where {called(each.among)}" if " = " in each.among else f" of {quoted(each.among)}" * bool(each.among)
    came = each.part == NEW
    which = f"{each.images:,} images{among} that came" if came else f"{each.images:,} images{among} of {each.part}"
    told = f"are unlike {'the others' if came else 'train'}: a head tells them apart with area {between(each.area)}"
    return Told(f"unlike {each.part} {each.among}", f"{which} {told}", "parts")


def _suspects(found: Found, asked: Asked) -> Iterator[Told]:
    if n := len(found.suspects):
        each = _by_class(np.bincount(asked.labels[found.suspects["row"]]).tolist(), asked)
        line = f"{counted(n, 'label')} {'is' if n == 1 else 'are'} suspect ({each})"
        do = "look at them, edit relabel.csv and give it back with --labels"
        yield Told("suspects", line, "labels", do, counted(n, "suspect label"))


def _by_class(counts: Sequence[int], asked: Asked) -> str:
    """``dog 41, cat 9``; of many classes those with the most."""
    there = [label for label in np.argsort([-count for count in counts], kind="stable") if counts[label]]
    each = ", ".join(f"{quoted(asked.class_names[label])} {counts[label]:,}" for label in there[:NAMED])
    return f"{each}, ..." if len(there) > NAMED else each


def _odd(found: Found) -> Iterator[Told]:
    for why in ODD:
        if n := len(of := found.odd[found.odd["why"] == why]):
            words = odd(why, of["usual"].iloc[0])
            line = f"{counted(n, 'image')} {'is' if n == 1 else 'are'} {words}"
            yield Told(f"odd {why}", line, "odd", short=f"{n:,} {words}")


def odd(why: str, usual: str) -> str:
    """Why images are odd, in words; ``usual`` says whether coloured ones are the rule."""
    return "coloured among grey ones" if why == "colour" and float(usual) <= GREY else ODD[why][0]


def _learning(found: Found) -> Iterator[Told]:
    if (of := found.separability) is None:
        return
    fewer = f"; {of.curve[0][1]:.2f} with {100 * of.curve[0][0]:.0f} % of the images" if len(of.curve) > 1 else ""
    line = f"a linear head has area {between(of.area)}{fewer}"
    if of.nearest_error is not None:
        wrong, guess = (f"{100 * share:.0f} %" for share in (of.nearest_error, 1 - 1 / of.classes))
        line += f"; the nearest image is of another class for {wrong} (a guess: {guess})"
    yield Told(LEARNING, line, LEARNING)


def between(area: Area) -> str:
    """``0.85 [0.81, 0.88]``."""
    return f"{area.value:.2f} [{area.low:.2f}, {area.high:.2f}]"


def not_found(found: Found, asked: Asked, lines: Sequence[Told]) -> list[str]:
    """Sentences on kinds that were looked for in vain, and on those that were not looked for."""
    unseen = {"labels", "learning"} if found.separability is None else set()
    unseen |= {"parts"} if unseen or "train" not in asked.parts else set()
    absent = [title.lower() for kind, title in KINDS.items() if kind not in unseen | {line.kind for line in lines}]
    told = [f"Looked for and not found: {listed(absent)}."] if absent else []
    if found.separability is None:
        told.append(f"Labels and parts were not looked at: that takes {FEWEST} images and several of each class.")
    return told
