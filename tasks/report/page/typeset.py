"""Words as the page sets them: signs instead of their spelling, and each term explained where it first stands."""

import re

from markupsafe import Markup, escape

from steelyard.models.words.terms import TERMS

_LONGEST_FIRST = sorted(TERMS, key=len, reverse=True)
_TERM = "|".join(f"({term})" for term in _LONGEST_FIRST)
# None is explained inside a name with a hyphen, a dot or a slash.
_ALONE = re.compile(rf"(?<![-\w./=])(?:{_TERM})(?![-\w/=]|\.\w)", re.IGNORECASE)


def typeset(words: str) -> str:
    """With the signs of what is at least and at most."""
    return words.replace(">=", "≥").replace("<=", "≤")


class Explaining:
    """Explains a term where it first stands in a part of a page, as words come in the order in which they stand."""

    def __init__(self) -> None:
        self._told: set[str] = set()
        self._told_in_part: set[str] = set()

    def begin(self) -> str:
        """Begin a part that can be read alone, in which each term is explained again; nothing is to be seen of it."""
        self._told_in_part.clear()
        return ""

    def __call__(self, words: str) -> Markup:
        """Words from outside, escaped, typeset and explained."""
        return Markup(_ALONE.sub(self._explained, str(escape(typeset(words)))))  # noqa: S704  # escaped before

    def _explained(self, found: re.Match[str]) -> str:
        term = _LONGEST_FIRST[(found.lastindex or 1) - 1]
        if term in self._told_in_part:
            return found[0]
        kind = "term" if term in self._told else "term first"
        self._told |= {term}
        self._told_in_part |= {term}
        return f'<dfn class="{kind}" tabindex="0" aria-description="{escape(TERMS[term])}">{found[0]}</dfn>'
