"""The page of images, of pictures whose pixels stand for their features, and the same under other names."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
from PIL import Image

from steelyard.models.data.image_set import ImageSet
from steelyard.models.findings.found import Asked, Found, SeenBy, look
from steelyard.models.words.found_lines import Told, told
from steelyard.tasks.images import extraction, image_sets, looks
from steelyard.tasks.report.page.images_page import images_page
from steelyard.tasks.sources import open_source


@dataclass(frozen=True)
class Looked:
    """What was found in a set, and all that its page is made of."""

    found: Found
    asked: Asked
    images: ImageSet
    about: tuple[str, ...] = ("pets: 74 images", "two notes", "on them")

    @property
    def lines(self) -> list[Told]:
        return told(self.found, self.asked)

    def page(self, title: str = "pets") -> str:
        return images_page(title, self.about, self.found, self.asked, self.images, self.lines, picture)

    def called(self, name: str) -> "Looked":
        """The same, where classes, files, slices and the option that groups them have a name from outside."""
        table, option = self.images.table, rf"series(\d+)(?:{re.escape(name)})?"
        names = tuple(f"{name} {each}" for each in self.asked.class_names)
        found = replace(
            self.found,
            groups=tuple(replace(each, option=option) for each in self.found.groups),
            shortcuts=tuple(each._replace(class_name=names[1]) for each in self.found.shortcuts),
            unlike=tuple(replace(each, among=each.among and f"{name} = {name}") for each in self.found.unlike),
        )
        images = replace(self.images, table=table.assign(id=name + "/" + table["id"]), class_names=names)
        about = tuple(f"{line} {name}" for line in self.about)
        return Looked(found, replace(self.asked, class_names=names), images, about)


def looked(folder: Path, cache: Path) -> Looked:
    """Look at a folder of pictures, with every fourth of their pixels for features."""
    path = extraction.extract_images(open_source(f"folder:{folder}", cache), 32, cache, False)
    images = image_sets.load(path)
    table, pixels = images.table, np.asarray(images.images, np.float32)[:, 1::2, 1::2]
    features = pixels.reshape(len(table), -1) / 255
    asked = Asked(table["label"].to_numpy(np.int64), images.class_names, table["split"].to_numpy(object))
    found = look(images, SeenBy(features, (features.shape[1],), looks.load(path)), asked)
    return Looked(found, asked, images)


def picture(ids: Sequence[str]) -> list[bytes]:
    """A grey square for each image, which must be asked for once."""
    assert len(set(ids)) == len(ids)
    file = BytesIO()
    Image.new("L", (8, 8), 128).save(file, "PNG")
    return [file.getvalue()] * len(ids)
