"""What the page of images says beside its pictures: what they show, and what was looked for and not found."""

from collections.abc import Sequence

from steelyard.models.findings.found import FEWEST, Asked, Found
from steelyard.models.findings.looks.odd_images import REASONS
from steelyard.models.words.found_lines import KINDS, Told
from steelyard.models.words.phrases import listed

SHOWN = {
    "shortcuts": "The mean image of each class: a stamp or a border that only one class has stands out.",
    "groups": "Images of the largest groups. Those of a group should not be in train and in test at once.",
    "copies": "Those across parts first, then those under several labels, then the largest.",
    "labels": "Each suspect beside the nearest image of its class and of the one proposed.",
}
"""Kind of a finding -> what its pictures show."""

COPIES = {"exact": "exact copies", "near": "near-copies", "alike": "look-alikes"}
"""Kind of a cluster of copies -> what its images are called."""

MEASURED = {
    "blank": "contrast",
    "dark": "light of its brightest parts",
    "bright": "light of its darkest parts",
    "blurred": "sharpness",
    "size": "pixels",
    "shape": "pixels",
    "colour": "saturation",
    "tint": "beyond green",
}
"""Why an image is odd -> what its number is."""
assert set(MEASURED) == set(REASONS)

CURVE = "ROC area of a linear head by the share of the images that taught it; a bar begins at 0.5, a guess."


def not_found(found: Found, asked: Asked, lines: Sequence[Told]) -> list[str]:
    """Sentences on kinds that were looked for in vain, and on those that were not looked for."""
    unseen = {"labels", "learning"} if found.separability is None else set()
    unseen |= {"parts"} if unseen or "train" not in asked.parts else set()
    absent = [title.lower() for kind, title in KINDS.items() if kind not in unseen | {line.kind for line in lines}]
    told = [f"Looked for and not found: {listed(absent)}."] if absent else []
    if found.separability is None:
        told.append(f"Labels and parts were not looked at: that takes {FEWEST} images and several of each class.")
    return told
