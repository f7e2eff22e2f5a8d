"""What became of the images between two sweeps: which came and went, changed, or moved to another part."""

from collections.abc import Iterator

import pandas as pd

from steelyard.models.report.dossier import Dossier
from steelyard.models.sweep_plan import Subject
from steelyard.models.words.phrases import counted

PARTS = ("train", "val", "test")
REST = "rest"


def same_classes(earlier: Subject, later: Subject) -> bool:
    """Whether both look for the same class among the same others, or tell the same classes apart."""
    before, now = ((of.positive, of.negative, of.classes) for of in (earlier, later))
    return before == now


def same_subject(earlier: Dossier, later: Dossier) -> bool:
    """Whether both look for the same class in images of the same source, or in some of the same images."""
    before, now = earlier.about.subject, later.about.subject
    shared = before.image_set == now.image_set or bool(earlier.images["digest"].isin(later.images["digest"]).any())
    return same_classes(before, now) and shared


def same_test(earlier: Dossier, later: Dossier) -> bool:
    """Whether test holds the same images, pixel by pixel, under the same names and labels."""
    before, now = (_plain(dossier).query("part == 'test'").sort_index() for dossier in (earlier, later))
    scored = list(earlier.test.ids) == list(later.test.ids)
    return scored and before.index.equals(now.index) and bool((before.to_numpy() == now.to_numpy()).all())


def side_by_side(earlier: Dossier, later: Dossier) -> pd.DataFrame:
    """A row per image in use in either sweep: ``part``, ``label`` and ``digest`` of each, empty where it has none.

    Returns:
        Columns ``part/before``, ``part/now`` and so on, indexed by ``id``.
    """
    before, now = _plain(earlier).add_suffix("/before"), _plain(later).add_suffix("/now")
    return before.join(now, how="outer")


def changed_parts(table: pd.DataFrame) -> list[str]:
    """The parts that do not hold what they held.

    Args:
        table: as ``side_by_side`` gives it.
    """
    differ = pd.concat(
        [table[f"{name}/before"] != table[f"{name}/now"] for name in ("part", "label", "digest")], axis=1
    )
    changed = table[differ.any(axis=1)]
    return [part for part in PARTS if any((changed[f"part/{when}"] == part).any() for when in ("before", "now"))]


def lines(earlier: Dossier, later: Dossier) -> Iterator[str]:
    """What happened to each part, to images that moved between parts, and to their names."""
    before, now = earlier.about.subject, later.about.subject
    if not same_subject(earlier, later):
        yield _other(before, now)
        return
    table = side_by_side(earlier, later)
    changed = changed_parts(table)
    if not changed:
        yield "the same images in the same parts"
    else:
        yield from _changes(table, changed, now)
    if before.content_hash != now.content_hash and not changed:
        yield "the image set is another all the same: in images that are not in use, groups, slices or class names"


def _plain(dossier: Dossier) -> pd.DataFrame:
    """Part, label and digest by id, in types that compare whatever they were read from."""
    types = {"id": str, "part": str, "label": int, "digest": str}
    return dossier.images[list(types)].astype(types).set_index("id")


def _other(before: Subject, now: Subject) -> str:
    if same_classes(before, now):
        sources = f"{before.image_set} before and {now.image_set} now"
        return f"other images: {sources} have no image in use in common, so neither images nor results are compared"
    return f"other classes: {before.title} before, {now.title} now, so neither images nor results are compared"


def _changes(table: pd.DataFrame, changed: list[str], subject: Subject) -> Iterator[str]:
    for part in PARTS:
        if (table[["part/before", "part/now"]] == part).any(axis=None):
            what = _part(table, part) if part in changed else "the same images"
            yield f"{part}: {what}; {_counts(table, part, subject)}"
    yield from _moves(table)
    yield from _renamed(table)


def _part(table: pd.DataFrame, part: str) -> str:
    was, is_ = table["part/before"] == part, table["part/now"] == part
    kept = table["part/before"].notna() & is_
    pixels, labels = (
        int((kept & (table[f"{name}/before"] != table[f"{name}/now"])).sum()) for name in ("digest", "label")
    )
    came, went = int((is_ & ~kept).sum()), int((was & table["part/now"].isna()).sum())
    return (
        f"{counted(came, 'image')} came, {went:,} went, {pixels:,} changed {_their(pixels)} pixels, "
        f"{labels:,} changed {_their(labels)} label"
    )


def _counts(table: pd.DataFrame, part: str, subject: Subject) -> str:
    if subject.classes:
        sizes = [int((table[f"part/{when}"] == part).sum()) for when in ("before", "now")]
        return f"{counted(sizes[0], 'image')} before" + (" and now" if sizes[0] == sizes[1] else f", {sizes[1]:,} now")
    (others, found), (others_now, found_now) = (_classes(table, part, when) for when in ("before", "now"))
    negative = "others" if subject.negative == REST else subject.negative
    before = f"{others:,} {negative} and {found:,} {subject.positive}"
    if (others, found) == (others_now, found_now):
        return f"{before} before and now"
    return f"{before} before, {others_now:,} and {found_now:,} now"


def _classes(table: pd.DataFrame, part: str, when: str) -> tuple[int, int]:
    labels = table.loc[table[f"part/{when}"] == part, f"label/{when}"]
    return int((labels == 0).sum()), int((labels == 1).sum())


def _moves(table: pd.DataFrame) -> Iterator[str]:
    for before in PARTS:
        for now in PARTS:
            moved = int(((table["part/before"] == before) & (table["part/now"] == now)).sum())
            if before != now and moved:
                yield f"{counted(moved, 'image')} moved from {before} to {now}"


def _renamed(table: pd.DataFrame) -> Iterator[str]:
    came, went = table["part/before"].isna(), table["part/now"].isna()
    known = int(table.loc[came, "digest/now"].isin(table.loc[went, "digest/before"]).sum())
    if known:
        what = "has the pixels of one" if known == 1 else "have the pixels of some"
        yield f"{known:,} of those that came {what} that went: the same under another name{_otherwise(table)}"


def _otherwise(table: pd.DataFrame) -> str:
    """What else changed of images that are the same under another name, such as the name of a class folder."""
    came, went = table[table["part/before"].isna()], table[table["part/now"].isna()]
    both = came.merge(went, left_on="digest/now", right_on="digest/before", suffixes=("", "_went"))
    both = both.drop_duplicates("digest/now")
    relabelled = int((both["label/now"] != both["label/before_went"]).sum())
    moved = int((both["part/now"] != both["part/before_went"]).sum())
    said = f", {relabelled:,} of them with another label" if relabelled else ""
    return said + (f", {moved:,} of them in another part" if moved else "")


def _their(number: int) -> str:
    return "its" if number == 1 else "their"
