"""What is refused in a source before anything is trained on it."""

from collections.abc import Sequence

import pandas as pd

from steelyard.models.errors import BadInput
from steelyard.models.names import listed


def refuse_unreadable(unreadable: dict[str, str]) -> None:
    """Refuse files that are no images.

    Args:
        unreadable: id -> reason.

    Raises:
        BadInput: there is one.
    """
    if unreadable:
        files = listed([f"{name} ({reason})" for name, reason in unreadable.items()])
        raise BadInput(
            f"data must hold readable images only, got {len(unreadable):,} unreadable: {files}; mend or remove them, "
            "or leave them out with --skip-unreadable"
        )


def refuse_one_class(table: pd.DataFrame, class_names: Sequence[str], unreadable: int) -> None:
    """Refuse a set in which fewer than two classes have images left.

    Raises:
        BadInput: they are fewer.
    """
    left = [class_names[label] for label in sorted(table["label"].unique())]
    if len(left) < 2:
        raise BadInput(
            f"data must have at least two classes with readable images, got {listed(left) or 'none'}; "
            f"unreadable files left out: {unreadable:,}; mend them"
        )


def refuse_two_labels(table: pd.DataFrame) -> None:
    """Refuse one image under two labels: whatever is learnt from it is wrong once.

    Args:
        table: of an image set, with ``digest``.

    Raises:
        BadInput: there is one; the ids of its copies are listed.
    """
    contradicted = table.groupby("digest")["label"].transform("nunique") > 1
    copies = table[contradicted].groupby("digest", sort=False)["id"].agg(" = ".join)
    if len(copies):
        raise BadInput(
            f"data must show each image under one label, got {len(copies):,} under two: {listed(copies.tolist())}; "
            "remove them or correct their labels"
        )
