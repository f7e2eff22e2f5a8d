"""Lists, arrays, folders of images and weights in each of which something is surely wrong."""

import os
from functools import cache
from io import BytesIO
from typing import Any

import numpy as np
import pandas as pd
from bad_case import Case, odd
from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy
from PIL import Image


@cache
def image(shade: int, kind: str = "PNG") -> bytes:
    """9 x 9 pixels of one grey."""
    file = BytesIO()
    Image.fromarray(np.full((9, 9), shade, dtype=np.uint8)).save(file, kind)
    return file.getvalue()


def _mangled(content: bytes) -> SearchStrategy[bytes]:
    """Cut, lengthened, or with bytes changed; at times as it is."""
    place = st.integers(0, max(0, len(content) - 1))
    changes = st.lists(st.tuples(place, st.binary(min_size=1, max_size=4)), max_size=5)

    def changed(changes: list[tuple[int, bytes]]) -> bytes:
        made = bytearray(content)
        for at, new in changes:
            made[at : at + len(new)] = new
        return bytes(made)

    cuts = place.map(lambda at: content[:at])
    return changes.map(changed) | cuts | st.binary(max_size=50).map(content.__add__) | st.binary(max_size=200)


GUARD = "--positive=no such class"
"""Whatever becomes of a file, this class it does not have."""

cells = odd | st.sampled_from(
    ["", "cat", "dog", "nan", "NULL", "1e999", "../x", "/etc/passwd", "C:\\x", "\0", "a" * 10_000]
)


@st.composite
def tables(draw: st.DrawFn) -> Case:
    """A list of images that are not there, as a file that may be mangled on top."""
    kind = draw(st.sampled_from(["csv", "parquet"]))
    columns = draw(
        st.lists(st.sampled_from(["path", "label", "split", "group", "slice_a", "slice_a ", "x"]), unique=True)
    )
    columns += draw(st.sampled_from([[], ["path", "label"], [f"slice_{number}" for number in range(300)]]))
    columns = [*dict.fromkeys(columns)]
    rows = draw(st.integers(0, 4))
    few = [column for column in columns if len(columns) < 20] or ["path", "label"]
    filled = {column: [draw(cells) for _ in range(rows)] if column in few else ["a"] * rows for column in columns}
    table = pd.DataFrame(filled)
    name = f"list.{kind}"
    if kind == "csv":
        coding = draw(st.sampled_from(["utf-8", "utf-16", "latin-1", "utf-8-sig"]))
        content = table.to_csv(index=False).encode(coding, errors="replace")
    else:
        if draw(st.booleans()):
            table["label"] = draw(st.sampled_from([float("nan"), 1, True, pd.Timestamp(0), b"\xff"]))
        content = table.to_parquet(index=False)
    return Case(("sweep", f"--data={kind}:{name}", GUARD), {name: draw(_mangled(content))})


@st.composite
def arrays(draw: st.DrawFn) -> Case:
    """Arrays of images of no fit, or a mangled archive of them."""
    count = draw(st.integers(0, 4))
    shapes = st.lists(st.integers(0, 5), max_size=5)
    images = np.zeros(
        draw(st.just([count, 8, 8]) | shapes), draw(st.sampled_from(["u1", "f4", "i8", "?", "c8", "M8[s]"]))
    )
    labels: Any = np.zeros(draw(st.just([count]) | shapes), draw(st.sampled_from(["i8", "f4", "U3", "u1", "S1", "O"])))
    keys = draw(
        st.sampled_from([("train_images", "train_labels"), ("images", "labels"), ("train_images", "x"), ("", "a")])
    )
    file = BytesIO()
    np.savez(file, **dict(zip(keys, (images, labels), strict=True)))
    return Case(("sweep", "--data=npz:a.npz", GUARD), {"a.npz": draw(_mangled(file.getvalue()))})


@st.composite
def embedded(draw: st.DrawFn) -> Case:
    """Images in a Parquet file as Hugging Face has them, mangled."""
    file = BytesIO()
    images = [{"bytes": image(shade), "path": draw(odd)} for shade in range(3)]
    label = draw(
        st.sampled_from([[0, 1, 0], [0.5, None, 1], ["a", "b", "c"], [None] * 3, [[1], [2], [3]], [2**62] * 3])
    )
    made = {"image": images, "label": label}
    pd.DataFrame(made).to_parquet(file)
    return Case(("sweep", "--data=hf:a.parquet", GUARD), {"a.parquet": draw(_mangled(file.getvalue()))})


@st.composite
def folders(draw: st.DrawFn) -> Case:
    """Folders of images, one of which at least is none, or of which there are too few."""
    names = draw(st.lists(_file_names(), min_size=1, max_size=3, unique=True))
    part = draw(st.sampled_from(["", "train/", "test/", "deep/er/"]))
    whole = {
        f"images/{part}{name}/{shade}.png": image(shade + 9 * at) for at, name in enumerate(names) for shade in (1, 2)
    }
    kinds = {"zz.png": b"", "a.jpg": image(1, "JPEG")[:-200], "b.png": EPS, "c.tif": b"II*\0", "d.webp": b"RIFF"}
    bad = draw(st.sampled_from(sorted(kinds)))
    content = draw(st.just(kinds[bad]) | _mangled(image(7)).map(lambda made: made[:30]))
    files = whole | {f"images/{part}{names[0]}/{bad}": content}
    options = draw(st.sampled_from([[GUARD], [f"--positive={names[0]}"], []]))
    return Case(("sweep", "--dry-run", "--recipe=sound", "--data=folder:images", *options), files)


EPS = b"%!PS-Adobe-3.0 EPSF-3.0\n%%BoundingBox: 0 0 9 9\n%%EndComments\nshowpage\n"


def _file_names() -> SearchStrategy[str]:
    return odd.map(lambda text: f"k{text}".replace("/", "-")[:40]) | st.sampled_from(
        ["cat", "dog", os.fsdecode(b"k\xff")]
    )


@st.composite
def backbones(draw: st.DrawFn) -> Case:
    """A file of weights that are none."""
    name = draw(st.sampled_from(["w.pth", "w.safetensors", "w"]))
    call = b"\x8c\x05posix\x94\x8c\x06system\x94\x93\x94\x8c\x02id\x94\x85\x94R\x94."
    pickled = b"\x80\x04\x95\x1e\0\0\0\0\0\0\0" + call
    header = b"\x08\0\0\0\0\0\0\0{}      "
    content = draw(_mangled(pickled) | _mangled(header) | st.just(b"") | st.binary(max_size=500))
    return Case(("sweep", "--data=digits", "--positive=8", f"--backbone-weights={name}"), {name: content})
