"""Pictures of what was found in a set of images, in strips of those that belong together."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.copies import KINDS
from steelyard.models.findings.found import PICTURED, Asked, Found
from steelyard.models.findings.groups.name_patterns import group_names
from steelyard.models.names import printable
from steelyard.models.words.found_lines import COPIES, ODD, odd
from steelyard.models.words.phrases import capitalised, counted, quoted
from steelyard.tasks.report.page.found_tiles import Strip, Tile, mean_image

CLUSTERS, OF_CLUSTER = 12, 3
"""Clusters of copies that are shown, and images of each."""

GROUPS, ODD_ONES, MEANS = 3, 6, 10
"""Groups of a proposal that are shown, odd images of each kind, and classes whose mean image is."""

Rows = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Pictured:
    """What was found in which images, as strips of pictures."""

    found: Found
    asked: Asked
    images: ImageSet

    def copies(self) -> Iterator[Strip]:
        """A strip per cluster."""
        table = self.found.copies.table
        for number, cluster in table[table["cluster"] <= CLUSTERS].groupby("cluster"):
            kind = max(cluster["kind"], key=KINDS.index)
            tiles = [self._tile(row, self._place(row)) for row in self._telling(cluster["row"].to_numpy())]
            yield Strip(f"Cluster {number}: {len(cluster):,} {COPIES[kind]}", tiles)

    def _telling(self, rows: Rows) -> list[int]:
        """Of a large cluster first those that show what is wrong with it: one of each part and class."""
        places = [f"{self.asked.labels[row]} {self.asked.parts[row]}" for row in rows.tolist()]
        first = sorted(np.unique(places, return_index=True)[1])
        return list(dict.fromkeys([*rows[first].tolist(), *rows.tolist()]))[:OF_CLUSTER]

    def labels(self) -> Iterator[Strip]:
        """A strip per suspect, with the images nearest to it."""
        names = [quoted(name) for name in self.asked.class_names]
        for one in self.found.suspects.head(PICTURED).to_dict("records"):
            own, other = names[self.asked.labels[one["row"]]], names[int(one["proposed"])]
            said = f"{other} {one['proposed_probability']:.2f}, {own} {one['probability']:.2f}"
            near = (own, one["nearest_own"]), (other, one["nearest_proposed"])
            beside = [self._tile(row, f"nearest {name}") for name, row in near if row >= 0]
            yield Strip(f"Labelled {own}, likely {other}", [self._tile(one["row"], said), *beside])

    def odd(self) -> Iterator[Strip]:
        """A strip per reason."""
        for why in ODD:
            of = self.found.odd[self.found.odd["why"] == why]
            if len(of):
                usual = of["usual"].iloc[0]
                shown = of.head(ODD_ONES).to_dict("records")
                tiles = [self._tile(one["row"], self._class_of(one["row"]), one["value"]) for one in shown]
                title = f"{capitalised(odd(why, usual))}: {counted(len(of), 'image')}"
                yield Strip(title, tiles, f"{ODD[why][1]}, usually {usual}")

    def groups(self) -> Iterator[Strip]:
        """A strip per group, of each proposal that names explain."""
        ids = self.images.table["id"].to_numpy()[self.found.rows].tolist()
        by = [each.option for each in self.found.groups if each.option not in ("", "exif-date")]
        for option in by:
            names = group_names(option, ids)
            of, counts = np.unique(names[names != ""], return_counts=True)
            for name in of[np.argsort(-counts, kind="stable")][:GROUPS]:
                rows = self.found.rows[names == name].tolist()
                tiles = [self._tile(row, self._class_of(row)) for row in rows[:OF_CLUSTER]]
                yield Strip(f"{quoted(name)}: {counted(len(rows), 'image')}", tiles, f"by {option}" * (len(by) > 1))

    def shortcuts(self) -> Iterator[Strip]:
        """The mean images of the classes in one strip, those that have a shortcut first."""
        told = [self.asked.class_names.index(each.class_name) for each in self.found.shortcuts]
        others = np.unique(self.asked.labels[self.found.rows]).tolist()
        labels = list(dict.fromkeys([*told, *others]))[:MEANS]
        yield Strip("", [self._mean(label) for label in sorted(labels)])

    def _mean(self, label: int) -> Tile:
        rows = self.found.rows[self.asked.labels[self.found.rows] == label]
        words = f"{quoted(self.asked.class_names[label])}, mean of {len(rows):,}"
        return Tile(-1, (words,), mean=mean_image(self.images, rows))

    def _tile(self, row: int, *lines: str) -> Tile:
        return Tile(int(row), lines, printable(self.images.table["id"].iloc[row]))

    def _class_of(self, row: int) -> str:
        return quoted(self.asked.class_names[self.asked.labels[row]])

    def _place(self, row: int) -> str:
        """Class and part, or fold."""
        part = self.asked.parts[row]
        return " · ".join([self._class_of(row), *[f"fold {part}" if part.isdigit() else part] * bool(part)])


STRIPS: Mapping[str, Callable[[Any], Iterator[Strip]]] = {
    "shortcuts": Pictured.shortcuts,
    "groups": Pictured.groups,
    "copies": Pictured.copies,
    "labels": Pictured.labels,
    "odd": Pictured.odd,
}
"""Kind of a finding -> its strips."""
