"""Files that are not what their names promise, for sources that must refuse them."""

from collections.abc import Callable
from pathlib import Path

Make = Callable[[Path], list[str]]
"""Writes what is wrong into a folder and gives the options of the sweep."""


def written(name: str, content: bytes | str) -> Make:
    """A file with this content, whatever its suffix promises."""

    def make(root: Path) -> list[str]:
        (root / name).write_bytes(content if isinstance(content, bytes) else content.encode())
        kinds = {".csv": "csv", ".parquet": "parquet", ".npz": "npz"}
        return ["--data", f"{kinds[Path(name).suffix]}:{root / name}"]

    return make


def cut(make: Make, keep: float) -> Make:
    """The same file without its end."""

    def made(root: Path) -> list[str]:
        options = make(root)
        path = Path(options[1].partition(":")[2])
        path.write_bytes(path.read_bytes()[: int(path.stat().st_size * keep)])
        return options

    return made
