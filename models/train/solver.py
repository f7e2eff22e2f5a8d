"""Linear heads of a convex loss, solved to convergence: any number of them at once, on the same features."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import torch
from torch import Tensor

from steelyard.models.handlings.losses import Loss
from steelyard.models.train.principal_axes import Basis

MOST_ITERATIONS, ROUGHLY = 200, 25
"""Of a head that is kept, and of those that only tell which strength is best."""

CHOSEN_ON = 512
"""Axes on which strengths are compared: on the others a penalty worth choosing leaves next to nothing, and it costs."""

TOLERANCE, COARSE = 1e-6, 1e-3
"""Of the largest component of the gradient, in coordinates in which the Hessian is near the identity."""

HISTORY, SHORT = 50, 20
"""Steps that L-BFGS remembers: of a head that is kept, and of the many that only tell which strength is best."""


@dataclass(frozen=True)
class Solution:
    """Where the P heads stand after some iterations.

    Attributes:
        iterations: taken so far; 1 where there was nothing to do.
        weights: (P, r, K), with two classes the one half of what tells them apart and its opposite.
        biases: (P, K).
    """

    iterations: int
    weights: Tensor
    biases: Tensor


def solve(
    basis: Basis,
    loss: Loss,
    classes: int,
    rows: Sequence[Tensor],
    strengths: Sequence[float],
    stops: Sequence[int] = (),
    tolerance: float = TOLERANCE,
    most: int = MOST_ITERATIONS,
    history: int = HISTORY,
) -> Iterator[Solution]:
    """Solve heads together, as one L-BFGS over the sum of their objectives.

    The objective of each is the mean loss of some rows plus  strength / 2 * |weights|^2,  biases free.

    Args:
        basis: features and labels of train.
        loss: (logits (S, K, m), labels (S, m)) -> (), a mean over images.
        classes: K.
        rows: F times (m,) int64 rows of ``Basis.turned``.
        strengths: S > 0, no unit, of the penalty. P = S F heads are solved, all those of the first strength first.
            scikit-learn's C is 1 / (strength * summed weights of the rows).
        stops: iterations after which to say where the heads stand, ascending.
        tolerance: of the gradient's largest component, at which it ends.
        most: iterations, after which it ends in any case.
        history: steps that are remembered, each as large as all heads.

    Returns:
        The heads at each stop that was reached, then where they ended.

    Source:
        Nocedal & Wright 2006, "Numerical optimization", algorithm 7.5, preconditioned by the Hessian's diagonal.
    """
    free = _Free(basis, classes, rows, strengths)
    optimiser = torch.optim.LBFGS(
        [free.point],
        history_size=history,
        tolerance_grad=tolerance,
        tolerance_change=0.0,
        line_search_fn="strong_wolfe",
    )

    def closure() -> Tensor:
        optimiser.zero_grad()
        value = free.objective(loss)
        value.backward()  # type: ignore[no-untyped-call]  # torch's own
        return value

    taken = 0
    for stop in (*(stop for stop in stops if stop < most), most):
        optimiser.param_groups[0] |= {"max_iter": stop - taken, "max_eval": 2 * (stop - taken) + 4}
        optimiser.step(closure)  # type: ignore[no-untyped-call]
        before, taken = taken, max(optimiser.state[free.point]["n_iter"], 1)
        # None where it had already ended at the last stop.
        if taken > before:
            yield free.solution(taken)
        if taken < stop:
            return


class _Free:
    """All heads as one point, scaled such that the objective curves about equally in all directions."""

    def __init__(self, basis: Basis, classes: int, rows: Sequence[Tensor], strengths: Sequence[float]) -> None:
        self.basis, self.rows, self.classes, self.heads = basis, rows, classes, len(strengths) * len(rows)
        # With two classes one column tells them apart; it has the penalty that logistic regression gives it.
        self.columns = 1 if classes == 2 else classes
        self.strengths = torch.tensor(strengths, device=basis.turned.device).repeat_interleave(len(rows))[:, None, None]
        curved = basis.axes.variances * (1 / 4 if classes == 2 else 1 / classes)
        self.scales = (curved[None, :, None] + self.strengths).rsqrt()
        size = self.heads * (len(basis.axes.variances) + 1) * self.columns
        self.point = torch.zeros(size, device=basis.turned.device, requires_grad=True)

    def parts(self) -> tuple[Tensor, Tensor]:
        """Weights (P, r, columns) and biases (P, 1, columns)."""
        axes = len(self.basis.axes.variances)
        both = self.point.view(self.heads, axes + 1, self.columns)
        return both[:, :axes] * self.scales, both[:, axes:] * 2

    def objective(self, loss: Loss) -> Tensor:
        """() summed over the heads."""
        weights, biases = self.parts()
        outputs = weights.transpose(1, 2).flatten(0, 1) @ self.basis.turned.T
        outputs = outputs.view(self.heads, self.columns, -1) + biases.transpose(1, 2)
        losses = []
        for place, rows in enumerate(self.rows):
            # Of equal images a mean over several heads is the mean of their losses: one call for all strengths.
            alike = outputs[place :: len(self.rows)].index_select(2, rows)
            losses.append(len(alike) * loss(self.logits(alike), self.basis.labels[rows].expand(len(alike), -1)))
        return torch.stack(losses).sum() + (self.strengths * weights**2).sum() / 2

    def logits(self, outputs: Tensor) -> Tensor:
        """(P, columns, n) -> (P, K, n): a softmax over two numbers is slow where they lie side by side."""
        return torch.cat([-outputs / 2, outputs / 2], dim=1) if self.classes == 2 else outputs

    def solution(self, taken: int) -> Solution:
        with torch.no_grad():
            weights, biases = self.parts()
            if self.classes == 2:
                weights, biases = (torch.cat([-part / 2, part / 2], dim=2) for part in (weights, biases))
        return Solution(taken, weights.detach().clone(), biases[:, 0].detach().clone())


def held_out_losses(basis: Basis, loss: Loss, classes: int, strengths: Sequence[float]) -> npt.NDArray[np.float64]:
    """Mean loss on images that a head was not solved on, for each strength; each fold of train is left out once.

    Returns:
        (S,) mean over the folds, each by its images, in nats.
    """
    basis = basis.leading(CHOSEN_ON)
    folds = [torch.flatten(torch.nonzero(basis.folds == fold)) for fold in range(int(basis.folds.max()) + 1)]
    inside = [torch.flatten(torch.nonzero(basis.folds != fold)) for fold in range(len(folds))]
    *_, solved = solve(basis, loss, classes, inside, strengths, tolerance=COARSE, most=ROUGHLY, history=SHORT)
    losses = np.empty((len(strengths), len(folds)))
    for place, (weights, biases) in enumerate(zip(solved.weights, solved.biases, strict=True)):
        rows = folds[place % len(folds)]
        losses[divmod(place, len(folds))] = float(loss(basis.turned[rows] @ weights + biases, basis.labels[rows]))
    return np.asarray(np.average(losses, axis=1, weights=[len(rows) for rows in folds]))
