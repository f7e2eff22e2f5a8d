"""Names from outside: one line, whatever is in them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steelyard.models import names
from steelyard.models.errors import BadInput
from steelyard.models.spec.sweep import Sweep
from steelyard.models.spec.sweep_plan import Subject


@given(st.text())
def test_what_is_printable_is_one_line_and_stays_as_it_is(text: str) -> None:
    shown = names.printable(text)
    assert shown.isprintable()
    assert len(shown.splitlines()) <= 1
    assert names.printable(shown) == shown


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("a\nb", "a\\nb"),
        ("\0", "\\x00"),
        ("Größe", "Größe"),
        ("<b>$(rm)</b>", "<b>$(rm)</b>"),
        ("a\u2028b", "a\\u2028b"),
    ],
)
def test_only_what_cannot_be_printed_is_escaped(name: str, shown: str) -> None:
    assert names.printable(name) == shown


def test_ten_names_are_listed_and_the_others_counted() -> None:
    assert names.listed([str(number) for number in range(12)]) == "0, 1, 2, 3, 4, 5, 6, 7, 8, 9 and 2 more"


def test_a_long_name_is_cut() -> None:
    assert names.listed(["a" * 300]) == "a" * 199 + "…"


def test_class_names_are_separated_by_commas() -> None:
    assert names.class_names("benign, malignant") == ("benign", "malignant")
    assert names.class_names("") == ()


@pytest.mark.parametrize("text", [" ", "a,,b", "a,", ",", "a,b,a"])
def test_an_empty_or_repeated_class_name_is_refused(text: str) -> None:
    with pytest.raises(BadInput, match=r"^class-names must .*, got "):
        names.class_names(text)


def test_a_class_is_asked_for_as_it_is_written_or_as_it_is_shown() -> None:
    raw, shown = Sweep(positive="a\nb", class_names="a\nb,c"), Sweep(positive="a\\nb", class_names="a\\nb,c")
    assert raw == shown


def test_a_title_of_long_names_is_short_enough_for_an_experiment() -> None:
    subject = Subject(image_set="s" * 255, content_hash="", positive="x" * 300, negative="y" * 300)
    assert len(subject.title) < 500
    assert subject.title.startswith(f"{'s' * 119}… · {'x' * 119}… vs ")
