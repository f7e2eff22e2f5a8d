"""What became of the images between two sweeps, in words: which came and went, changed, or moved to another part."""

from collections.abc import Iterator
from itertools import permutations

import pandas as pd

from steelyard.models.changes.pairing import PARTS, Pairing
from steelyard.models.spec.sweep_plan import Subject
from steelyard.models.words.phrases import counted

REST = "rest"


def of_images(pairing: Pairing) -> Iterator[str]:
    """What happened to each part, to images that moved between parts, and to their names."""
    before, now = pairing.earlier.about.subject, pairing.later.about.subject
    if not pairing.same_subject:
        yield _other(before, now, pairing.same_classes)
    elif pairing.changed_parts:
        yield from _changes(pairing.images, pairing.changed_parts, now)
    else:
        yield "the same images in the same parts"
        if before.content_hash != now.content_hash:
            yield "the image set is another all the same: in images that are not in use, groups, slices or class names"


def _other(before: Subject, now: Subject, same_classes: bool) -> str:
    if same_classes:
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
    before, now = (table.loc[table[f"part/{when}"] == part, f"label/{when}"] for when in ("before", "now"))
    if subject.classes:
        same = len(before) == len(now)
        return f"{counted(len(before), 'image')} before{' and now' if same else f', {len(now):,} now'}"
    (others, found), (others_now, found_now) = (((of == 0).sum(), (of == 1).sum()) for of in (before, now))
    negative = "others" if subject.negative == REST else subject.negative
    said = f"{others:,} {negative} and {found:,} {subject.positive} before"
    same = (others, found) == (others_now, found_now)
    return f"{said} and now" if same else f"{said}, {others_now:,} and {found_now:,} now"


def _moves(table: pd.DataFrame) -> Iterator[str]:
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


def _their(number: int) -> str:
    return "its" if number == 1 else "their"
