"""Let a trained network decide on images: this imports MLflow and torch, but neither Prefect nor what draws."""

import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory

import pandas as pd
from rich.console import Console

from steelyard.models.names import listed, printable
from steelyard.tasks import interrupt, outputs
from steelyard.tasks.predict import COLUMNS, Row, check_output
from steelyard.tasks.predict import decide as decide_on
from steelyard.tasks.predict import predict as predict_images
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import decider, store
from steelyard.tasks.tracking.decider import Decider

OUT, ERR = Console(), Console(stderr=True)


def predict(run: str, paths: list[Path], tracking_uri: str, output: Path) -> int:
    """Let a network decide on images; 1 if some of them could not be read."""
    check_output(output)
    with interrupt.ended(), progress_terminal.shown(ERR), _network(run, tracking_uri) as network:
        try:
            found = predict_images(network, paths, output)
        except OSError as error:
            print(f"steelyard: {output} could not be written: {error.strerror or error}", file=sys.stderr)
            return 1
    for path, reason in found.unreadable.items():
        ERR.print(
            f"unreadable: {printable(path)}: {reason}", style="yellow", markup=False, highlight=False, soft_wrap=True
        )
    _tell(output, ", ".join(f"{count:,} {label}" for label, count in found.counts.items()))
    return 1 if found.unreadable else 0


def table(run: str, paths: Sequence[Path], tracking_uri: str) -> pd.DataFrame:
    """What ``predict`` writes, as a table; ``attrs["unreadable"]`` has path -> why of what could not be read."""
    rows: list[Row] = []
    with _network(run, tracking_uri) as network:
        found = decide_on(network, paths, rows.append)
    made = pd.DataFrame(rows, columns=list(COLUMNS)).astype({"score": float, "threshold": float})
    made.attrs["unreadable"] = found.unreadable
    return made


def warning(unreadable: Mapping[str, str]) -> str:
    """What to say of images that could not be read.

    Args:
        unreadable: path -> why, at least one.
    """
    told = listed([f"{path} ({why})" for path, why in unreadable.items()])
    return f"{len(unreadable):,} unreadable, without a row (all are in .attrs['unreadable']): {told}"


@contextmanager
def _network(run: str, tracking_uri: str) -> Iterator[Decider]:
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with store.told(uri), TemporaryDirectory() as folder:
        yield decider.find(store.client(uri), run, default_cache(), Path(folder))


def _tell(output: Path, what: str) -> None:
    console = ERR if outputs.is_stdout(output) else OUT
    console.print(f"{output}: {what}", markup=False, highlight=False, soft_wrap=True)
