"""Images of a source that cannot be used, and why: refused all at once, or left out and counted."""

import re
from collections import Counter
from collections.abc import Mapping
from itertools import islice
from pathlib import Path

import pandas as pd

from steelyard.models.errors import BadInput
from steelyard.models.names import cut, printable
from steelyard.tasks.atomic_files import write_text
from steelyard.tasks.images.pack import Records
from steelyard.tasks.sources.helpers.files import FORMATS
from steelyard.tasks.sources.helpers.source import Source

EXAMPLES = 3
"""Images that a message names, or one per reason where there are more reasons."""

NOT_PLAIN = re.compile(r"[^\w .+-]")
"""What a file is not called in every system."""

LONGEST = 100
"""Characters of an image and why, in a message."""


def found(source: Source, records: Records) -> dict[str, str]:
    """Images that cannot be used, id -> why, in the form of ``Source.unusable``: those of the source first.

    What can be read and shows the same as an image of another label is left out of the records too.
    """
    ids: list[str] = source.table["id"].tolist()
    unreadable = {ids[row]: f"unreadable: {reason}" for row, reason in records.unreadable.items()}
    twice = _under_two_labels(source, records)
    records.left_out = set(twice)
    return {**source.unusable, **unreadable, **{ids[row]: why for row, why in twice.items()}}


def _under_two_labels(source: Source, records: Records) -> dict[int, str]:
    """Row -> why, of all images of one picture under two labels: whatever is learnt from one of them is wrong."""
    table = source.table.iloc[[image.row for image in records.readable]]
    table = table.assign(row=[image.row for image in records.readable], digest=[i.digest for i in records.readable])
    table = table[table.groupby("digest")["label"].transform("nunique") > 1]
    first = table.drop_duplicates(["digest", "label"])
    others = {
        digest: {
            label: f"{source.class_names[label]} in {name}" for label, name in zip(of["label"], of["id"], strict=True)
        }
        for digest, of in first.groupby("digest")
    }
    return {
        row: f"under two labels: {source.class_names[label]} here, {_but(label, others[digest])}"
        for row, label, digest in zip(table["row"], table["label"], table["digest"], strict=True)
    }


def _but(label: int, others: Mapping[int, str]) -> str:
    return " and ".join(told for other, told in others.items() if other != label)


def refuse(wrong: Mapping[str, str], source: Source, cache: Path) -> None:
    """Refuse a source for all that cannot be used at once, and list it in the cache.

    Raises:
        BadInput: always; counts by reason, examples, and the file that lists all.
    """
    file = cache / f"unusable-{NOT_PLAIN.sub('-', source.name)[:100]}.csv"
    write_text(file, pd.DataFrame({"path": list(wrong), "why": list(wrong.values())}).to_csv(index=False))
    total = len(source.table) + len(source.unusable)
    raise BadInput(
        f"data must hold images that can be used ({', '.join(FORMATS)}), got {len(wrong):,} of {total:,} that cannot: "
        f"{_counted(wrong)}; all are in {printable(file)}: mend or remove them, or leave them out with --skip-unusable"
    )


def left_out(wrong: Mapping[str, str]) -> str:
    """In words, what was left out."""
    return f"unusable images left out: {_counted(wrong)}"


def _counted(wrong: Mapping[str, str]) -> str:
    """``2 unreadable, 1 outside /pets, such as a.png (not an image), ../c.png``: counts first, since a line is cut."""
    counts = Counter(_reason(why) for why in wrong.values())
    each = max(1, EXAMPLES // len(counts))
    examples = [
        _example(name, why)
        for reason in counts
        for name, why in islice(((name, why) for name, why in wrong.items() if _reason(why) == reason), each)
    ]
    told = ", ".join(f"{count:,} {reason}" for reason, count in counts.items())
    return f"{told}{': ' if len(examples) == len(wrong) else ', such as '}{', '.join(examples)}"


def _reason(why: str) -> str:
    return why.partition(": ")[0]


def _example(name: str, why: str) -> str:
    # A blank at either end is easily overlooked.
    shown, detail = name if name == name.strip() else repr(name), why.partition(": ")[2]
    return cut(printable(f"{shown} ({detail})" if detail else shown), LONGEST)
