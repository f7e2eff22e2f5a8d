"""Words of findings: names that are numbers, one or several, and what coloured images are odd among."""

import pytest

from steelyard.models.words.found_lines import Told, brief, odd
from steelyard.models.words.phrases import quoted


@pytest.mark.parametrize(
    ("name", "said"), [("0", "'0'"), ("3.5", "'3.5'"), ("-", "'-'"), ("T1", "T1"), ("犬", "犬"), ("a\nb", "a\\nb")]
)
def test_a_name_without_a_letter_stands_in_quotes(name: str, said: str) -> None:
    assert quoted(name) == said


@pytest.mark.parametrize(
    ("usual", "said"), [("0.00", "coloured among grey ones"), ("0.21", "grey among coloured ones")]
)
def test_images_of_the_other_kind_are_named_by_what_is_usual(usual: str, said: str) -> None:
    assert odd("colour", usual) == said
    assert odd("dark", "0.71") == "dark"


def test_what_is_short_comes_in_a_line_with_the_command_that_shows_it() -> None:
    lines = [Told("suspects", "2 labels are suspect", "labels", short="2 suspect labels")]
    assert brief(lines, "steelyard images elpv") == ["images: 2 suspect labels; steelyard images elpv shows them"]
    assert brief([], "steelyard images elpv") == []
