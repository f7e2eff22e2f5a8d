"""A bad input: a command line and files, and text such as no test of a happy path has."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from hypothesis import strategies as st


@dataclass(frozen=True)
class Case:
    """A command line, and the files of the folder that it is given in."""

    arguments: tuple[str, ...]
    files: Mapping[str, bytes] = field(default_factory=dict)

    def write(self, folder: Path) -> None:
        for name, content in self.files.items():
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content)

    def text(self) -> str:
        """In a line of JSON, as the corpus keeps it."""
        files = {name: base64.b64encode(content).decode() for name, content in self.files.items()}
        return json.dumps({"arguments": self.arguments, "files": files})


def read(text: str) -> Case:
    case = json.loads(text)
    return Case(tuple(case["arguments"]), {name: base64.b64decode(content) for name, content in case["files"].items()})


ODD = ("\n", "\x1b[31m", "\u202e", "💥", "'", '"', "$(id)", "[bold]", "%s", "{}", "\\", "\t", "é", "\u2028", "a" * 3000)
odd = st.lists(st.sampled_from([*ODD, "a", "b", " ", "-", "/", "."]), min_size=1, max_size=6).map("".join)
"""Text such as no test of a happy path has, without digits and commas."""
