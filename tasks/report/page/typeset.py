"""Words as the page sets them: signs instead of their spelling, and each term explained where it first stands."""

import re

from jinja2 import pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from steelyard.models.words.terms import TERMS

_LONGEST_FIRST = sorted(TERMS, key=len, reverse=True)
_TERM = "|".join(f"({term})" for term in _LONGEST_FIRST)
# Behind a number only: a name from outside stays as it is.
_PER_CENT = re.compile(r"(?<=\d) %")
# What the answer tells to type.
_TYPED = re.compile(
    r"--seeds \d+|--margin 0\.\d+|--validate-on val\b|\bsteelyard (?:images|predict best NEW/|predict\b)"
)
# None is explained inside a name with a hyphen, a dot or a slash.
_ALONE = re.compile(rf"(?<![-\w./=])(?:{_TERM})(?![-\w/=]|\.\w)", re.IGNORECASE)


def typeset(words: str) -> str:
    """With the signs of what is at least and at most, and no line between a number and its per cent."""
    return _PER_CENT.sub("\u00a0%", words.replace(">=", "≥").replace("<=", "≤"))


class Explaining:
    """Explains a term where it first stands in a part of a page, as words come in the order in which they stand."""

    def __init__(self) -> None:
        self._words: dict[str, str] = {}
        self._told_in_part: set[str] = set()

    def begin(self) -> str:
        """Begin a part that can be read alone, in which each term is explained again; nothing is to be seen of it."""
        self._told_in_part.clear()
        return ""

    def all(self) -> list[tuple[str, str]]:
        """All terms so far, in alphabetical order, as they first stood and what they mean."""
        return sorted(((self._words[term], TERMS[term]) for term in self._words), key=lambda of: of[0].lower())

    # With the context Jinja waits for its turn in the page; without, it may set a constant ahead of what stands before.
    @pass_context
    def explained(self, _: Context, words: str) -> Markup:
        """Words from outside, escaped, typeset and explained."""
        typed = _TYPED.sub(r"<code>\g<0></code>", str(escape(typeset(words))))
        return Markup(_ALONE.sub(self._explained, typed))  # noqa: S704  # escaped before

    def _explained(self, found: re.Match[str]) -> str:
        term = _LONGEST_FIRST[(found.lastindex or 1) - 1]
        if term in self._told_in_part:
            return found[0]
        self._words.setdefault(term, found[0])
        self._told_in_part.add(term)
        return f'<dfn class="term" tabindex="0" aria-description="{escape(TERMS[term])}">{found[0]}</dfn>'
