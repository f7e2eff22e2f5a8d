"""What the handlings did beside the unweighted network, in half a sentence."""

from steelyard.models.report.dossier import Dossier
from steelyard.models.verdict.differences import LEVEL
from steelyard.models.verdict.verdict import CellVerdict
from steelyard.models.words.phrases import called, counted

MORE, LESS = ("lifted the curve", "higher"), ("lowered the curve", "lower")
"""Shapes that are better than the baseline, and worse."""

NAMED = 3
"""Handlings that are named before they are counted."""


def of_handlings(dossier: Dossier) -> str:
    """What the handlings did beside the unweighted network, those that are better first."""
    compared = [cell for cell in dossier.cells if cell.differences]
    if not compared:
        return _alone(dossier)
    base = f"the unweighted network{own_recipe(dossier)}"
    less = [called(cell.cell) for cell in compared if cell.shape in LESS]
    said = (_found if dossier.every_class else _lifted)(compared, base)
    worse = "found less" if dossier.every_class else "lowered its curve"
    return f"{said}; {listed(less)} {worse}" if less else said


def own_recipe(dossier: Dossier) -> str:
    """Which baseline a handling stands beside, where there are several."""
    return " of its recipe" if dossier.verdict.networks else ""


def _lifted(compared: list[CellVerdict], base: str) -> str:
    """What they did to the curve of the baseline."""
    lifted, number = [called(cell.cell) for cell in compared if cell.shape in MORE], counted(len(compared), "handling")
    if lifted:
        return f"{listed(lifted)} lifted the curve of {base}, of {number} compared"
    none = "the one handling compared is not" if len(compared) == 1 else f"none of {number} is"
    return f"{none} shown to do more than another threshold on {base} does"


def _found(compared: list[CellVerdict], base: str) -> str:
    """What they did to the balanced accuracy."""
    higher, number = [called(cell.cell) for cell in compared if cell.shape in MORE], counted(len(compared), "handling")
    if not higher:
        none = "the one handling compared is not" if len(compared) == 1 else f"none of {number} compared is"
        return f"{none} shown to find more than {base}, over all classes"
    if len(compared) == 1:
        who = f"the one handling compared, {higher[0]},"
    else:
        who = f"all {number} compared" if len(higher) == len(compared) else f"of {number} compared {listed(higher)}"
    return f"{who} found more than {base}{_of_the_rarer(compared)}"


def _of_the_rarer(compared: list[CellVerdict]) -> str:
    """What the first of them on val did for the rarer classes."""
    higher = [cell for cell in compared if cell.shape in MORE]
    rare = higher[0].differences.get("rare")
    if rare is None or rare.p_holm > LEVEL:
        return ""
    more = "more" if rare.value > 0 else "fewer"
    name = f"{called(higher[0].cell)} " if len(higher) > 1 else ""
    return f" ({name}{100 * abs(rare.value):.0f} {more} in 100 of the rarer half of the classes)"


def _alone(dossier: Dossier) -> str:
    """Why nothing is compared."""
    if dossier.baseline is None:
        return "handlings are not compared, as no trial of the unweighted network finished"
    if len(dossier.cells) == 1:
        return "there is no handling beside the unweighted network to compare"
    return "handlings are not compared, as none has a finished seed that the unweighted network has too"


def listed(names: list[str]) -> str:
    """``weights 0.8, weights 0.9 and 2 more``."""
    shown, more = names[:NAMED], len(names) - NAMED
    if more > 0:
        return f"{', '.join(shown)} and {more} more"
    return " and ".join([", ".join(shown[:-1])] * (len(shown) > 1) + shown[-1:])
