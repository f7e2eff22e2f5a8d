"""Where a sweep agrees with the published order of handlings, in sentences."""

from collections.abc import Iterator

from steelyard.models.verdict.verdict import CellVerdict, Estimate, Published, Says, Verdict
from steelyard.models.words.phrases import called, chance, counted, figures, moves

SETTING = "CIFAR-10-LT, imbalance factor 100, ResNet-32"

OTHERWISE: tuple[Says, ...] = ("cannot tell", "the other way round")


def of_order(verdict: Verdict) -> Iterator[str]:
    """The cells in the order of their balanced accuracy, then what that says of the published order."""
    if not verdict.published:
        return
    names = {name for pair in verdict.published for name in (pair.better, pair.worse)}
    cells = sorted((cell for cell in verdict.cells if cell.cell in names), key=lambda cell: -_accuracy(cell).value)
    told = ", ".join(f"{called(cell.cell)} {figures(_accuracy(cell))}" for cell in cells)
    yield f"Balanced accuracy at argmax on test, highest first: {told}."
    yield _agreement(verdict)
    counts = [count for count in verdict.train if count]
    yield (
        f"That order was published for a factor of 100 between the classes of train; here it is "
        f"{max(counts) / min(counts):.3g}."
    )


def _agreement(verdict: Verdict) -> str:
    agrees = _pairs(verdict, "agrees") or "no pair"
    rest = "".join(f"; {says}: {pairs}" for says in OTHERWISE if (pairs := _pairs(verdict, says)))
    family = counted(len(verdict.published), "pair")
    return f"Agrees with the published order ({SETTING}) in: {agrees}{rest} (p after Holm's correction over {family})."


def _pairs(verdict: Verdict, says: Says) -> str:
    return ", ".join(_pair(pair) for pair in verdict.published if pair.says == says)


def _pair(pair: Published) -> str:
    found = pair.difference
    return f"{called(pair.better)} over {called(pair.worse)} ({moves(found)}, {chance(found.p_holm)})"


def _accuracy(cell: CellVerdict) -> Estimate:
    return cell.argmax["balanced_accuracy"]
