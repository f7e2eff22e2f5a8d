"""Images that show the same once one of them is cropped or turned a little: copies that no hash finds.

Each image is compared with all others as they are and as they look cropped or turned, coarsely; what comes near is
compared again, more finely. Floats decide, so that two machines may differ in a pair at the very limit.
"""

from collections.abc import Iterator
from typing import NamedTuple

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor
from torch.nn import functional

SIDE, SHOWN = 32, 16
"""Pixels per side that images are reduced to, and of what is compared."""

CENTRE = 0.8
"""Share of each side that is compared: what a crop or a turn takes off or adds lies outside."""

BLUR = 1.2
"""Standard deviation in pixels: so smooth that half a step of crop or turn makes no difference."""

COARSE = ((1.0, 0.0), (0.95, 0.0), (0.9, 0.0), (1.0, -3.0), (1.0, 3.0))
FINE = (*((scale, 0.0) for scale in (1.0, 0.975, 0.95, 0.925, 0.9)), *((1.0, float(turn)) for turn in range(-5, 6)))
"""Share of each side that is left, and degrees."""

NEAR, LIMIT = 0.85, 0.975
"""Correlation from which two are compared again, and from which they are told (``tests/benchmarks/planted.py``)."""

AXES, LEARNT_ON = 48, 4000
"""Of the coarse comparison, and images that these are found on."""

FLAT = 2.0
"""Grey levels, of 255, by which what is compared must deviate: flat images look alike and say nothing."""

BLOCK, AT_ONCE = 1024, 4096
"""Images that are compared at a time, each with so many others."""

Rows = npt.NDArray[np.int64]


class Pairs(NamedTuple):
    """Images that look alike.

    Attributes:
        one: (P,) int64 places in the rows that were looked at.
        other: (P,) int64, the larger place.
        likeness: (P,) float32 correlation in [LIMIT, 1], the highest over crops and turns.
    """

    one: Rows
    other: Rows
    likeness: npt.NDArray[np.float32]


def look_alikes(images: npt.NDArray[np.uint8], rows: Rows) -> Pairs:
    """Pairs of images that look alike, each once, the likest first.

    Each image is compared more closely with those few that are most like it, so that of many that are all alike not
    every pair is told.

    Args:
        images: (N, H, W, 1 or 3) uint8, usually a memory map.
        rows: (n,) int64, which of them; exact copies are better left out.
    """
    reduced = _reduced(images, rows)
    one, other = _candidates(reduced)
    likeness = _likeness(reduced, one, other) if len(one) else np.zeros(0, np.float32)
    kept = np.flatnonzero(likeness >= LIMIT)
    order = kept[np.argsort(-likeness[kept], kind="stable")]
    return Pairs(one[order], other[order], likeness[order])


def _reduced(images: npt.NDArray[np.uint8], rows: Rows) -> Tensor:
    """(n, 1, S, S) float16 grey, blurred: of 100,000 images 200 MB."""
    pieces = []
    for start in range(0, len(rows), AT_ONCE):
        grey = torch.from_numpy(images[rows[start : start + AT_ONCE]].astype(np.float32).mean(axis=3))[:, None]
        if max(grey.shape[2:]) > SIDE:
            grey = functional.adaptive_avg_pool2d(grey, SIDE)
        pieces.append(_blurred(grey).half())
    return torch.cat(pieces)


def _blurred(grey: Tensor) -> Tensor:
    offsets = torch.arange(-3.0, 4.0)
    kernel = torch.exp(-(offsets**2) / (2 * BLUR**2))
    kernel = (kernel / kernel.sum()).view(1, 1, 1, -1)
    padded = functional.pad(grey, (3, 3, 3, 3), "replicate")
    return functional.conv2d(functional.conv2d(padded, kernel), kernel.transpose(2, 3))


def _shown(images: Tensor, scale: float, turn: float, of_set: Tensor) -> Tensor:
    """(n, M * M) of length 1: the centre, cropped and turned, less its mean and what it shares with the mean image.

    What all images show, such as a frame or a mount, says nothing of whether two are copies. One without detail is 0.
    The mean image is that of some images ``of_set``.
    """
    mean = functional.normalize(_cells(of_set, scale, turn).mean(dim=0), dim=0)
    cells = _cells(images, scale, turn)
    cells -= (cells @ mean)[:, None] * mean
    length = cells.norm(dim=1, keepdim=True)
    return torch.where(length >= FLAT * SHOWN, cells / length.clamp(min=1e-6), torch.zeros(()))


def _cells(images: Tensor, scale: float, turn: float) -> Tensor:
    """(n, M * M) grey levels of the centre, cropped and turned, less their mean."""
    angle = torch.tensor(turn).deg2rad()
    matrix = torch.stack([angle.cos(), -angle.sin(), angle * 0, angle.sin(), angle.cos(), angle * 0]).view(1, 2, 3)
    pieces = [_sampled(piece.float(), matrix * scale * CENTRE) for piece in torch.split(images, AT_ONCE)]
    cells = torch.cat(pieces).flatten(1)
    return cells - cells.mean(dim=1, keepdim=True)


def _some(reduced: Tensor) -> Tensor:
    """Images spread over all, by which the set is known."""
    return reduced[torch.linspace(0, len(reduced) - 1, min(len(reduced), LEARNT_ON)).long()]


def _sampled(piece: Tensor, matrix: Tensor) -> Tensor:
    places = functional.affine_grid(matrix.expand(len(piece), -1, -1), [len(piece), 1, SHOWN, SHOWN], False)
    return functional.grid_sample(piece, places, "bicubic", "border", False)


def _candidates(reduced: Tensor) -> tuple[Rows, Rows]:
    """Pairs to look at more closely: of each image that which comes nearest, for each coarse crop and turn."""
    some = _some(reduced)
    plain, learnt = _shown(reduced, 1.0, 0.0, some), _shown(some, 1.0, 0.0, some)
    axes = torch.linalg.eigh(learnt.T @ learnt)[1][:, -AXES:]
    base, pairs = plain @ axes, []
    for scale, turn in COARSE:
        pairs += list(_nearest(base, _shown(reduced, scale, turn, some) @ axes))
    one, other = np.concatenate(pairs, axis=1)
    both = np.unique(np.stack([np.minimum(one, other), np.maximum(one, other)]), axis=1)
    return both[0], both[1]


def _nearest(base: Tensor, others: Tensor) -> Iterator[Rows]:
    """(2, m) pairs of an image and the one most like it, a block at a time; as lengths 1 would have it."""
    base, others = functional.normalize(base, dim=1), functional.normalize(others, dim=1)
    held = torch.empty(BLOCK, AT_ONCE)
    for start in range(0, len(base), BLOCK):
        block = base[start : start + BLOCK]
        most, place, rows = torch.full((len(block),), NEAR), torch.full((len(block),), -1), torch.arange(len(block))
        for begin in range(0, len(others), AT_ONCE):
            piece = others[begin : begin + AT_ONCE]
            products = torch.mm(block, piece.T, out=held[: len(block), : len(piece)])
            own = rows[(rows + start >= begin) & (rows + start < begin + AT_ONCE)]
            products[own, own + start - begin] = -1
            # Few come near; to find the place of all maxima costs more than to multiply.
            nearer = torch.flatten(torch.nonzero(products.amax(dim=1) > most))
            most[nearer], at = products[nearer].max(dim=1)
            place[nearer] = at + begin
        near = place >= 0
        yield torch.stack([rows[near] + start, place[near]]).numpy()


def _likeness(reduced: Tensor, one: Rows, other: Rows) -> npt.NDArray[np.float32]:
    """(P,) the highest correlation of each pair, either of the two being cropped or turned."""
    used = np.unique(np.concatenate([one, other]))
    first, second = (torch.from_numpy(np.searchsorted(used, of)) for of in (one, other))
    few, some = reduced[torch.from_numpy(used)], _some(reduced)
    plain, best = _shown(few, 1.0, 0.0, some), torch.full((len(one),), -1.0)
    for scale, turn in FINE:
        moved = _shown(few, scale, turn, some)
        for start in range(0, len(one), AT_ONCE):
            piece = slice(start, start + AT_ONCE)
            for still, turned in ((first[piece], second[piece]), (second[piece], first[piece])):
                products = (plain[still] * moved[turned]).sum(dim=1)
                best[piece] = torch.maximum(best[piece], products)
    return best.numpy()
