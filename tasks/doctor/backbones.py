"""The weights of the default backbone, and those that the cache keeps."""

from collections.abc import Iterator
from pathlib import Path

from steelyard.tasks.doctor.findings import Finding
from steelyard.tasks.features import weights as kept_weights
from steelyard.tasks.settings import Settings


def weights(settings: Settings) -> Iterator[Finding]:
    """Whether the package's file is there and is the one it should be, and each file of the cache can be read."""
    file = kept_weights.packed()
    size = f"{file.stat().st_size / 1e6:.0f} MB"
    yield Finding("ok", "backbone", f"lite0, {size} with the SHA-256 {kept_weights.SHA256[:16]}...")
    for kept in sorted((settings.cache / kept_weights.FOLDER).glob("*.safetensors")):
        if why := _wrong(kept):
            yield Finding("broken", "backbone", f"{kept} cannot be read ({why})", "remove it", kept.unlink)


def _wrong(file: Path) -> str:
    """Why a file is not whole; "" where it is: its header says how long it must be."""
    from safetensors import SafetensorError, safe_open

    try:
        with safe_open(file, framework="numpy"):
            return ""
    except (SafetensorError, OSError) as error:
        return " ".join(str(error).split())[:120]
