"""Let a trained network decide on images: this imports MLflow and torch, but neither Prefect nor what draws."""

import sys
from pathlib import Path
from tempfile import TemporaryDirectory

from rich.console import Console

from steelyard.models.names import printable
from steelyard.tasks import interrupt, outputs
from steelyard.tasks.predict import check_output
from steelyard.tasks.predict import predict as predict_images
from steelyard.tasks.report import live
from steelyard.tasks.report.console import log_to
from steelyard.tasks.settings import default_cache
from steelyard.tasks.tracking import decider, store

OUT, ERR = Console(), Console(stderr=True)


def predict(run: str, paths: list[Path], tracking_uri: str, output: Path) -> int:
    """Let a network decide on images; 1 if some of them could not be read."""
    check_output(output)
    uri = store.resolve_uri(tracking_uri)
    store.check_exists(uri)
    with interrupt.ended(), store.told(uri), TemporaryDirectory() as folder, log_to(ERR), live.shown(ERR):
        decide = decider.find(store.client(uri), run, default_cache(), Path(folder))
        try:
            found = predict_images(decide, paths, output)
        except OSError as error:
            print(f"steelyard: {output} could not be written: {error.strerror or error}", file=sys.stderr)
            return 1
    for path, reason in found.unreadable.items():
        ERR.print(
            f"unreadable: {printable(path)}: {reason}", style="yellow", markup=False, highlight=False, soft_wrap=True
        )
    _tell(output, ", ".join(f"{count:,} {label}" for label, count in found.counts.items()))
    return 1 if found.unreadable else 0


def _tell(output: Path, what: str) -> None:
    console = ERR if outputs.is_stdout(output) else OUT
    console.print(f"{output}: {what}", markup=False, highlight=False, soft_wrap=True)
