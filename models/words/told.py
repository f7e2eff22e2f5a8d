"""What changed since the run before: named in a sentence, as lines, as rows of a table and as Markdown."""

from collections.abc import Iterator, Sequence

from steelyard.models.changes.changes import Changes
from steelyard.models.changes.fields import Changed
from steelyard.models.changes.pairing import BALANCED, Pairing
from steelyard.models.markdown import escaped
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import listed

NAMED = 5
"""Fields that are named before they are counted."""

CODE = "code_version"


def things(pairing: Pairing, spec: Sequence[Changed], versions: Sequence[Changed]) -> str:
    """Which of images, spec, code and libraries changed, by name."""
    found = [*_images(pairing), *_spec(spec), *_versions(versions)]
    if not found:
        return "Nothing changed: the same images in the same parts, the same spec and the same versions."
    said = listed(found)
    return f"Only {said} changed." if len(found) == 1 else f"{said[0].upper()}{said[1:]} changed."


def _images(pairing: Pairing) -> Iterator[str]:
    before, now = pairing.earlier, pairing.later
    if not pairing.same_subject:
        if set(before.images["digest"]) != set(now.images["digest"]):
            yield "the images"
        if not pairing.same_classes:
            yield "the classes"
    elif pairing.changed_parts:
        yield f"the images of {listed(pairing.changed_parts)}"
    elif before.about.subject.content_hash != now.about.subject.content_hash:
        yield "the image set outside the images in use"


def _spec(spec: Sequence[Changed]) -> Iterator[str]:
    asked, resolved = ([each.name for each in spec if (": " in each.name) is own] for own in (False, True))
    for what, names in (("the spec", asked), ("what the spec resolved to", resolved)):
        if names:
            yield f"{what} ({listed(names, NAMED)})"


def _versions(versions: Sequence[Changed]) -> Iterator[str]:
    names = [each.name for each in versions]
    if CODE in names:
        yield "the code version"
    if libraries := [each for each in names if each != CODE]:
        yield f"the version{'s' * (len(libraries) > 1)} of {listed(libraries)}"


def lines(found: Changes) -> list[str]:
    """The answer, then images, spec and versions, a line each."""
    told = [f"images: {line}" for line in found.data]
    for what, changed in (("spec", found.spec), ("versions", found.versions)):
        fields = [f"{what}: {each.name} was {each.earlier}, is {each.later} now" for each in changed]
        told += fields or [f"{what}: nothing changed"]
    return [*found.answer, *told]


def rows(found: Changes, earlier: Dossier, later: Dossier) -> list[dict[str, str]]:
    """Columns ``what``, ``before`` and ``now``: the best cell, the images of each part, and each field that changed."""
    best = [("best on val", _best(earlier), _best(later))]
    counts = [(f"images of {part}", _counts(earlier, part), _counts(later, part)) for part in later.about.counts]
    fields = [(each.name, each.earlier, each.later) for each in (*found.spec, *found.versions)]
    return [dict(zip(("what", "before", "now"), row, strict=True)) for row in (*best, *counts, *fields)]


def markdown(found: Changes, before: str, longest: int) -> str:
    """A heading, the answer, and the rest as a list.

    Args:
        found: what changed.
        before: the run before, as a link or an id.
        longest: characters, at most; lines that do not fit are counted.
    """
    told = [escaped(line) for line in lines(found)]
    answer, rest = " ".join(told[: len(found.answer)]), told[len(found.answer) :]
    said = f"**Since the run before**, {before}: {answer}\n"
    for number, line in enumerate(rest):
        if len(said) + len(line) > longest:
            return f"{said}\n* {len(rest) - number} more in the report"
        said += f"\n* {line}"
    return said


def _best(sweep: Dossier) -> str:
    cell, metric = sweep.cells[0], BALANCED if sweep.every_class else sweep.objective.metric
    at = cell.metric(metric)
    return f"{cell.cell}, {metric} {write_number(round(at.value, 3))} [{at.low:.3f}, {at.high:.3f}] on test"


def _counts(sweep: Dossier, part: str) -> str:
    if sweep.about.subject.classes:
        return f"{sum(sweep.about.counts[part]):,} of {len(sweep.about.subject.classes)} classes"
    negatives, positives = sweep.about.counts[part]
    return f"{negatives:,} {sweep.about.subject.negative}, {positives:,} {sweep.about.subject.positive}"
