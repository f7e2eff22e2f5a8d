"""What the page shows of two sweeps together: the answer of both, and what changed in each cell."""

from dataclasses import dataclass
from functools import cached_property
from typing import Self

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changes
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.changes_sentences import worded
from steelyard.tasks.report.page.sweep_view import View


@dataclass(frozen=True)
class Joined:
    """Two sweeps and what changed between them.

    Attributes:
        whole: whether the page shows the earlier one too, and not only what changed since.
    """

    earlier: View
    later: View
    whole: bool = True

    @classmethod
    def since(cls, earlier: Dossier, later: Dossier) -> Self:
        """A sweep, and what changed since an earlier one of its kind, whose own report is elsewhere."""
        return cls(View(earlier, "earlier-", "earlier"), View(later, "later-"), whole=False)

    @cached_property
    def changes(self) -> Changes:
        """In data, spec, versions and result."""
        return worded(Pairing(self.earlier.dossier, self.later.dossier))

    @property
    def heading(self) -> str:
        """What the two are about."""
        before, now = (view.dossier.about.subject.title for view in (self.earlier, self.later))
        if not self.whole:
            return f"Since the run before · {now}"
        return f"Two sweeps · {now}" if before == now else f"Two sweeps · {before} and {now}"
