"""Groups that file names suggest: regular expressions that sort images into several groups of several images."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

import numpy as np
import numpy.typing as npt
import pandas as pd

from steelyard.models.data.carve import Groups
from steelyard.models.findings.grouping import Codes, group_codes
from steelyard.models.findings.groups.name_fields import suggested

Labels = npt.NDArray[np.integer]

LOOKED_AT = 40
"""Ids, spread over all, that expressions are taken from: one that fits nine in ten fits one of these."""

TRIED_ON = 2000
"""Ids, spread over all, most of which an expression must match before it is tried on all."""

WORDS = re.compile(r"[^\W_]+"), re.compile(r"[^\W\d_]+")
"""Words of a name, with their digits and without."""

MATCHED = 0.9
"""Least share of the images that an expression must match."""

LEAST_GROUPS = 5
"""Fewer leave folds nothing to divide."""

LEAST_MEAN = 2
"""Images of a group on average, at least."""

MOST = 24
"""Candidates that are returned."""


def candidates(ids: Sequence[str], labels: Labels) -> list[str]:
    """Regular expressions that may tell series of images by their names, the most readable first.

    Each matches nine images in ten and gives at least 5 groups of 2 images or more on average. None gives the classes
    themselves, groups made of whole classes, or groups divided by class: the other half of such a group shows the same
    scene under the other label. Of expressions that give the same groups the first is kept.

    Args:
        ids: N unique names of images, "/" between folders.
        labels: (N,) int in [0, K).
    """
    found: dict[bytes, str] = {}
    of_classes: list[str] = []
    for pattern in _plausible(ids, labels):
        codes = group_codes(group_names(pattern, ids))
        if _is_made_of_classes(codes, labels):
            of_classes.append(pattern)
        elif _is_grouping(codes) and not any(other in pattern for other in of_classes):
            found.setdefault(codes.tobytes(), pattern)
    return list(found.values())[:MOST]


def group_names(pattern: str, ids: Sequence[str]) -> Groups:
    """(N,) str, the group that each id is in by an expression; "" where it does not match.

    A name is what the first capture group holds; of several, what all of them hold, joined by hyphens.
    """
    search = re.compile(pattern).search
    held = [match.groups("") if (match := search(name)) else () for name in ids]
    names = ["-".join(parts) if any(parts) else "" for parts in held]
    return np.array(names, dtype=object)


def _plausible(ids: Sequence[str], labels: Labels) -> Iterator[str]:
    """What some ids suggest, most of a sample match, and no name of a class is part of."""
    few, places = _spread(len(ids), LOOKED_AT), _spread(len(ids), TRIED_ON)
    sample = [ids[place] for place in places]
    of_classes = _words_of_classes(sample, labels[places])
    for pattern in _in_order([list(suggested(ids[place])) for place in few]):
        names = group_names(pattern, sample)
        with_class = np.mean([not of_classes.isdisjoint(_words(name)) for name in names])
        if np.mean(names != "") >= MATCHED and with_class < MATCHED / 2:
            yield pattern


def _words_of_classes(ids: Sequence[str], labels: Labels) -> set[str]:
    """Words of names that nearly all images of one class have, and no other image."""
    words = [_words(name) for name in ids]
    found = set[str]()
    for label in np.unique(labels):
        own = Counter(word for of_one, other in zip(words, labels, strict=True) if other == label for word in of_one)
        most = MATCHED * int((labels == label).sum())
        found |= {word for word, count in own.items() if count >= most}
    return {word for word in found if len({label for of, label in zip(words, labels, strict=True) if word in of}) == 1}


def _words(name: str) -> set[str]:
    return {word for words in WORDS for word in words.findall(name)}


def _in_order(suggestions: Sequence[Sequence[str]]) -> list[str]:
    """Each once, by its earliest place among the suggestions of any id."""
    places: dict[str, int] = {}
    for of_one in suggestions:
        for place, pattern in enumerate(of_one):
            places[pattern] = min(place, places.get(pattern, place))
    return sorted(places, key=places.__getitem__)


def _spread(number: int, count: int) -> Codes:
    return np.linspace(0, number - 1, min(count, number)).round().astype(np.int64)


def _is_grouping(codes: Codes) -> bool:
    matched = codes >= 0
    groups = int(codes.max(initial=-1)) + 1
    return bool(matched.mean() >= MATCHED and groups >= LEAST_GROUPS and matched.sum() >= LEAST_MEAN * groups)


def _is_made_of_classes(codes: Codes, labels: Labels) -> bool:
    """Whether each class lies in one group."""
    matched = codes >= 0
    both = pd.DataFrame({"label": labels[matched], "group": codes[matched]}).drop_duplicates()
    return len(both) == both["label"].nunique()
