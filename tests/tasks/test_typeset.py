"""Words as a page sets them: each term explained where it first stands, and no name from outside becomes markup."""

import re

import pytest
from jinja2 import Environment, Template

from steelyard.models.words.terms import TERMS
from steelyard.tasks.report.page.render import environment


@pytest.fixture
def page() -> Environment:
    return environment()


def laid_out(page: Environment, template: str, **words: str) -> str:
    made: Template = page.from_string(template)
    return made.render(words)


def explained(html: str) -> list[str]:
    return re.findall(r"<dfn[^>]*>([^<]*)</dfn>", html)


def test_a_term_is_explained_where_it_first_stands_and_again_in_another_part(page: Environment) -> None:
    first, second = "Recall of the cell.", "Its recall, and the recall of other cells."
    html = laid_out(page, "{{ a|explained }}{{ b|explained }}{{ begin() }}{{ b|explained }}", a=first, b=second)
    assert explained(html) == ["Recall", "cell", "recall", "cells"]
    assert f'aria-description="{TERMS["recall"]}"' in html
    assert re.sub("<[^>]*>", "", html) == first + second + second


def test_a_constant_of_a_template_waits_for_its_turn(page: Environment) -> None:
    html = laid_out(page, '{{ a|explained }}{{ "the test of a fold"|explained }}', a="a test")
    assert explained(html) == ["test", "fold"]
    assert [word for word, _ in laid_out_terms(page)] == ["fold", "test"]


def laid_out_terms(page: Environment) -> list[tuple[str, str]]:
    made: list[tuple[str, str]] = page.globals["all_terms"]()
    return made


@pytest.mark.parametrize("name", ["cell_type", "val/loss", "cell.png", "images/test", "--folds=5", "seed-1"])
def test_a_name_that_holds_a_term_is_none(page: Environment, name: str) -> None:
    assert laid_out(page, "{{ a|explained }}", a=f"({name})") == f"({name})"


def test_the_longer_term_is_explained_not_the_one_inside_it(page: Environment) -> None:
    html = laid_out(page, "{{ a|explained }}", a="balanced accuracy, a McNemar test, false alarms at argmax")
    assert explained(html) == ["balanced accuracy", "McNemar test", "false alarms", "argmax"]


def test_words_from_outside_are_escaped_and_signs_are_set(page: Environment) -> None:
    html = laid_out(page, "{{ a|explained }}", a="<b>x</b> >= 0.7 at 31 %; steelyard predict best NEW/ & --seeds 4")
    assert html.startswith("&lt;b&gt;x&lt;/b&gt; ≥ 0.7 at 31\u00a0%; ")
    assert html.endswith("<code>steelyard predict best NEW/</code> &amp; <code>--seeds 4</code>")


@pytest.mark.parametrize("term", TERMS)
def test_an_explanation_is_one_short_sentence_or_two(term: str) -> None:
    assert re.compile(term).groups == 0
    assert re.fullmatch(r"[A-Z][^\n]+\.", TERMS[term]) and len(TERMS[term]) <= 100
