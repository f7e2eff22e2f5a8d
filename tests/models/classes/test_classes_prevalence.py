import pytest

from steelyard.models.classes.objective import ClassesObjective
from steelyard.models.errors import BadInput


def test_a_stated_prevalence_is_refused_not_dropped() -> None:
    with pytest.raises(BadInput, match="objective must, where every class counts, be"):
        ClassesObjective.parse("recall of cat @ precision >= 0.7 at prevalence 0.05")
