"""The objective: what is wanted of a model, read from words, and everything that follows from it."""

from steelyard.models.objective.cautions import beside, met_by_all, out_of_reach, shifted
from steelyard.models.objective.certificate import Choice
from steelyard.models.objective.grammar import GRAMMAR
from steelyard.models.objective.objective import Objective
from steelyard.models.objective.rates import ROUNDING, Rates, rates

__all__ = [
    "GRAMMAR",
    "ROUNDING",
    "Choice",
    "Objective",
    "Rates",
    "beside",
    "met_by_all",
    "out_of_reach",
    "rates",
    "shifted",
]
