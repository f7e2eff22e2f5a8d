"""Text of users inside Markdown: shown as it is, whatever is in it."""

import re

from steelyard.models.names import printable

# A backslash before < or & is shown by MLflow's pages (Showdown), a character reference everywhere. @name is a link to
# GitHub there.
_MARKS = str.maketrans({mark: f"\\{mark}" for mark in "\\`*_[]|~"} | {"&": "&amp;", "<": "&lt;"})
_BEGINS = re.compile(r"^(?:[#>=]|[-+](?=[\s-]|$)|\d(?=\d*[.)](?:\s|$)))")
_ADDRESS = re.compile(r":(?=//)|(?<=www)\.|(?<=\S)@|@(?=\S)", re.IGNORECASE)


def escaped(text: str) -> str:
    """The text in one line, as paragraphs, list items and cells of tables take it: no mark-up, no link.

    Args:
        text: of any characters; white space becomes a single blank, and what cannot be printed its code.
    """
    marked = printable(" ".join(text.split())).translate(_MARKS)
    for special in (_ADDRESS, _BEGINS):
        marked = special.sub(lambda character: f"&#{ord(character[0])};", marked)
    return marked


def code(text: str) -> str:
    """The text in one line, to be typed as it is; not for a cell of a table."""
    line = printable(" ".join(text.split()))
    fence = "`" * (1 + max(map(len, re.findall("`+", line)), default=0))
    return f"{fence} {line} {fence}" if len(fence) > 1 else f"`{line}`"
