"""What stands behind the change of a result, in a sentence: images, spec, code and libraries."""

from collections.abc import Iterator, Sequence
from typing import Protocol

from steelyard.models.changes.fields import Changed
from steelyard.models.changes.images import changed_parts, same_classes, side_by_side
from steelyard.models.report.dossier import Dossier

NAMED = 5
"""Fields that are named before they are counted."""

CODE = "code_version"


class Both(Protocol):
    """Two sweeps of the same kind."""

    @property
    def earlier(self) -> Dossier:
        """One."""

    @property
    def later(self) -> Dossier:
        """The other."""

    @property
    def same_subject(self) -> bool:
        """Whether both are about the same classes in images of the same source, or in some of the same images."""


def things(pairing: Both, spec: Sequence[Changed], versions: Sequence[Changed]) -> str:
    """Which of images, spec, code and libraries changed, by name."""
    found = [*_images(pairing), *_spec(spec), *_versions(versions)]
    if not found:
        return "Nothing changed: the same images in the same parts, the same spec and the same versions."
    said = listed(found)
    return f"Only {said} changed." if len(found) == 1 else f"{said[0].upper()}{said[1:]} changed."


def listed(names: Sequence[str]) -> str:
    """``a, b and c``."""
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def _images(pairing: Both) -> Iterator[str]:
    before, now = pairing.earlier.about.subject, pairing.later.about.subject
    if not pairing.same_subject:
        if set(pairing.earlier.images["digest"]) != set(pairing.later.images["digest"]):
            yield "the images"
        if not same_classes(before, now):
            yield "the classes"
    elif parts := changed_parts(side_by_side(pairing.earlier, pairing.later)):
        yield f"the images of {listed(parts)}"
    elif before.content_hash != now.content_hash:
        yield "the image set outside the images in use"


def _spec(spec: Sequence[Changed]) -> Iterator[str]:
    asked = [each.name for each in spec if ": " not in each.name]
    resolved = [each.name for each in spec if ": " in each.name]
    if asked:
        yield f"the spec ({_some(asked)})"
    if resolved:
        yield f"what the spec resolved to ({_some(resolved)})"


def _versions(versions: Sequence[Changed]) -> Iterator[str]:
    names = [each.name for each in versions]
    if CODE in names:
        yield "the code version"
    if libraries := [each for each in names if each != CODE]:
        yield f"the version{'s' * (len(libraries) > 1)} of {listed(libraries)}"


def _some(names: Sequence[str]) -> str:
    more = len(names) - NAMED
    return listed(names) if more <= 0 else f"{', '.join(names[:NAMED])} and {more} more"
