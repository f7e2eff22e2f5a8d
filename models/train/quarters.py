"""Heads that learn from less of train, for a learning curve."""

from collections.abc import Iterator

import torch

from steelyard.models.data.carve import Groups, Rows, fold
from steelyard.models.data.quarters import quarters_of
from steelyard.models.spec.trial import Handling
from steelyard.models.train.head import Head, choose, solved
from steelyard.models.train.principal_axes import Basis


def heads_of_quarters(basis: Basis, labels: Rows, groups: Groups, handling: Handling) -> Iterator[tuple[int, Head]]:
    """What 1, 2 and 3 quarters of train teach, as ``quarters_of`` draws them, each with a penalty of its own.

    All see features in the coordinates of the whole of train: these are found without labels, and finding others would
    take most of the time.

    Args:
        basis: all of train.
        labels: (N,) int64 in [0, K), of all images.
        groups: (N,) str, likewise; "" where an image stands alone.
        handling: of a fixed loss.
    """
    train = basis.rows.numpy()
    for quarters, inside in quarters_of(train, labels, groups):
        rows, device = torch.from_numpy(inside.nonzero()[0]), basis.labels.device
        there, folds = rows.to(device), torch.from_numpy(fold(train[inside], labels, groups)).to(device)
        fewer = Basis(basis.axes, basis.turned[there], basis.rows[rows], basis.labels[there], folds)
        head = Head(fewer, handling.classes, choose(fewer, handling)).to(device)
        for _ in solved(head, handling):
            pass
        yield quarters, head
