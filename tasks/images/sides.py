"""The images' own sizes, before they became squares, and what of them is seen."""

from collections.abc import Sequence
from statistics import median

from pydantic import BaseModel, ConfigDict

from steelyard.tasks.images.decode import fit_of


class Sides(BaseModel):
    """Sizes of all images of a set, in pixels, upright, and what making them square did.

    Attributes:
        shorter: smallest and largest of the shorter sides.
        longer: smallest and largest of the longer sides.
        median: of the longer sides.
        padded: images that got a border.
        cropped: images that lost one.
        stretched: images whose aspect ratio was given up.
        strain: the largest ratio of sides among those stretched; 1 where there are none.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    shorter: tuple[int, int]
    longer: tuple[int, int]
    median: int
    padded: int
    cropped: int
    stretched: int
    strain: float

    @property
    def said(self) -> str:
        """In words: ``103 to 632 pixels``."""
        least, most = self.shorter[0], self.longer[1]
        return f"{least:,} pixels" if least == most else f"{least:,} to {most:,} pixels"

    def made_square(self, images: int) -> str:
        """How many images are not square and what became of them; "" where all are.

        Args:
            images: of the set.
        """
        told = [
            f"{count:,} {what}"
            for count, what in (
                (self.padded, "padded to a square"),
                (self.cropped, "cropped to a square"),
                (self.stretched, f"stretched to a square by up to {self.strain:.2f} to 1"),
            )
            if count
        ]
        return f"of {images:,} images {' and '.join(told)}: --fit" if told else ""


def measured(sides: Sequence[tuple[int, int]], fit: str | None) -> Sides:
    """Sizes of a set.

    Args:
        sides: width and height of each image, at least one.
        fit: as it was asked for.
    """
    shorter, longer = [min(each) for each in sides], [max(each) for each in sides]
    bent = [(fit_of(width, height, fit), width, height) for width, height in sides if width != height]
    fits = [what for what, _, _ in bent]
    return Sides(
        shorter=(min(shorter), max(shorter)),
        longer=(min(longer), max(longer)),
        median=round(median(longer)),
        padded=fits.count("pad"),
        cropped=fits.count("crop"),
        stretched=fits.count("stretch"),
        strain=max((max(size) / min(size) for what, *size in bent if what == "stretch"), default=1.0),
    )
