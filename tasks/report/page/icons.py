"""A thousand images as marks: an image each, told apart by form as well as by colour."""

from collections.abc import Iterator
from dataclasses import dataclass

from steelyard.models.report.counts import Thousand
from steelyard.models.sweep_plan import Subject

COLUMNS, STEP = 50, 10

FORMS = {
    "found": '<circle class="found" cx="{x}" cy="{y}" r="3.6"/>',
    "missed": '<circle class="missed" cx="{x}" cy="{y}" r="2.8"/>',
    "alarm": '<path class="alarm" d="M{x} {y}m0 -4l4 7h-8z"/>',
    "quiet": '<circle class="quiet" cx="{x}" cy="{y}" r="1.6"/>',
}


@dataclass(frozen=True)
class Kind:
    """Marks of one form.

    Attributes:
        number: how many.
        says: what each is.
        mark: the SVG of one, in the middle of 10 x 10.
    """

    number: int
    says: str
    mark: str


@dataclass(frozen=True)
class Icons:
    """The marks of one cell."""

    of: Thousand
    subject: Subject

    @property
    def cell(self) -> str:
        """What it is called."""
        return self.of.cell

    def kinds(self) -> list[Kind]:
        """The four kinds, in the order of the marks."""
        positive, negative = self.subject.positive, self.subject.negative
        says = (f"{positive} found", f"{positive} missed", f"{negative} called {positive}", f"{negative} left in peace")
        dots = zip(self.of.dots(), says, FORMS.values(), strict=True)
        return [Kind(number, said, form.format(x=5, y=5)) for number, said, form in dots]

    def marks(self) -> Iterator[str]:
        """SVG of every mark, row by row."""
        forms = [form for number, form in zip(self.of.dots(), FORMS.values(), strict=True) for _ in range(number)]
        for place, form in enumerate(forms):
            row, column = divmod(place, COLUMNS)
            yield form.format(x=column * STEP + STEP // 2, y=row * STEP + STEP // 2)
