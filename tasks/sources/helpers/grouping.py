"""Groups that whoever asks gives the images of any source: by their names, or by the day they were taken."""

import dataclasses
import hashlib
import re
import warnings
from collections.abc import Sequence

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.tasks.sources.helpers.exif_dates import days
from steelyard.tasks.sources.helpers.files import told
from steelyard.tasks.sources.helpers.listed_groups import SUFFIX, listed_groups
from steelyard.tasks.sources.helpers.source import Source, fingerprint

EXIF_DATE = "exif-date"
_known: dict[str, list[str]] = {}
"""Days of the images of the last source, by its fingerprint."""


def grouped(source: Source, group_by: str) -> Source:
    """The same source with its images grouped as asked for; groups of its own are given up.

    Args:
        source: of any kind; where it has no image, which is told later, it stays as it is.
        group_by: regular expression that is searched in each id: what its parentheses hold names the group, with ``-``
            between them, or the whole match if it has none; or ``exif-date``, the day an image was taken; or a CSV file
            of groups (``listed_groups``), beside which those of the source stay. An image without stands alone.

    Raises:
        BadInput: no regular expression, or one that finds no group or the same for all images; no image has a date.
    """
    ids: list[str] = source.table["id"].tolist()
    given = group_by == EXIF_DATE or group_by.lower().endswith(SUFFIX)
    pattern = None if given else _compiled(group_by)
    if not ids:
        return source
    if group_by.lower().endswith(SUFFIX):
        return _by_file(source, group_by)
    groups = [_named(pattern, name) for name in ids] if pattern else _days(source)
    _refuse_no_groups(groups, ids, group_by, source.name)
    return dataclasses.replace(
        source,
        table=source.table.assign(group=groups),
        fingerprint=fingerprint(source.fingerprint, "group-by", group_by),
        notes=(*source.notes, _note(groups, ids, group_by, set(source.table["group"]) - {""})),
    )


def _by_file(source: Source, file: str) -> Source:
    groups, path = listed_groups(source, file)
    with told(path, "group-by"), path.open("rb") as content:
        digest = hashlib.file_digest(content, "blake2b").hexdigest()
    grouped_ids = sum(group != "" for group in groups)
    said = f"grouped by {printable(path.name)}, beside what the source groups: {len(set(groups) - {''}):,} groups, "
    return dataclasses.replace(
        source,
        table=source.table.assign(group=groups),
        fingerprint=fingerprint(source.fingerprint, "group-by", path.name, digest),
        notes=(*source.notes, f"{said}{grouped_ids:,} of {len(groups):,} images"),
    )


def _days(source: Source) -> list[str]:
    # A sweep opens its source several times, and for its date each image is opened.
    found = _known.get(source.fingerprint) or days(source)
    _known.clear()
    _known[source.fingerprint] = found
    return found


def _compiled(group_by: str) -> re.Pattern[str]:
    try:
        with warnings.catch_warnings():
            # Of what a later Python may read in another way.
            warnings.simplefilter("ignore")
            return re.compile(group_by)
    except (re.error, OverflowError, RecursionError) as error:
        raise BadInput(
            f"group-by must be a regular expression or {EXIF_DATE}, got {_quoted(group_by)} ({error}); correct it"
        ) from None


def _named(pattern: re.Pattern[str], name: str) -> str:
    found = pattern.search(name)
    if not found:
        return ""
    held = [part or "" for part in found.groups()] or [found[0]]
    return "-".join(held) if any(held) else ""


def _refuse_no_groups(groups: Sequence[str], ids: Sequence[str], group_by: str, name: str) -> None:
    got = f"got {_quoted(group_by)}"
    if not any(groups) and group_by == EXIF_DATE:
        raise BadInput(
            f"group-by must be a regular expression for {name}, none of whose {len(ids):,} images has a date in its "
            f"EXIF, {got}; write what groups have in common in their names"
        )
    if not any(groups):
        raise BadInput(
            f"group-by must match the ids of images, such as {cut(printable(ids[0]))}, {got}, which matches none of "
            f"{len(ids):,}; correct it"
        )
    if len(set(groups)) == 1:
        raise BadInput(
            f"group-by must give several groups, {got}, by which all {len(ids):,} images are one: "
            f"{cut(printable(groups[0]))}; name what differs between groups"
        )


def _note(groups: Sequence[str], ids: Sequence[str], group_by: str, own: set[str]) -> str:
    alone = [name for name, group in zip(ids, groups, strict=True) if not group]
    said = f"grouped by {_quoted(group_by)}: {len(set(groups) - {''}):,} groups, "
    said += f"{len(ids) - len(alone):,} of {len(ids):,} images"
    said += f"; alone: {len(alone):,}, such as {cut(printable(alone[0]))}" if alone else ""
    return f"{said}; groups of the source that are not used: {len(own):,}" if own else said


def _quoted(group_by: str) -> str:
    return group_by if group_by == EXIF_DATE else f"'{cut(printable(group_by))}'"
