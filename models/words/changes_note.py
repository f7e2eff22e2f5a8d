"""Which images, fields and versions are not those of the run before, in words, as lines, as rows and as Markdown."""

from collections.abc import Iterator, Sequence

from steelyard.models.changes.pairing import BALANCED, PARTS, Pairing
from steelyard.models.changes.what_changed import Changed, Changes
from steelyard.models.markdown import escaped
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.phrases import capitalised, counted, listed, measured

NAMED = 5
"""Fields that are named before they are counted."""

CODE = "code_version"


def things(pairing: Pairing, spec: Sequence[Changed], versions: Sequence[Changed]) -> str:
    """Which of images, spec, code and libraries changed, by name."""
    names = ["the classes"] if not pairing.same_classes else ["the images"] if not pairing.same_subject else []
    if not names and pairing.changed_parts:
        names = [f"the images of {listed(pairing.changed_parts)}"]
    asked, resolved = ([each.name for each in spec if (": " in each.name) is own] for own in (False, True))
    libraries = [each.name for each in versions if each.name != CODE]
    names += [f"the spec ({listed(asked, NAMED)})"] if asked else []
    names += [f"what the spec resolved to ({listed(resolved, NAMED)})"] if resolved else []
    names += ["the code version"] * (len(libraries) < len(versions))
    names += [f"the version{'s' * (len(libraries) > 1)} of {listed(libraries)}"] if libraries else []
    if not names:
        return "Nothing changed: the same images in the same parts, the same spec and the same versions."
    return f"Only {names[0]} changed." if len(names) == 1 else capitalised(f"{listed(names)} changed.")


def new_findings(pairing: Pairing) -> Iterator[str]:
    """What was found in the images now and was not before, then what is another number now."""
    if any(sweep.about.found is None for sweep in pairing.sweeps):  # Nobody looked.
        return
    before, now = (dict(sweep.about.found or ()) for sweep in pairing.sweeps)
    yield from (f"new: {line}" for key, line in now.items() if key not in before)
    yield from (f"{line}; before, {before[key]}" for key, line in now.items() if before.get(key, line) != line)


def of_images(pairing: Pairing) -> Iterator[str]:
    """What happened to each part."""
    before, now = (sweep.about.subject for sweep in pairing.sweeps)
    if not pairing.same_classes:
        yield f"other classes: {before.title} before, {now.title} now, so neither images nor results are compared"
    elif not pairing.same_subject:
        sources = f"{before.image_set} before and {now.image_set} now"
        yield f"other images: {sources} have no image in use in common, so neither images nor results are compared"
    elif pairing.changed_parts:
        yield from _by_part(pairing)
    else:
        yield "the same images in the same parts"


def _by_part(pairing: Pairing) -> Iterator[str]:
    table, subject = pairing.images, pairing.later.about.subject

    def held(part: str, when: str) -> str:
        labels = table.loc[table[f"part/{when}"] == part, f"label/{when}"]
        each = [f"{int((labels == place).sum()):,} {name}" for place, name in enumerate(subject.read)]
        return counted(len(labels), "image") if subject.classes else " and ".join(each)

    for part in PARTS:
        was, is_ = table["part/before"] == part, table["part/now"] == part
        told, kept = "the same images", table[was & is_]
        if part in pairing.changed_parts:
            came, went = int((is_ & ~was).sum()), int((was & ~is_).sum())
            pixels, labels = (int((kept[f"{of}/before"] != kept[f"{of}/now"]).sum()) for of in ("digest", "label"))
            told = f"{counted(came, 'image')} came, {went:,} went, {pixels:,} changed pixels, {labels:,} changed label"
        if (was | is_).any():
            yield f"{part}: {told}; {held(part, 'before')} before, {held(part, 'now')} now"


def lines(changes: Changes) -> list[str]:
    """The answer, then images, spec and versions, a line each."""
    told = [f"images: {line}" for line in changes.data]
    for what, changed in (("spec", changes.spec), ("versions", changes.versions)):
        fields = [f"{what}: {each.name} was {each.earlier}, is {each.later} now" for each in changed]
        told += fields or [f"{what}: nothing changed"]
    return [*changes.answer, *told]


def rows(changes: Changes, earlier: Dossier, later: Dossier) -> list[dict[str, str]]:
    """Columns ``what``, ``before`` and ``now``: the best cell, the images of each part, and each field that changed."""
    best, parts = (_best(earlier), _best(later)), (earlier.about.counts, later.about.counts)
    table = [
        ("recommended", *best),
        *((f"images of {of}", *(f"{sum(part[of]):,}" for part in parts)) for of in parts[1]),
    ]
    table += [(each.name, each.earlier, each.later) for each in (*changes.spec, *changes.versions)]
    return [dict(zip(("what", "before", "now"), row, strict=True)) for row in table]


def _best(sweep: Dossier) -> str:
    key = BALANCED if sweep.every_class else sweep.objective.metric
    return f"{sweep.best.cell}, {measured(key, sweep.best.metric(key))}"


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
