"""What could not be logged of one run, kept in a folder of its own: a line per record, and copies of its files."""

import json
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

from steelyard.tasks.tracking.records import Record

RECORDS = "records.jsonl"
COPIED = ("files", "model")
"""Kinds of records that name a path, which is copied."""

REFUSED = "refused-"
"""Before the name of the folder of what a store does not take."""

TEXTS = (".json", ".csv", ".html", ".md", ".txt")
"""Files in which runs are named."""


class Parcel:
    """What is kept of a run; its folder is called after a number, which orders parcels, and the run.

    Attributes:
        number: from 1, in the order in which parcels were begun.
        run_id: of the run, as the process that kept it knows it.
    """

    def __init__(self, folder: Path) -> None:
        number, _, self.run_id = folder.name.partition("-")
        self.folder, self.number = folder, int(number)

    @property
    def changed(self) -> int:
        """When the last record was added, in nanoseconds."""
        return (self.folder / RECORDS).stat().st_mtime_ns

    def add(self, record: Record) -> None:
        """Keep a record, after those that are there, and what it names.

        Raises:
            OSError: there is no room.
        """
        self.folder.mkdir(parents=True, exist_ok=True)
        kept = {kind: self._copied(Path(what)) if kind in COPIED else what for kind, what in record.items()}
        with (self.folder / RECORDS).open("a", encoding="utf-8") as file:
            file.write(json.dumps(kept) + "\n")

    def _copied(self, path: Path) -> str:
        name = f"{sum(1 for _ in self.folder.iterdir())}"
        if path.is_dir():
            shutil.copytree(path, self.folder / name)
        else:
            name = f"{name}/{path.name}"
            (self.folder / name).parent.mkdir()
            shutil.copyfile(path, self.folder / name)
        return name

    def records(self, translated: Callable[[str], str]) -> Iterator[Record]:
        """The records in order, and the files that they name, each text as ``translated`` gives it."""
        with (self.folder / RECORDS).open(encoding="utf-8") as lines:
            for line in lines:
                if not line.endswith("\n"):  # Its process was killed as it wrote.
                    return
                record: Record = json.loads(translated(line))
                for kind in set(record) & set(COPIED):
                    record[kind] = str(self.folder / record[kind])
                    translate(Path(record[kind]), translated)
                yield record

    def set_aside(self) -> Path:
        """Keep it where nobody looks for parcels; gives the folder."""
        return self.folder.rename(self.folder.with_name(f"{REFUSED}{self.folder.name}"))

    def remove(self) -> None:
        """Remove it, at once for whoever looks for parcels."""
        done = self.folder.with_name(f".{self.folder.name}")
        self.folder.rename(done)
        shutil.rmtree(done)


def translate(path: Path, translated: Callable[[str], str]) -> None:
    """Let the texts of a file, or of all files of a folder, be as ``translated`` gives them."""
    files = path.rglob("*") if path.is_dir() else (path,)
    for file in files:
        if file.suffix in TEXTS and (told := translated(text := file.read_text("utf-8"))) != text:
            file.write_text(told, "utf-8")
