"""What is wanted where every class counts, as people write it."""

import pytest
from pydantic import ValidationError

from steelyard.models.objective import Objective
from steelyard.models.spec.sweep import Sweep


@pytest.mark.parametrize("name", ["dog", "a @ b", "recall of x", "[/b]", "precision >= 0.1"])
def test_it_reads_back_whatever_the_class_is_called(name: str) -> None:
    wish = Objective("recall", "precision", 0.7, class_name=name)
    assert Objective.parse(str(wish)) == wish


@pytest.mark.parametrize(
    ("wish", "line"),
    [
        ("recall of dog @ recall >= 0.7", "objective must be one of: recall or precision @"),
        ("recall of dog at prevalence 2", "between 0 and 1, got 2 in 'recall of dog at prevalence 2'"),
        ("recall of dog @ precision >= 2", "between 0 and 1, got 2 in 'recall of dog @ precision >= 2'"),
        ("recall of dog @ precision >= x", "between 0 and 1, got x in 'recall of dog @ precision >= x'"),
    ],
)
def test_what_is_no_wish_is_refused_as_it_was_written(wish: str, line: str) -> None:
    with pytest.raises(ValidationError) as refused:
        Sweep(objective=wish)
    assert line in str(refused.value)
