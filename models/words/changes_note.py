"""Which images, fields and versions are not those of the run before, in words, as lines, as rows and as Markdown."""

from collections.abc import Iterator, Sequence
from itertools import permutations

import pandas as pd

from steelyard.models.changes.pairing import BALANCED, PARTS, Pairing
from steelyard.models.changes.what_changed import Changed, Changes
from steelyard.models.markdown import escaped
from steelyard.models.objective.grammar import write_number
from steelyard.models.report.dossier import Dossier
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.words.phrases import capitalised, counted, listed

NAMED = 5
"""Fields that are named before they are counted."""

CODE = "code_version"

KEPT_BY = {"size", "fit"}
"""Fields of the spec that say how the images of an image set are kept."""


def things(pairing: Pairing, spec: Sequence[Changed], versions: Sequence[Changed]) -> str:
    """Which of images, spec, code and libraries changed, by name."""
    names = [*_images(pairing, spec), *_spec(spec), *_versions(versions)]
    if not names:
        return "Nothing changed: the same images in the same parts, the same spec and the same versions."
    return f"Only {names[0]} changed." if len(names) == 1 else capitalised(f"{listed(names)} changed.")


def _images(pairing: Pairing, spec: Sequence[Changed]) -> Iterator[str]:
    before, now = pairing.sweeps
    if not pairing.same_subject:
        if set(before.images["digest"]) != set(now.images["digest"]):
            yield "the images"
        if not pairing.same_classes:
            yield "the classes"
    elif pairing.changed_parts:
        yield f"the images of {listed(pairing.changed_parts)}"
    elif _is_another_set(pairing, spec):
        yield "the image set outside the images in use"


def _is_another_set(pairing: Pairing, spec: Sequence[Changed]) -> bool:
    """Whether the image sets differ in more than how their images are kept, which the spec says."""
    before, now = (sweep.about.subject.content_hash for sweep in pairing.sweeps)
    return before != now and KEPT_BY.isdisjoint(each.name for each in spec)


def _spec(spec: Sequence[Changed]) -> Iterator[str]:
    asked, resolved = ([each.name for each in spec if (": " in each.name) is own] for own in (False, True))
    for what, names in (("the spec", asked), ("what the spec resolved to", resolved)):
        if names:
            yield f"{what} ({listed(names, NAMED)})"


def _versions(versions: Sequence[Changed]) -> Iterator[str]:
    libraries = [each.name for each in versions if each.name != CODE]
    if len(libraries) < len(versions):
        yield "the code version"
    if libraries:
        yield f"the version{'s' * (len(libraries) > 1)} of {listed(libraries)}"


def new_findings(pairing: Pairing) -> Iterator[str]:
    """What was found in the images now and was not before, then what is another number now."""
    if any(sweep.about.found is None for sweep in pairing.sweeps):  # Nobody looked.
        return
    before, now = (dict(sweep.about.found or ()) for sweep in pairing.sweeps)
    for key, line in now.items():
        if key not in before:
            yield f"new: {line}"
    for key, line in now.items():
        if key in before and before[key] != line:
            yield f"{line}; before, {before[key]}"


def of_images(pairing: Pairing, spec: Sequence[Changed]) -> Iterator[str]:
    """What happened to each part, to images that moved between parts, and to their names."""
    before, now = (sweep.about.subject for sweep in pairing.sweeps)
    if not pairing.same_classes:
        yield f"other classes: {before.title} before, {now.title} now, so neither images nor results are compared"
    elif not pairing.same_subject:
        sources = f"{before.image_set} before and {now.image_set} now"
        yield f"other images: {sources} have no image in use in common, so neither images nor results are compared"
    elif pairing.changed_parts:
        yield from _by_part(pairing, now)
        yield from _moved(pairing.images)
        yield from _renamed(pairing.images)
    else:
        yield "the same images in the same parts"
        if _is_another_set(pairing, spec):
            yield "the image set is another all the same: in images that are not in use, groups, slices or class names"


def _by_part(pairing: Pairing, subject: Subject) -> Iterator[str]:
    table = pairing.images
    for part in PARTS:
        was, is_ = table["part/before"] == part, table["part/now"] == part
        if (was | is_).any():
            what = _difference(table, was, is_) if part in pairing.changed_parts else "the same images"
            sizes = _sizes(table.loc[was, "label/before"], table.loc[is_, "label/now"], subject)
            yield f"{part}: {what}; {sizes}"


def _difference(table: pd.DataFrame, was: "pd.Series[bool]", is_: "pd.Series[bool]") -> str:
    kept = table["part/before"].notna() & is_
    pixels, labels = (
        int((kept & (table[f"{name}/before"] != table[f"{name}/now"])).sum()) for name in ("digest", "label")
    )
    came, went = int((is_ & ~kept).sum()), int((was & table["part/now"].isna()).sum())
    return (
        f"{counted(came, 'image')} came, {went:,} went, {pixels:,} changed {_their(pixels)} pixels, "
        f"{labels:,} changed {_their(labels)} label"
    )


def _their(number: int) -> str:
    return "its" if number == 1 else "their"


def _sizes(before: "pd.Series[int]", now: "pd.Series[int]", subject: Subject) -> str:
    """How many images a part held and holds, from the labels."""
    if subject.classes:
        same = len(before) == len(now)
        return f"{counted(len(before), 'image')} before{' and now' if same else f', {len(now):,} now'}"
    (others, own), (others_now, own_now) = (((of == 0).sum(), (of == 1).sum()) for of in (before, now))
    negative = subject.other or ("others" if subject.negative == "rest" else subject.negative)
    same = (others, own) == (others_now, own_now)
    now_too = " and now" if same else f", {others_now:,} and {own_now:,} now"
    return f"{others:,} {negative} and {own:,} {subject.positive} before{now_too}"


def _moved(table: pd.DataFrame) -> Iterator[str]:
    for before, now in permutations(PARTS, 2):
        if moved := int(((table["part/before"] == before) & (table["part/now"] == now)).sum()):
            yield f"{counted(moved, 'image')} moved from {before} to {now}"


def _renamed(table: pd.DataFrame) -> Iterator[str]:
    """Images that are the same under another name, such as that of a class folder, and what else changed of them."""
    came, went = table[table["part/before"].isna()], table[table["part/now"].isna()]
    known = int(came["digest/now"].isin(went["digest/before"]).sum())
    if not known:
        return
    both = came.merge(went, left_on="digest/now", right_on="digest/before", suffixes=("", "_went"))
    both = both.drop_duplicates("digest/now")
    relabelled, moved = (int((both[f"{of}/now"] != both[f"{of}/before_went"]).sum()) for of in ("label", "part"))
    what = "has the pixels of one" if known == 1 else "have the pixels of some"
    said = f"{known:,} of those that came {what} that went: the same under another name"
    said += f", {relabelled:,} of them with another label" if relabelled else ""
    yield said + (f", {moved:,} of them in another part" if moved else "")


def lines(changes: Changes) -> list[str]:
    """The answer, then images, spec and versions, a line each."""
    told = [f"images: {line}" for line in changes.data]
    for what, changed in (("spec", changes.spec), ("versions", changes.versions)):
        fields = [f"{what}: {each.name} was {each.earlier}, is {each.later} now" for each in changed]
        told += fields or [f"{what}: nothing changed"]
    return [*changes.answer, *told]


def rows(changes: Changes, earlier: Dossier, later: Dossier) -> list[dict[str, str]]:
    """Columns ``what``, ``before`` and ``now``: the best cell, the images of each part, and each field that changed."""
    table = [("recommended", _best(earlier), _best(later))]
    table += [(f"images of {part}", _counts(earlier, part), _counts(later, part)) for part in later.about.counts]
    table += [(each.name, each.earlier, each.later) for each in (*changes.spec, *changes.versions)]
    return [dict(zip(("what", "before", "now"), row, strict=True)) for row in table]


def _best(sweep: Dossier) -> str:
    cell, metric = sweep.best, BALANCED if sweep.every_class else sweep.objective.metric
    at = cell.metric(metric)
    return f"{cell.cell}, {metric} {write_number(round(at.value, 3))} [{at.low:.3f}, {at.high:.3f}] on test"


def _counts(sweep: Dossier, part: str) -> str:
    subject, counts = sweep.about.subject, sweep.about.counts[part]
    if subject.classes:
        return f"{sum(counts):,} of {len(subject.classes)} classes"
    return ", ".join(f"{count:,} {name}" for count, name in zip(counts, subject.read, strict=True))


def markdown(changes: Changes, before: str, longest: int) -> str:
    """A heading, the answer, and the rest as a list; ``before`` is the run before, as a link or an id.

    Lines beyond the ``longest`` that it may be, in characters, are counted.
    """
    told = [escaped(line) for line in lines(changes)]
    answer, rest = " ".join(told[: len(changes.answer)]), told[len(changes.answer) :]
    said = f"**Since the run before**, {before}: {answer}\n"
    for number, line in enumerate(rest):
        if len(said) + len(line) > longest:
            return f"{said}\n* {len(rest) - number} more in the report"
        said += f"\n* {line}"
    return said
