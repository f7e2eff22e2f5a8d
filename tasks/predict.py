"""Let a trained network decide on images, for a CSV or a table: this imports neither Prefect nor what draws."""

import csv
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import pandas as pd
from rich.console import Console

from steelyard.models.errors import BadInput
from steelyard.models.names import printable
from steelyard.tasks import atomic_files, progress, scratch
from steelyard.tasks.given_files import files_of
from steelyard.tasks.images import pixels
from steelyard.tasks.images.decode import Decoded, Unreadable
from steelyard.tasks.images.pack import decode_in_order
from steelyard.tasks.report import progress_terminal
from steelyard.tasks.settings import default_cache
from steelyard.tasks.sources.helpers.files import as_text, open_image
from steelyard.tasks.sources.helpers.source import Source
from steelyard.tasks.tracking import decider, store
from steelyard.tasks.tracking.decisions import Decider

OUT, ERR = Console(emoji=False), Console(stderr=True, emoji=False)

AT_ONCE = 256
"""Images that are scored, and held, at a time."""

HEADERS = (
    "path,label,score,threshold",
    "path,label,probability,score,threshold,version",
    "path,label,probability,score,threshold,version,abstain",
)
"""Of predictions: by a network of a sweep, and by a registered model."""

Row = tuple[Any, ...]
Counts = dict[str, int]
Unread = dict[str, str]


def predict(run: str, paths: Sequence[Path], tracking_uri: str, output: Path) -> int:
    """Let a network decide on images and write a CSV, whole or not at all; 1 if some images could not be read.

    Raises:
        BadInput: as ``decide``; or ``output`` cannot be written, or holds anything but predictions.
        OSError: the disk or the store failed.
    """
    _check_output(output)
    abstained = 0

    def take(row: Row) -> None:
        nonlocal abstained
        rows.writerow(row)
        abstained += row[-1] is True

    with progress_terminal.shown(ERR), _network(run, tracking_uri) as network:
        try:
            with atomic_files.whole(output) as file:
                rows = csv.writer(file)
                rows.writerow(["path", *network.columns])
                counts, unreadable = decide(network, paths, take)
        except OSError as error:
            raise OSError(f"{output} could not be written: {error.strerror or error}") from error
    for path, why in unreadable.items():
        _print(ERR, f"unreadable: {printable(path)}: {why}", style="yellow")
    counted = ", ".join(f"{count:,} {label}" for label, count in counts.items())
    if network.band:
        low, high = network.band
        counted += f"; it abstains on {abstained:,} of them, those of a score from {low:.3g} to {high:.3g}"
    _print(ERR if atomic_files.is_stdout(output) else OUT, f"{output}: {counted}")
    return 1 if unreadable else 0


def _print(console: Console, line: str, style: str | None = None) -> None:
    console.print(line, style=style, markup=False, highlight=False, soft_wrap=True)


def predictions(run: str, paths: Sequence[Path], tracking_uri: str) -> pd.DataFrame:
    """What ``predict`` writes, as a table; ``attrs["unreadable"]`` has path -> why of what could not be read."""
    rows: list[Row] = []
    with _network(run, tracking_uri) as network:
        _, unreadable = decide(network, paths, rows.append)
        columns = ["path", *network.columns]
    numbers = {name: float for name in columns if name in ("probability", "score", "threshold")}
    made = pd.DataFrame(rows, columns=columns).astype(numbers)
    made.attrs["unreadable"] = unreadable
    return made


@contextmanager
def _network(run: str, tracking_uri: str) -> Iterator[Decider]:
    named = store.resolve_uri(tracking_uri)
    with store.told(named), store.to_read(named) as uri, scratch.folder() as folder:
        yield decider.find(store.client(uri), run, default_cache(), folder)


def _check_output(output: Path) -> None:
    atomic_files.check_writable(output, "output")
    head = atomic_files.head(output, max(map(len, HEADERS)) + 1)
    if head and head.splitlines()[0] not in HEADERS:
        raise BadInput(f"output must be new or predictions, got {output}, which is neither; name another with --output")


def decide(network: Decider, paths: Sequence[Path], take: Callable[[Row], Any]) -> tuple[Counts, Unread]:
    """Path and answer, as ``Decider.answers``, of each image, in the order given, folders in path order.

    Scores are those of ``scores.parquet``: of the same pixels, fitted in the same way, in float32. Folders are
    searched at any depth, and lists taken as ``files_of`` does; ``take`` is called with each row.

    Returns:
        Label -> images, and path -> why it is no image; these have no row.

    Raises:
        BadInput: as ``files_of``.
    """
    files = files_of(paths)["file"].tolist()
    # The positive first, where there is one.
    counts = dict.fromkeys(network.class_names if network.objective else reversed(network.class_names), 0)
    unreadable: Unread = {}
    source = Source(
        name="", class_names=(), table=pd.DataFrame(index=range(len(files))), read=lambda row: open_image(files[row]),
        fingerprint="",
    )  # fmt: skip
    for part in in_parts(network, source):
        shown = [(as_text(str(files[row])), image) for row, image in part]
        readable = [(path, image) for path, image in shown if not isinstance(image, Unreadable)]
        unreadable |= {path: image.reason for path, image in shown if isinstance(image, Unreadable)}
        if readable:
            answers = network.answers(scored(network, [image for _, image in readable]))
            for (path, _), answer in zip(readable, answers, strict=True):
                counts[answer[0]] += 1
                take((path, *answer))
    return counts, unreadable


def in_parts(
    network: Decider, source: Source, rows: Sequence[int] | None = None
) -> Iterator[list[tuple[int, Decoded | Unreadable]]]:
    """Images of a source as the network sees them, decoded side by side, so many at a time, each with its row.

    The rows are in the order given; None for all.
    """
    rows = range(len(source.table)) if rows is None else rows
    images = decode_in_order(source, network.size, network.fit, rows, network.interpolation)
    pairs, done = zip(rows, images, strict=True), 0
    while part := list(islice(pairs, AT_ONCE)):
        yield part
        done += len(part)
        progress.tell(progress.Extracting(done, len(rows), "predicting"))


def scored(network: Decider, part: Sequence[Decoded]) -> npt.NDArray[np.float32]:
    """Scores, as ``Decider.score`` has them, of decoded images, at least one."""
    images = [pixels.of_kind(of.pixels, of.kind, int(of.largest), network.channels, network.bits) for of in part]
    return network.score(np.stack(images))
