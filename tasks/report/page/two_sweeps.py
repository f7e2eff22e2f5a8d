"""What the page shows of two sweeps together."""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from typing import Self

from steelyard.models.changes.pairing import Pairing
from steelyard.models.changes.what_changed import Changes
from steelyard.models.report.dossier import Dossier
from steelyard.models.words.changes_sentences import worded
from steelyard.models.words.phrases import name
from steelyard.tasks.report.figures import earlier_and_later
from steelyard.tasks.report.figures.figure import Figure
from steelyard.tasks.report.page.view import View


@dataclass(frozen=True)
class Joined:
    """Two sweeps and what changed between them.

    Attributes:
        earlier: the one before.
        later: the one that is new.
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

    @property
    def metrics(self) -> list[tuple[str, str]]:
        """The metrics whose change is told, as they are called by us and by people."""
        changes = next((cell.changes for cell in self.changes.cells if cell.changes), {})
        return [(metric, name(metric)) for metric in changes]

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """The best of each, where one class is looked for, then the changes of all cells that both have."""
        moves = tuple(earlier_and_later.moves(self.changes))
        said = (
            "Filled diamonds leave 0 out: a change that other images and seeds do not explain, each cell taken by "
            "itself; open circles do not. Of twenty cells without a change one shows one by chance."
        )
        return (*self._best(), *[Figure("moves", "What changed, cell by cell", said, moves)] * bool(moves))

    def _best(self) -> Iterator[Figure]:
        before, now = self.earlier.dossier, self.later.dossier
        if now.every_class:
            return
        see = (
            "The curve of the cell that val ranked first, mean of its seeds, and its operating point with 95 % "
            "intervals on test. Where the intervals overlap, look at the changes below: on the same images these are "
            "known better than either point."
        )
        pairing = Pairing(before, now)
        if not pairing.alike:
            shares = " and ".join(f"{100 * share:.3g} %" for share in pairing.shares)
            see += f" Precision is for {shares} of positive images, which alone makes it another: compare recall."
        yield Figure(
            "nights", "Before and now", see, (earlier_and_later.best((before, now)),), earlier_and_later.LEGEND
        )
