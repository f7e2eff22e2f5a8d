"""Whatever noticed that an input is wrong, what it says is one line, in our own words where there are some."""

import pytest
from pydantic import BaseModel, TypeAdapter, ValidationError

from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.tasks.user_input import one_line


def raised(model: type[BaseModel], value: object) -> ValidationError:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(model).validate_python(value)
    return caught.value


def test_our_own_words_win_over_what_caused_them() -> None:
    error = BadInput("sweep was kept by another version; run it again")
    error.__cause__ = raised(Sweep, {"size": 4})
    assert one_line(error) == "sweep was kept by another version; run it again"


def test_an_error_of_the_whole_has_no_name_to_give() -> None:
    assert one_line(raised(Sweep, 3)).startswith("input must be a valid dictionary or instance of Sweep, got '3'")
    assert one_line(raised(Sweep, {"positive": "a", "negative": "a"})) == (
        "positive and negative must be two classes, got 'a' for both"
    )


def test_every_field_that_is_wrong_is_named_as_its_option() -> None:
    assert one_line(raised(Sweep, {"size": 4, "split_seed": "x"})) == (
        "size must be greater than or equal to 8, got '4'; split-seed must be a valid integer, unable to parse string "
        "as an integer, got 'x'"
    )


def test_what_another_raised_is_told_by_its_cause() -> None:
    error = RuntimeError("conversion failed")
    error.__cause__ = raised(Sweep, {"size": 4})
    assert one_line(error) == "size must be greater than or equal to 8, got '4'"


@pytest.mark.parametrize("text", ["a\nb", "a\r\n\tb", " a  b "])
def test_several_lines_become_one(text: str) -> None:
    assert one_line(ValueError(text)) == "a b"


def test_nothing_reaches_the_terminal_but_what_can_be_printed() -> None:
    assert one_line(ValueError("\x1b[31mred\u202e")) == "\\x1b[31mred\\u202e"


def test_an_input_of_a_megabyte_is_cut() -> None:
    assert len(one_line(raised(Sweep, {"size": "9" * 1_000_000}))) < 400
