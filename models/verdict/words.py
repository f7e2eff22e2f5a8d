"""The verdict in sentences, each computed from the numbers beside it."""

from steelyard.models.objective import Objective
from steelyard.models.verdict.cell_words import of_cell
from steelyard.models.verdict.sweep_words import of_sweep
from steelyard.models.verdict.verdict import Verdict


def worded(verdict: Verdict, objective: Objective) -> Verdict:
    """The same verdict with its sentences."""
    cells = tuple(cell.model_copy(update={"words": tuple(of_cell(cell, objective, verdict))}) for cell in verdict.cells)
    told = verdict.model_copy(update={"cells": cells})
    return told.model_copy(update={"words": tuple(of_sweep(told, objective))})
