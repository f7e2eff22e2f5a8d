"""What looking at an installation found: a mark, what it is about, what was seen, and the mend."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Literal

from steelyard.tasks.settings import Settings

Mark = Literal["ok", "warn", "broken"]


@dataclass(frozen=True)
class Finding:
    """One line of ``steelyard doctor``.

    Attributes:
        mark: ``broken`` where a sweep cannot work, ``warn`` where something is lost or will be.
        what: it is about, in a word or two.
        said: what was seen.
        mend: what to do about it; "" where nothing is to be done.
        clear: removes or ends what was found, where that is the mend; raises OSError where it cannot.
    """

    mark: Mark
    what: str
    said: str
    mend: str = ""
    clear: Callable[[], object] | None = None


Check = Callable[[Settings], Iterator[Finding]]
"""Looks at one thing, with the store and the cache that the settings name; changes nothing.

It imports what may be missing or broken, such as torch, when it is called: what it raises is a finding.
"""
